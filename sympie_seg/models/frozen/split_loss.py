"""The training loss: one for the student's images, one for those of the teacher-cleaned inputs.

The data preprocessor hands over all that a step needs in one batch, part after part. Here that batch is split again and
the loss is computed on each part, so that the sum is ``loss1 + 0.5 loss2`` exactly for every loss, also for those that
are no mean over images (OHEM, losses averaged over the pixels that are not ignored). In label-free training the last
part holds the clean images, whose prediction is the target of both steps.
"""

from __future__ import annotations

from types import MethodType
from typing import Any

from mmengine.logging import MessageHub
from torch import Tensor, nn

from sympie_seg.models.frozen.class_scores import score_kind
from sympie_seg.models.frozen.label_free import CleanPrediction, LabelFree

__all__ = ["split_loss"]

Part = tuple[Tensor, list]


def split_loss(model: nn.Module) -> nn.Module:
    """Make ``model.loss`` weigh the parts of a training batch.

    The model's class is not touched; the instance is changed and returned. While the data preprocessor gives the
    student's images alone, ``loss`` is the model's own. Logged beside the total ``loss``: ``loss1``, ``loss2``
    (unweighted), ``clean_loss`` where the clean term has a weight, and the model's own monitors as ``step1.*`` and
    ``step2.*``.

    Raises:
        ValueError: if training is label-free and the model's predictions are no class scores.
    """
    if getattr(model.data_preprocessor, "label_free", None) is not None:
        score_kind(model)  # say so now, not after the data were read
    model._own_loss = model.loss
    model.loss = MethodType(_loss_of_parts, model)
    return model


def _loss_of_parts(model: Any, inputs: Tensor, data_samples: list, **kwargs: Any) -> dict:
    preprocessor = model.data_preprocessor
    names = preprocessor.training_parts
    if len(names) < 2:
        return model._own_loss(inputs, data_samples, **kwargs)
    parts = _split(inputs, data_samples, names)
    options: LabelFree | None = preprocessor.label_free
    clean = (
        None if options is None else CleanPrediction(model, *parts["clean"], options.temperature)
    )
    totals: dict[str, Tensor] = {}
    monitors: dict[str, Any] = {}
    for step in (name for name in names if name.startswith("step")):
        total: Any = 0.0
        if clean is None or options.supervised_weight:
            total, seen = _own_loss(model, parts[step], kwargs)
            monitors.update({f"{step}.{key}": value for key, value in seen.items()})
        if clean is not None:
            total = options.supervised_weight * total
            total = total + options.weight * clean.divergence(*parts[step])
            if options.pixel_weight:
                total = total + options.pixel_weight * clean.difference(parts[step][0])
        totals[step] = total
    loss = totals["step1"]
    log = MessageHub.get_current_instance()
    log.update_scalar("train/loss1", totals["step1"].detach())
    if "step2" in totals:
        loss = loss + preprocessor.second_step_weight * totals["step2"]
        log.update_scalar("train/loss2", totals["step2"].detach())
    if "enhanced_clean" in parts:
        clean_loss = clean.divergence(*parts["enhanced_clean"], moved=False)
        loss = loss + options.clean_weight * clean_loss
        log.update_scalar("train/clean_loss", clean_loss.detach())
    return dict(loss=loss, **monitors)


def _split(inputs: Tensor, samples: list, names: tuple[str, ...]) -> dict[str, Part]:
    size, remainder = divmod(len(inputs), len(names))
    if remainder or len(samples) != len(inputs):
        raise RuntimeError(
            f"expected {len(names)} parts ({', '.join(names)}) of equal length in one batch, got {len(inputs)} images "
            f"and {len(samples)} samples"
        )
    starts = range(0, len(inputs), size)
    return {
        name: (inputs[start : start + size], samples[start : start + size])
        for name, start in zip(names, starts, strict=True)
    }


def _own_loss(model: Any, part: Part, kwargs: dict) -> tuple[Tensor, dict[str, Any]]:
    """The model's own loss of a part, and its monitors."""
    total, log_vars = model.parse_losses(model._own_loss(*part, **kwargs))
    # parse_losses adds up every key with "loss" in it, so only monitors keep their names.
    return total, {key: value for key, value in log_vars.items() if "loss" not in key}
