"""The running statistics at the end of a training are the mean over the last iterations' first passes."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest
import torch
from mmengine.hooks import Hook
from mmengine.runner import Runner
from torch import Tensor
from torch.nn.modules.batchnorm import _BatchNorm

from sympie_seg.engine import BatchNormStatisticsHook


class FirstPasses(Hook):
    """Keeps the mean of what the first BatchNorm layer gets in each pass of each iteration."""

    def __init__(self) -> None:
        self.means: list[list[Tensor]] = []
        self.before: list[Tensor] = []

    def before_train(self, runner: Runner) -> None:
        enhancer = runner.model.data_preprocessor.enhancer
        self.layer = next(m for m in enhancer.modules() if isinstance(m, _BatchNorm))
        self.layer.register_forward_pre_hook(self.keep)

    def before_train_iter(self, runner: Runner, *args: Any, **kwargs: Any) -> None:
        self.means.append([])
        self.before.append(self.layer.running_mean.clone())

    def keep(self, layer: Any, inputs: tuple[Tensor]) -> None:
        if layer.training:
            self.means[-1].append(inputs[0].detach().mean((0, 2, 3)))


def test_statistics_are_the_mean_over_the_last_iterations(
    runner_config: Callable, build_runner: Callable
) -> None:
    changes = {"train_cfg.max_iters": 5, "experiment_name": f"statistics_{os.urandom(4).hex()}"}
    config = runner_config("statistics", **changes)
    config.custom_hooks = [dict(type="BatchNormStatisticsHook", iterations=3)]
    runner = build_runner(config)
    seen = FirstPasses()
    runner.register_hook(seen)
    runner.train()

    assert [len(passes) for passes in seen.means] == [2] * 5  # two steps
    usual = 0.1
    early = seen.before[1]  # one iteration, both passes, with the usual momentum
    start = torch.zeros_like(early)
    for mean in seen.means[0]:
        start = (1 - usual) * start + usual * mean
    torch.testing.assert_close(early, start)
    late = [passes[0] for passes in seen.means[2:]]
    # Those from before weigh like nine batches beside the first of the last three, as with the usual momentum.
    expected = (9 * seen.before[2] + sum(late)) / 12
    torch.testing.assert_close(seen.layer.running_mean, expected)
    assert seen.layer.momentum == usual


def test_a_training_that_is_shorter_takes_all_its_iterations(
    runner_config: Callable, build_runner: Callable
) -> None:
    config = runner_config("short", **{"train_cfg.max_iters": 2})
    config.custom_hooks = [dict(type="BatchNormStatisticsHook", iterations=100)]
    runner = build_runner(config)
    seen = FirstPasses()
    runner.register_hook(seen)
    runner.train()
    expected = (9 * seen.before[0] + seen.means[0][0] + seen.means[1][0]) / 11
    torch.testing.assert_close(seen.layer.running_mean, expected)


def test_no_iterations_are_refused() -> None:
    with pytest.raises(ValueError, match="iterations must be 1 or more, got 0"):
        BatchNormStatisticsHook(0)
