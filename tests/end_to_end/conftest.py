"""Run the tools as a user does."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# One process for each tool: workers cost more to start than such small runs take.
NO_WORKERS = [
    f"{part}_dataloader.{key}"
    for part in ("train", "val", "test")
    for key in ("num_workers=0", "persistent_workers=False")
]


@pytest.fixture(scope="session")
def run() -> Callable[..., str]:
    """Run ``python COMMAND...`` in the project's folder and give what it printed; it must succeed or fail as told."""

    def start(*command: object, fails: bool = False) -> str:
        words = list(map(str, command))
        if "--cfg-options" in words:
            position = words.index("--cfg-options") + 1
            words[position:position] = NO_WORKERS
        done = subprocess.run(
            [sys.executable, *words],
            cwd=ROOT, env=dict(os.environ, OMP_NUM_THREADS="1"), capture_output=True, text=True, check=False,
        )  # fmt: skip
        output = done.stdout + done.stderr
        assert (done.returncode != 0) == fails, output[-4000:]
        return output

    return start
