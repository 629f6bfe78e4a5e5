"""The kinds of training step that are compared move the enhancer in the same way."""

from __future__ import annotations

import copy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from benchmarking.training import STEPS, make_batch, training_steps

from sympie_seg.models.frozen.freezing import freeze_network
from sympie_seg.models.frozen.split_loss import split_loss

ROOT = Path(__file__).resolve().parents[2]
OPTIMIZER = dict(
    type="OptimWrapper",
    constructor="EnhancerOptimWrapperConstructor",
    optimizer=dict(type="SGD", lr=0.1),
)


def test_every_kind_of_step_does_the_same(enhanced_network: Callable, perturbed: Callable) -> None:
    model = enhanced_network(dict(two_step=True))
    perturbed(model.data_preprocessor.enhancer)
    model = split_loss(freeze_network(model)).train()
    runs = training_steps(model, OPTIMIZER, make_batch(2, 64, 48, 5))
    assert tuple(runs) == STEPS
    states, before = [], copy.deepcopy(model.state_dict())
    for run in runs.values():
        own = run.func.__self__ if hasattr(run.func, "__self__") else run.args[0]
        run()
        states.append(own.state_dict())
    trained = [key for key in before if ".enhancer." in key or ".teacher." in key]
    moved = sum(float((states[0][key] - before[key]).abs().sum()) for key in trained)
    assert moved > 1e-3
    for state in states:
        for key, value in before.items():
            if key in trained:
                torch.testing.assert_close(state[key], states[0][key], rtol=1e-3, atol=1e-5)
            else:
                assert torch.equal(state[key], value), f"{key} is frozen"


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_the_tool_prints_its_table(tmp_path: Path) -> None:
    words = ["--size", "64", "48", "--batches", "1", "--processes", "1", "--seconds", "0"]
    done = subprocess.run(
        [sys.executable, ROOT / "tools/misc/benchmark_training.py", *words, "--out", tmp_path / "t.json"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert (
        "| two passes, weight gradients on |" in done.stdout and "our step's time:" in done.stdout
    )
    assert (tmp_path / "t.json").stat().st_size > 100
