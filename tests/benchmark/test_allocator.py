"""The tool that measures what it gives to keep freed memory."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

TOOL = Path(__file__).resolve().parents[2] / "tools/misc/benchmark_allocator.py"


def run_tool(*more: str, **variables: str) -> subprocess.CompletedProcess[str]:
    words = [*more, "--size", "64", "48", "--batches", "1", "--rounds", "1", "--steps", "1"]
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("MALLOC_", "GLIBC_"))}
    return subprocess.run(
        [sys.executable, TOOL, *words],
        env={**kept, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="it measures glibc's allocator")
@pytest.mark.parametrize("task", ["train", "test"])
def test_both_kinds_are_measured(task: str) -> None:
    done = run_tool("--task", task)
    assert done.returncode == 0, done.stderr[-2000:]
    rows = [line.split("|") for line in done.stdout.splitlines() if line.startswith("| 1 |")]
    assert [row[2].strip() for row in rows] == ["keeps memory", "gives it back"]
    assert all(float(row[6]) > 0.2 for row in rows)  # GiB


@pytest.mark.slow
def test_nothing_is_measured_where_the_user_decides() -> None:
    done = run_tool(MALLOC_ARENA_MAX="2")
    assert done.returncode != 0
    assert "a MALLOC_* variable is set" in done.stderr
