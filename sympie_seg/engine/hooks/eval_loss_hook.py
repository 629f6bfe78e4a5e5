"""The training loss with the enhancer in eval mode, beside that in train mode: now and then, and once at the end."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from typing import Any

import torch
from mmengine.dist import all_reduce, get_rank
from mmengine.hooks import Hook
from mmengine.model import BaseDataPreprocessor
from mmengine.registry import HOOKS
from mmengine.runner import Runner
from torch import Tensor
from torch.utils.data import DataLoader

from sympie_seg.engine.processes import bare_model
from sympie_seg.engine.resuming.numbered_draws import build_numbered_dataloader
from sympie_seg.engine.resuming.randomness import derive_seed, set_random_states
from sympie_seg.models.data_preprocessors.enhancement import replayed_randomness
from sympie_seg.models.frozen.split_loss import part_losses

__all__ = ["EvalLossHook"]

MOST = 5.0
"""Percent by which the loss in eval mode may lie above that in train mode at the end of a training."""


@HOOKS.register_module()
class EvalLossHook(Hook):
    """Logs ``train/loss1_eval``: the loss of the first step as the enhancer in use would have it.

    In training NEM's BatchNorm normalises by the batch, in use by its running statistics. Where the two losses differ
    for long, the enhancer meets in use what it did not meet in training. It is measured before the step, with the
    weights that the step's own forward pass has; the enhancer clamps colours then, as it does in use. Neither
    weights, statistics nor random states change, so a training with this hook gives the same files as one without.

    Also logged: ``train/eval_gap``, by how many percent the loss in eval mode is above that in train mode on this
    batch; and for several networks ``train/loss1_eval_<name>`` of each. Single batches scatter by tens of percent.

    So at the end of the training, with the weights and statistics that the files have, both losses are summed over a
    fixed set of batches, and one figure is logged: ``train/final_eval_gap``, with a warning where it is above 5 %. The
    batches have the training's mixture of datasets, sizes and corruptions, and draws of their own, which depend on the
    seed alone. The images are those that an ``UnlabelledImages`` holds out (the part 'val' of its ``split``); data
    sets without such a split give new draws of their training images.

    Args:
        interval (int): iterations between two measurements; each is a forward pass without gradient. Defaults to 20.
        batches (int): measured at the end, on each process; 0 for none. Each is two forward passes. Defaults to 16.

    Raises:
        ValueError: if the interval is less than 1, or the number of batches below 0.
    """

    priority = "ABOVE_NORMAL"  # before the logger

    def __init__(self, interval: int = 20, batches: int = 16) -> None:
        if interval < 1:
            raise ValueError(f"interval must be 1 or more, got {interval}")
        if batches < 0:
            raise ValueError(f"batches must be 0 or more, got {batches}")
        self.interval, self.batches = interval, batches
        self._measured: dict[str, Tensor] = {}
        self._held_out: DataLoader | None = None

    def before_train(self, runner: Runner) -> None:
        """Build the data of the end, so that what is wrong with them is said now."""
        if self.batches:
            self._held_out = _held_out_batches(runner)

    def before_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: dict | None = None
    ) -> None:
        """Measure on the batch that is trained on next."""
        self._measured = {}
        if data_batch is None or not self.every_n_train_iters(runner, self.interval):
            return
        states: list[Any] = []
        with replayed_randomness(states):
            self._measured = _losses_in_mode(runner, data_batch, training=False)
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
        gap = _gap(float(self._measured["loss1_eval"]), float(trained))
        runner.message_hub.update_scalar("train/eval_gap", gap)

    def after_train(self, runner: Runner) -> None:
        """Measure on the held-out batches."""
        if self._held_out is None:
            return
        in_use, in_training = self._final_losses(runner)
        gap = _gap(in_use, in_training)
        runner.message_hub.update_scalar("train/final_eval_gap", gap)
        runner.visualizer.add_scalar("final_eval_gap", gap, step=runner.iter)
        text = (
            f"{self.batches} held-out batches: loss {in_use:.4f} with the enhancer in eval mode, {in_training:.4f} in "
            f"train mode, a gap of {gap:+.1f} %"
        )
        if gap <= MOST:
            runner.logger.info(text)
            return
        runner.logger.warning(
            f"{text}. Above {MOST:g} %: in use the enhancer meets what it did not meet in training. Average "
            "BatchNorm's statistics over more of the last iterations (BatchNormStatisticsHook), or train with "
            "larger or more mixed batches"
        )

    def _final_losses(self, runner: Runner) -> tuple[float, float]:
        """Means over the batches, in eval and in train mode; nothing of the model is changed."""
        model = bare_model(runner.model)
        states: list[Any] = []
        trains, count, sums = model.training, 0, torch.zeros(2, dtype=torch.float64)
        with replayed_randomness(states):
            model.train()
            held_out: Iterable[Any] = self._held_out or ()
            for number, batch in enumerate(islice(held_out, self.batches)):
                count += 1
                for index, training in enumerate((False, True)):
                    set_random_states(derive_seed(runner.seed, "eval gap", number, get_rank()))
                    losses = _losses_in_mode(runner, batch, training)
                    sums[index] += float(losses["loss1_eval"])
            model.train(trains)
        with replayed_randomness(states):
            pass  # the states are as they were
        sums = sums.to(next(model.parameters()).device)
        all_reduce(sums, "mean")
        in_use, in_training = (sums / max(count, 1)).tolist()
        return in_use, in_training


def _gap(in_use: float, in_training: float) -> float:
    """By how many percent the first loss lies above the second."""
    return 100 * (in_use / max(in_training, 1e-12) - 1)


def _held_out_batches(runner: Runner) -> DataLoader:
    """Batches as in training, of held-out images where there are any; they begin at the same draw each time."""
    config = copy.deepcopy(runner.cfg.train_dataloader)
    for key in ("persistent_workers", "prefetch_factor", "worker_init_fn"):
        config.pop(key, None)
    config.update(num_workers=0, dataset=_held_out_part(config.dataset))
    return build_numbered_dataloader(config, derive_seed(runner.seed, "held out"))


def _held_out_part(dataset: Any) -> Any:
    """The config of a dataset, with the other part of every split that it holds."""
    if isinstance(dataset, (list, tuple)):
        return type(dataset)(_held_out_part(one) for one in dataset)
    if not isinstance(dataset, dict):
        return dataset
    changed = type(dataset)({key: _held_out_part(value) for key, value in dataset.items()})
    if (
        dataset.get("type") == "UnlabelledImages"
        and (dataset.get("split") or {}).get("part") == "train"
    ):
        # They were looked at when the validation's dataset was built.
        changed.update(split=dict(dataset["split"], part="val"), early_check=0, duplicate_check=0)
    return changed


def _losses_in_mode(runner: Runner, batch: Mapping[str, Any], training: bool) -> dict[str, Tensor]:
    """The losses of the first step with the enhancer in train or in eval mode, without gradients."""
    model = bare_model(runner.model)
    with (
        torch.no_grad(),
        _enhancer_in_mode(model.data_preprocessor, training),
        runner.optim_wrapper.optim_context(runner.model),
    ):
        return _first_losses(model, batch)


@contextmanager
def _enhancer_in_mode(preprocessor: BaseDataPreprocessor, training: bool) -> Iterator[None]:
    """Put the enhancer into train or eval mode, without a second step, inside the block.

    Its statistics are afterwards what they were.
    """
    enhancer, teacher = preprocessor.enhancer, preprocessor.teacher
    trains, record = enhancer.training, preprocessor.record_next
    statistics = {name: buffer.clone() for name, buffer in enhancer.named_buffers()}
    enhancer.train(training)
    preprocessor.teacher, preprocessor.record_next = None, False
    try:
        yield
    finally:
        enhancer.train(trains)
        preprocessor.teacher, preprocessor.record_next = teacher, record
        with torch.no_grad():
            for name, buffer in enhancer.named_buffers():
                buffer.copy_(statistics[name])


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
