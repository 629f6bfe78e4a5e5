"""The loss in eval mode: the right number, and nothing else changed."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.runner import Runner

from sympie_seg.engine import EvalLossHook
from sympie_seg.engine.hooks.eval_loss_hook import _held_out_batches, _held_out_part

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
    runner = build_runner(
        config(runner_config, "number", [dict(type="EvalLossHook", interval=1, batches=2)])
    )
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
    for name, hooks in (
        ("with", [dict(type="EvalLossHook", interval=1, batches=2)]),
        ("without", []),
    ):
        runner = build_runner(config(runner_config, f"{name}{two_step}", hooks, **option))
        runner.train()
        both.append([(Path(runner.work_dir) / file).read_bytes() for file in names])
        assert ("train/loss1_eval" in runner.message_hub.log_scalars) == (name == "with")
    assert both[0] == both[1]


def test_wrong_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="interval must be 1 or more, got 0"):
        EvalLossHook(0)
    with pytest.raises(ValueError, match="batches must be 0 or more, got -1"):
        EvalLossHook(1, -1)


class TestEnd:
    HOOK = dict(type="EvalLossHook", interval=100, batches=3)

    def run(self, make: Callable, build: Callable, name: str, **changes: Any) -> Runner:
        changes = {"model.data_preprocessor.enhancer.init": "random", **changes}
        runner = build(config(make, name, [self.HOOK], **changes))
        runner.train()
        return runner

    @torch.no_grad()
    def test_the_figure_is_that_of_both_modes_on_draws_of_the_seed(
        self, runner_config: Callable, build_runner: Callable, caplog: pytest.LogCaptureFixture
    ) -> None:
        with torch.enable_grad():
            runner = self.run(runner_config, build_runner, "end")
        model, losses = runner.model.train(), {True: 0.0, False: 0.0}
        model.data_preprocessor.teacher = None
        drawn = list(islice(_held_out_batches(runner), 3))
        for batch in drawn:
            for training in losses:
                model.data_preprocessor.enhancer.train(training)
                data = model.data_preprocessor(copy.deepcopy(batch), training=True)
                own_losses = model._own_loss(data["inputs"], data["data_samples"])
                losses[training] += float(own_losses["decode.loss_ce"])
        gap = runner.message_hub.log_scalars["train/final_eval_gap"].current()
        assert gap == pytest.approx(100 * (losses[False] / losses[True] - 1), abs=0.02)
        again = list(islice(_held_out_batches(runner), 3))
        for one, other in zip(drawn, again, strict=True):
            assert all(map(torch.equal, one["inputs"], other["inputs"])), "the same draws"
        log = next(Path(runner.work_dir).glob("*/*.log")).read_text()
        assert f"a gap of {gap:+.1f} %" in log
        (scalars,) = Path(runner.work_dir).glob("*/vis_data/scalars.json")
        assert json.loads(scalars.read_text().splitlines()[-1])["final_eval_gap"] == gap

    @pytest.mark.parametrize(("in_use", "warned"), [(1.06, True), (1.04, False), (0.5, False)])
    def test_above_5_percent_is_a_warning(self, in_use: float, warned: bool) -> None:
        logged: dict[str, str] = {}
        runner = SimpleNamespace(
            iter=7,
            message_hub=SimpleNamespace(update_scalar=lambda *a: None),
            visualizer=SimpleNamespace(add_scalar=lambda *a, **k: None),
            logger=SimpleNamespace(
                info=lambda text: logged.update(info=text),
                warning=lambda text: logged.update(warning=text),
            ),
        )
        hook = EvalLossHook()
        hook._held_out, hook._final_losses = object(), lambda runner: (in_use, 1.0)
        hook.after_train(runner)
        (level,) = logged
        assert level == ("warning" if warned else "info")
        assert f"a gap of {100 * (in_use - 1):+.1f} %" in logged[level]
        assert ("Above 5 %: in use the enhancer meets" in logged[level]) == warned

    def test_nothing_of_the_model_changes(
        self, runner_config: Callable, build_runner: Callable
    ) -> None:
        runner = self.run(runner_config, build_runner, "same")
        written = torch.load(Path(runner.work_dir) / FILES[0], weights_only=True)["state_dict"]
        own = runner.model.data_preprocessor.enhancer.nem.state_dict()
        assert {k.removeprefix("nem."): v for k, v in written.items()}.keys() == own.keys()
        assert all(torch.equal(v, own[k.removeprefix("nem.")]) for k, v in written.items())

    def test_held_out_images_where_a_split_names_them(self) -> None:
        data = dict(
            type="NetworkMix",
            datasets=[
                dict(type="UnlabelledImages", split=dict(part="train", holdout=0.1)),
                dict(type="UnlabelledImages", data_root="a"),
                dict(type="Other", split="train"),
            ],
        )
        datasets = _held_out_part(data)["datasets"]
        assert datasets[0]["split"] == dict(part="val", holdout=0.1)
        assert datasets[1:] == data["datasets"][1:]
        assert data["datasets"][0]["split"]["part"] == "train", "the config stays"
