"""The training loss with the enhancer in eval mode, beside that in train mode, on the same batches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from mmengine.hooks import Hook
from mmengine.model import BaseDataPreprocessor
from mmengine.registry import HOOKS
from mmengine.runner import Runner
from torch import Tensor

from sympie_seg.engine.processes import bare_model
from sympie_seg.models.data_preprocessors.enhancement import replayed_randomness
from sympie_seg.models.frozen.split_loss import part_losses

__all__ = ["EvalLossHook"]


@HOOKS.register_module()
class EvalLossHook(Hook):
    """Logs ``train/loss1_eval``: the loss of the first step as the enhancer in use would have it.

    In training NEM's BatchNorm normalises by the batch, in use by its running statistics. Where the two losses differ
    for long, the enhancer meets in use what it did not meet in training. It is measured before the step, with the
    weights that the step's own forward pass has; the enhancer clamps colours then, as it does in use. Neither
    weights, statistics nor random states change, so a training with this hook gives the same files as one without.

    Also logged: ``train/eval_gap``, by how many percent the loss in eval mode is above that in train mode on this
    batch; and for several networks ``train/loss1_eval_<name>`` of each.

    Args:
        interval (int): iterations between two measurements; each is a forward pass without gradient. Defaults to 20.

    Raises:
        ValueError: if the interval is less than 1.
    """

    priority = "ABOVE_NORMAL"  # before the logger

    def __init__(self, interval: int = 20) -> None:
        if interval < 1:
            raise ValueError(f"interval must be 1 or more, got {interval}")
        self.interval = interval
        self._measured: dict[str, Tensor] = {}

    def before_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: dict | None = None
    ) -> None:
        """Measure on the batch that is trained on next."""
        self._measured = {}
        if data_batch is None or not self.every_n_train_iters(runner, self.interval):
            return
        model = bare_model(runner.model)
        states: list[Any] = []
        with (
            replayed_randomness(states),
            torch.no_grad(),
            _enhancer_in_use(model.data_preprocessor),
            runner.optim_wrapper.optim_context(runner.model),
        ):
            self._measured = _first_losses(model, data_batch)
        with replayed_randomness(states):
            pass  # the states are as they were

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: dict | None = None, outputs: Any = None
    ) -> None:
        """Log it beside what train mode gave."""
        for name, loss in self._measured.items():
            runner.message_hub.update_scalar(f"train/{name}", loss)
        if not self._measured:
            return
        scalars, outputs = runner.message_hub.log_scalars, outputs or {}
        trained = scalars["train/loss1"].current() if "train/loss1" in scalars else outputs["loss"]
        gap = 100 * (float(self._measured["loss1_eval"]) / max(float(trained), 1e-12) - 1)
        runner.message_hub.update_scalar("train/eval_gap", gap)


@contextmanager
def _enhancer_in_use(preprocessor: BaseDataPreprocessor) -> Iterator[None]:
    """Put the enhancer into eval mode, without a second step, inside the block."""
    enhancer, teacher = preprocessor.enhancer, preprocessor.teacher
    trains, record = enhancer.training, preprocessor.record_next
    enhancer.eval()
    preprocessor.teacher, preprocessor.record_next = None, False
    try:
        yield
    finally:
        enhancer.train(trains)
        preprocessor.teacher, preprocessor.record_next = teacher, record


def _first_losses(model: Any, data_batch: Mapping[str, Any]) -> dict[str, Tensor]:
    """The losses of the first step, by the name under which they are logged."""
    data = model.data_preprocessor(data_batch, training=True)
    if hasattr(model, "losses_by_network"):
        losses = {name: one.step1 for name, one in model.losses_by_network(**data).items()}
        named = {f"loss1_eval_{name}": loss for name, loss in losses.items()}
        return dict(loss1_eval=model.weighted(losses), **named)
    own_loss = getattr(model, "_own_loss", model.loss)
    parts = part_losses(model, model.data_preprocessor, **data, own_loss=own_loss)
    return dict(loss1_eval=parts.step1)
