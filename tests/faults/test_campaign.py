"""The fast part of the fault campaign: some trials of each kind with quick tools, and the campaign's own eyes."""

from __future__ import annotations

import io
import logging
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from mmengine.logging import MMLogger, print_log

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from faults import processes
from faults.campaign import table
from faults.commands import half_files
from faults.mutations import spoil_bytes, spoil_json, spoil_text
from faults.processes import can_mount, run, short_of
from faults.trials import BAD, KINDS, NEEDS_MOUNTS, References, judged, trial
from faults.world import World

FEW = {
    "enhancer files": 10, "network checkpoints": 8, "pictures": 5, "labels": 12, "videos": 3, "side files": 16,
    "kills": 5, "kills of the rest": 1, "full disks": 4, "limit of file sizes": 4, "64 open files": 2, "no HOME": 2,
}  # fmt: skip


@pytest.fixture(scope="module")
def references(tmp_path_factory: pytest.TempPathFactory) -> References:
    folder = tmp_path_factory.mktemp("faults")
    return References(World(folder), quick=True)


@pytest.mark.parametrize("kind", FEW)
def test_a_few(kind: str, references: References) -> None:
    if kind in NEEDS_MOUNTS and not can_mount():
        pytest.skip("needs the right to mount file systems")
    for number in range(FEW[kind]):
        result = trial(kind, number, 0, references.world, references)
        assert result.verdict not in BAD, (kind, number, result)


def test_every_kind_has_its_number() -> None:
    assert set(FEW) <= set(KINDS)
    wanted = {"enhancer files": 1000, "pictures": 500, "side files": 500, "kills": 200}
    assert all(KINDS[kind][1] >= number for kind, number in wanted.items())


class TestEyes:
    """What the campaign must not overlook."""

    @pytest.mark.parametrize(
        ("tool", "same", "verdict"),
        [
            (lambda: sys.exit("error: 'a.png' is cut off"), False, "named"),
            (lambda: sys.exit("error: something is cut off"), False, "nameless"),
            (lambda: 1 / 0, False, "traceback"),
            (lambda: os.kill(os.getpid(), signal.SIGSEGV), False, "traceback"),
            (lambda: None, False, "silent"),
            (lambda: None, True, "unchanged"),
            (lambda: time.sleep(60), True, "hang"),
        ],
    )
    def test_verdicts(self, tool: Callable, same: bool, verdict: str, tmp_path: Path) -> None:
        outcome = run(tool, tmp_path / "log", patience=0.5)
        assert judged(outcome, "", ("a.png",), same).verdict == verdict

    def test_a_logger_of_a_test_before_is_no_traceback(self, tmp_path: Path) -> None:
        """pytest closes the streams that it shows to a test; a logger made then is still there in the next one."""
        logger = MMLogger.get_current_instance()
        closed = io.StringIO()
        closed.close()
        console = logging.StreamHandler(closed)
        logger.addHandler(console)
        try:
            outcome = run(lambda: print_log("said", "current"), tmp_path / "log")
        finally:
            logger.removeHandler(console)
        assert "said" in outcome.output and not outcome.traceback

    def test_a_busy_machine_is_no_hang(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(processes, "_starved", lambda _: 60.0)
        outcome = run(lambda: time.sleep(0.5), tmp_path / "log", patience=0.1)
        assert not outcome.hung and outcome.status == 0

    def test_files_in_hidden_folders_are_not_final(self, tmp_path: Path) -> None:
        for name in (".a.partial/video.avi", "b/video.avi"):
            (tmp_path / name).parent.mkdir()
            (tmp_path / name).write_bytes(b"RIFF")
        assert half_files(tmp_path, {}) == ["b/video.avi"]

    def test_a_kill_is_no_crash(self, tmp_path: Path) -> None:
        outcome = run(lambda: time.sleep(60), tmp_path / "log", kill_after=0.1)
        assert outcome.killed and not outcome.traceback and not outcome.hung

    def test_limits(self, tmp_path: Path) -> None:
        def write() -> None:
            (tmp_path / "long").write_bytes(bytes(10_000))

        outcome = run(write, tmp_path / "log", short_of(file_size=5000))
        assert "File too large" in outcome.output and outcome.traceback

        def take() -> None:
            bytearray(2**28)

        assert "MemoryError" in run(take, tmp_path / "log", short_of(megabytes=16)).output

    def test_table(self) -> None:
        counts = {"pictures": Counter({"named": 3, "silent": 1, "unchanged": 2})}
        lines = table(counts).splitlines()
        assert lines[2] == "| pictures | 6 | 3 | 0 | 0 | 1 | 0 | 0 | 0 | 0 | 2 | 0 |"
        assert lines[3].startswith("| all | 6 |")


@pytest.mark.parametrize("spoil", [spoil_bytes, spoil_json, spoil_text])
def test_damage_has_a_seed_and_is_damage(spoil: Callable) -> None:
    data = b'{"rows": [1, 2, {"name": "fog"}], "version": 3}\n' * 1
    kinds = set()
    for number in range(200):
        kind, spoiled = spoil(data, random.Random(number))
        kinds.add(kind)
        assert spoiled != data and (kind, spoiled) == spoil(data, random.Random(number))
    assert len(kinds) >= 4
