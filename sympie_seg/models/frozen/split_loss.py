"""The training loss: one for the student's images, one for those of the teacher-cleaned inputs.

The data preprocessor hands over all that a step needs in one batch, part after part. Here that batch is split again and
the loss is computed on each part, so that the sum is ``loss1 + 0.5 loss2`` exactly for every loss, also for those that
are no mean over images (OHEM, losses averaged over the pixels that are not ignored). In label-free training the last
part holds the clean images, whose prediction is the target of both steps.

:func:`part_losses` is the rule for one network; :class:`~sympie_seg.models.frozen_networks.FrozenNetworks` uses it for
each of several.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MethodType
from typing import Any

from mmengine.logging import MessageHub
from mmengine.model import BaseModel
from torch import Tensor

from sympie_seg.models.frozen.class_scores import score_kind
from sympie_seg.models.frozen.label_free import CleanPrediction, LabelFree

__all__ = ["PartLosses", "log_part_losses", "part_losses", "split_loss"]

Part = tuple[Tensor, list]


@dataclass(frozen=True, eq=False)
class PartLosses:
    """The losses of one network on the parts of a training batch, unweighted scalars.

    Attributes:
        step1: of the student's images.
        step2: of the student's images of the teacher-cleaned inputs; None where there are none.
        clean: of the enhanced clean images; None where the clean term has no weight.
        monitors: what else the network's own loss gives, as ``step1.*`` and ``step2.*``.
    """

    step1: Tensor
    step2: Tensor | None = None
    clean: Tensor | None = None
    monitors: dict[str, Any] = field(default_factory=dict)

    def total(self, preprocessor: Any) -> Tensor:
        """Weigh them as the data preprocessor says."""
        loss = self.step1
        if self.step2 is not None:
            loss = loss + preprocessor.second_step_weight * self.step2
        if self.clean is not None:
            loss = loss + preprocessor.label_free.clean_weight * self.clean
        return loss

    def named(self) -> dict[str, Tensor]:
        """Those that there are, by the names under which they are logged."""
        losses = {"loss1": self.step1, "loss2": self.step2, "clean_loss": self.clean}
        return {name: loss for name, loss in losses.items() if loss is not None}


def split_loss(model: BaseModel) -> BaseModel:
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
    if len(preprocessor.training_parts) < 2:
        result: dict = model._own_loss(inputs, data_samples, **kwargs)
        return result
    losses = part_losses(model, preprocessor, inputs, data_samples, model._own_loss, kwargs)
    log_part_losses(losses.named())
    return dict(loss=losses.total(preprocessor), **losses.monitors)


def part_losses(
    network: Any,
    preprocessor: Any,
    inputs: Tensor,
    data_samples: list,
    own_loss: Callable[..., dict],
    kwargs: Mapping[str, Any] | None = None,
    pixel_unit: float = 1.0,
    pixel_weight: float | None = None,
) -> PartLosses:
    """Compute the loss of one frozen network on each part of a batch; nothing is logged.

    Args:
        network: the segmentor or classifier, not wrapped.
        preprocessor: the enhancing data preprocessor; its ``training_parts`` say what the batch holds, its
            ``label_free`` which loss is meant.
        inputs: images as the network takes them, part after part, (P * N, 3, H, W).
        data_samples: one for each image.
        own_loss: the network's own loss with labels, ``(inputs, data_samples, **kwargs) -> dict``.
        kwargs: of ``own_loss``. Defaults to None.
        pixel_unit: factor of the pixel term, which is in the network's own units. Defaults to 1.
        pixel_weight: weight of the pixel term; None, the default, for that of ``label_free``.
    """
    names = preprocessor.training_parts or ("step1",)
    parts = _split(inputs, data_samples, names)
    options: LabelFree | None = preprocessor.label_free
    clean = None
    if options is not None and "clean" in parts:
        predict = bool(options.weight or options.clean_weight)
        clean = CleanPrediction(
            network,
            *parts["clean"],
            options.temperature,
            predict,
            options.skew,
            parts["target"][0] if "target" in parts else None,
        )
    totals: dict[str, Tensor] = {}
    monitors: dict[str, Any] = {}
    for step in (name for name in names if name.startswith("step")):
        total: Any = 0.0
        if options is None or clean is None or options.supervised_weight:
            total, seen = _own_loss(network, parts[step], own_loss, kwargs or {})
            monitors.update({f"{step}.{key}": value for key, value in seen.items()})
        if options is not None and clean is not None:
            total = options.supervised_weight * total
            if options.weight:
                total = total + options.weight * clean.divergence(*parts[step])
            weight = options.pixel_weight if pixel_weight is None else pixel_weight
            if weight:
                total = total + weight * pixel_unit * clean.difference(parts[step][0])
        totals[step] = total
    clean_loss = None
    if clean is not None and "enhanced_clean" in parts:
        clean_loss = clean.divergence(*parts["enhanced_clean"], moved=False)
    return PartLosses(totals["step1"], totals.get("step2"), clean_loss, monitors)


def log_part_losses(losses: Mapping[str, Tensor]) -> None:
    """Log losses as ``train/<name>``."""
    log = MessageHub.get_current_instance()
    for name, loss in losses.items():
        log.update_scalar(f"train/{name}", loss.detach())


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


def _own_loss(
    network: Any, part: Part, own_loss: Callable[..., dict], kwargs: Mapping[str, Any]
) -> tuple[Tensor, dict[str, Any]]:
    """The network's own loss of a part, and its monitors."""
    total, log_vars = network.parse_losses(own_loss(*part, **kwargs))
    # parse_losses adds up every key with "loss" in it, so only monitors keep their names.
    return total, {key: value for key, value in log_vars.items() if "loss" not in key}
