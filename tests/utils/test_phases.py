"""Long commands under a bar, with a log."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sympie_seg.utils import phases
from sympie_seg.utils.phases import Phase, PhaseError, announce, run_phase


@pytest.fixture
def moved(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How far the bar was moved, in steps; as a list of one number."""
    count = [0]

    @contextmanager
    def bar(title: str, total: int) -> Iterator:
        def advance() -> None:
            count[0] += 1

        yield advance

    monkeypatch.setattr(phases, "progress_bar", bar)
    return count


def python(code: str, steps: int = 10, done: bool = False) -> Phase:
    return Phase("work", [sys.executable, "-c", code], steps, 90, done)


def test_steps_are_counted_as_the_tools_print_them() -> None:
    counter = phases._Counter()
    assert counter.read(b"mmengine - INFO - Iter(train) [  5/300]  lr: 1e-3 eta: 0:01\n") == 5
    assert counter.read(b"Iter(train) [ 10/300] ... Iter(val) [8/8]\n") == 10
    assert phases._Counter().read(b"[>>  ] 12/80, 1.8 task/s, elapsed: 1s") == 12
    assert phases._Counter().read(b"[    ] 0/80, elapsed: 0s, ETA:") == 0
    assert phases._Counter().read(b"clahe (2 of 4): 60 images, 1/2, 3 of 2026/11/25") == 0


def test_a_number_that_two_reads_share_is_counted() -> None:
    counter = phases._Counter()
    assert counter.read(b"x" * 200 + b"Iter(train) [ 1") == 0
    assert counter.read(b"50/300] lr") == 150


def test_bars_one_after_the_other_add_up() -> None:
    counter = phases._Counter()
    assert [counter.read(b"%d/60, 2.0 task/s" % n) for n in (30, 60, 1, 60, 20)] == [
        30, 60, 61, 120, 140,
    ]  # fmt: skip


def test_the_log_holds_everything_and_the_bar_is_full(tmp_path: Path, moved: list[int]) -> None:
    log = tmp_path / "new" / "demo.log"
    code = "import sys; print('out 4/10, 1.0 task/s'); print('err', file=sys.stderr)"
    assert run_phase(python(code), log, tmp_path) > 0
    run_phase(python("print('second')"), log, tmp_path)
    text = log.read_text()
    assert text.index("out 4/10") < text.index("second") and "err" in text
    assert moved == [20]


def test_more_steps_than_expected_do_not_overrun_the_bar(tmp_path: Path, moved: list[int]) -> None:
    run_phase(python("print('50/50, 1.0 task/s')"), tmp_path / "log", tmp_path)
    assert moved == [10]


def test_a_failure_shows_the_end_of_the_log(tmp_path: Path, moved: list[int]) -> None:
    log = tmp_path / "log"
    code = "print('3/10, 1.0 task/s'); print('\\n'.join(map(str, range(99)))); raise SystemExit('no disk')"
    with pytest.raises(PhaseError, match=r"'work' failed \(status 1\)") as error:
        run_phase(python(code), log, tmp_path)
    assert str(log) in str(error.value) and str(error.value).endswith("98\nno disk")
    assert "\n80\n" not in str(error.value)
    assert moved == [3]


def test_what_is_done_is_not_run(tmp_path: Path) -> None:
    assert run_phase(python("raise SystemExit(1)", done=True), tmp_path / "log", tmp_path) == 0.0
    assert not (tmp_path / "log").exists()


def test_times_are_said_beforehand() -> None:
    text = announce([python("", done=True), python(""), python("")], Path("demo.log"))
    assert text.splitlines() == [
        "  1. work: done before",
        "  2. work: about 1.5 min",
        "  3. work: about 1.5 min",
        "About 3.0 min on two idle cores. Everything the steps print is in demo.log",
    ]
