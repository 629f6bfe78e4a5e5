"""The memory of a training's steps: pages are asked for once, not in every step."""

from __future__ import annotations

import os
import platform
import subprocess
import sys

import pytest

from sympie_seg.utils import allocator
from sympie_seg.utils.allocator import keep_freed_memory

needs_glibc = pytest.mark.skipif(
    platform.libc_ver()[0] != "glibc", reason="it is an option of glibc's allocator"
)
#: Prints the answer, and the pages that three later steps of one block of 40 MB ask the system for.
STEPS = """
import resource, runpy, sys
keep_freed_memory = runpy.run_path(sys.argv[2])["keep_freed_memory"]  # the package takes seconds to import
kept = keep_freed_memory() if sys.argv[1] == "keep" else None
def step():
    block = bytearray(40 << 20)
    block[::4096] = bytes(len(block) // 4096)
step()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(3):
    step()
print(kept, resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def pages_asked_for(word: str, **variables: str) -> tuple[str, int]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("MALLOC_", "GLIBC_"))}
    result = subprocess.run(
        [sys.executable, "-c", STEPS, word, allocator.__file__],
        env={**environment, **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    kept, pages = result.stdout.split()
    return kept, int(pages)


@needs_glibc
def test_later_steps_ask_for_no_pages() -> None:
    _, before = pages_asked_for("leave")
    kept, after = pages_asked_for("keep")
    assert kept == "True"
    assert before >= 60  # huge pages of 2 MB count once, others are 4 KB
    assert after < before / 10


@needs_glibc
@pytest.mark.parametrize(
    "variable", [dict(MALLOC_ARENA_MAX="2"), dict(GLIBC_TUNABLES="glibc.malloc.arena_max=2")]
)
def test_what_the_user_has_set_stays(variable: dict[str, str]) -> None:
    kept, pages = pages_asked_for("keep", **variable)
    assert kept == "False"
    assert pages >= 60


def test_other_allocators_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not keep_freed_memory({"LD_PRELOAD": "libjemalloc.so"})
    monkeypatch.setattr(platform, "libc_ver", lambda: ("", ""))
    assert not keep_freed_memory({})
