"""Two-step training: one loss for the student's images, one for those of the teacher-cleaned inputs.

The data preprocessor hands over both steps' images in one batch. Here that batch is split again and the model's own
``loss`` is run on each half, so that the sum is ``loss1 + 0.5 loss2`` exactly for every loss, also for those
that are no mean over images (OHEM, losses averaged over the pixels that are not ignored).
"""

from __future__ import annotations

from types import MethodType
from typing import Any

from mmengine.logging import MessageHub
from torch import Tensor, nn

__all__ = ["split_loss"]


def split_loss(model: nn.Module) -> nn.Module:
    """Make ``model.loss`` weigh the two halves of a two-step batch.

    The model's class is not touched; the instance is changed and returned. While the data preprocessor does not train
    two steps, ``loss`` is the model's own. Logged beside the total ``loss``: ``loss1``, ``loss2`` (unweighted), and the
    model's own monitors as ``step1.*`` and ``step2.*``.
    """
    model._own_loss = model.loss
    model.loss = MethodType(_two_step_loss, model)
    return model


def _two_step_loss(model: Any, inputs: Tensor, data_samples: list, **kwargs: Any) -> dict:
    if not model.data_preprocessor.trains_two_steps:
        return model._own_loss(inputs, data_samples, **kwargs)
    half, remainder = divmod(len(inputs), 2)
    if remainder or len(data_samples) != len(inputs):
        raise RuntimeError(
            f"expected both steps' images in one batch, got {len(inputs)} images and "
            f"{len(data_samples)} samples"
        )
    totals, monitors = [], {}
    for step, part in (("step1", slice(0, half)), ("step2", slice(half, None))):
        losses = model._own_loss(inputs[part], data_samples[part], **kwargs)
        total, log_vars = model.parse_losses(losses)
        totals.append(total)
        # parse_losses adds up every key with "loss" in it, so only monitors keep their names.
        monitors.update({f"{step}.{k}": v for k, v in log_vars.items() if "loss" not in k})
    log = MessageHub.get_current_instance()
    for name, total in zip(("train/loss1", "train/loss2"), totals, strict=True):
        log.update_scalar(name, total.detach())
    weight = model.data_preprocessor.second_step_weight
    return dict(loss=totals[0] + weight * totals[1], **monitors)
