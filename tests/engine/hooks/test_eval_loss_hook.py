"""The loss in eval mode: the right number, and nothing else changed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.runner import Runner

from sympie_seg.engine import EvalLossHook

FILES = ("enhancer_last.pth", "enhancer_teacher.pth")


class ByHand(Hook):
    """Computes the loss in eval mode with the parts of the model, before each step."""

    def __init__(self) -> None:
        self.values: list[float] = []

    @torch.no_grad()
    def before_train_iter(self, runner: Runner, batch_idx: int, data_batch: Any = None) -> None:
        model = runner.model
        model.data_preprocessor.eval()
        data = model.data_preprocessor(data_batch, training=False)
        losses = model._own_loss(data["inputs"], data["data_samples"])
        model.data_preprocessor.train()
        self.values.append(float(losses["decode.loss_ce"]))


class Seen(Hook):
    """Keeps what is logged."""

    priority = "LOW"

    def __init__(self) -> None:
        self.values: list[float] = []

    def after_train_iter(self, runner: Runner, *args: Any, **kwargs: Any) -> None:
        scalars = runner.message_hub.log_scalars
        self.values.append(scalars["train/loss1_eval"].current())


def config(make: Callable[..., Config], name: str, hooks: list[dict], **changes: Any) -> Config:
    changes = {
        "train_cfg.max_iters": 4,
        "experiment_name": f"{name}_{os.urandom(4).hex()}",
        **changes,
    }
    made = make(name, **changes)
    made.custom_hooks = [dict(type="EnhancerFileHook", interval=2), *hooks]
    return made


def test_the_loss_is_that_of_the_enhancer_in_use(
    runner_config: Callable, build_runner: Callable
) -> None:
    runner = build_runner(config(runner_config, "number", [dict(type="EvalLossHook", interval=1)]))
    by_hand, seen = ByHand(), Seen()
    runner.register_hook(by_hand)
    runner.register_hook(seen)
    runner.train()
    assert len(by_hand.values) == 4
    assert seen.values == pytest.approx(by_hand.values, rel=1e-4)


@pytest.mark.parametrize("two_step", [True, False])
def test_the_training_is_the_same_with_and_without(
    two_step: bool, runner_config: Callable, build_runner: Callable
) -> None:
    option = {"model.data_preprocessor.two_step": two_step, "train_cfg.max_iters": 2}
    names = FILES if two_step else FILES[:1]
    both = []
    for name, hooks in (("with", [dict(type="EvalLossHook", interval=1)]), ("without", [])):
        runner = build_runner(config(runner_config, f"{name}{two_step}", hooks, **option))
        runner.train()
        both.append([(Path(runner.work_dir) / file).read_bytes() for file in names])
        assert ("train/loss1_eval" in runner.message_hub.log_scalars) == (name == "with")
    assert both[0] == both[1]


def test_a_wrong_interval_is_refused() -> None:
    with pytest.raises(ValueError, match="1 or more, got 0"):
        EvalLossHook(0)
