"""A miniature of the campaign that the documentation quotes: real processes, real signals."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow


def test_killed_runs_end_with_the_same_enhancer(run: Callable, tmp_path: Path) -> None:
    counts = ["--kills", 4, "--in-writes", 2, "--terms", 1, "--kills-per-run", 2]
    output = run("tools/misc/kill_campaign.py", *counts, "--work-dir", tmp_path / "campaign")
    summary = output.strip().splitlines()[-1]
    kills = r"4 kills \(2 inside a checkpoint write, 1 SIGTERM, 1 SIGKILL anywhere; \d+ missed\)"
    pattern = kills + r" of \d+ trainings in \d+ s: 0 ended in a different enhancer"
    assert re.match(pattern, summary), summary


CHEAT = """
import os, runpy, sys
sys.argv = ["kill_campaign.py", "--kills", "1", "--in-writes", "0", "--terms", "0", "--work-dir", {folder!r}]
import sympie_seg.engine.resuming.numbered_draws as draws
honest = draws.derive_seed
draws.derive_seed = lambda *key: honest(os.getpid(), os.getppid(), *key)
runpy.run_path("tools/misc/kill_campaign.py", run_name="__main__")
"""


def test_the_campaign_notices_a_difference(run: Callable, tmp_path: Path) -> None:
    """Draws that depend on the process: no run can end as the reference did."""
    output = run("-c", CHEAT.format(folder=str(tmp_path / "campaign")), fails=True)
    assert "DIFFERENT" in output
    assert output.strip().splitlines()[-1].endswith("1 ended in a different enhancer")
