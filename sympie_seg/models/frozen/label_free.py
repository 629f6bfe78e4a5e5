"""Training without labels: the frozen network's prediction on the clean image is the target.

The loss is the Kullback-Leibler divergence from the prediction on the clean image to the prediction on the enhanced
corrupted one, by pixel or by image. Where the corruption moved pixels, the clean prediction moves with them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from sympie_seg.models.frozen.class_scores import class_scores, score_kind
from sympie_seg.models.frozen.divergence import ScoreKind, class_probabilities, divergence

__all__ = ["CleanPrediction", "LabelFree", "move_prediction"]


@dataclass(frozen=True)
class LabelFree:
    """Options of label-free training: ``data_preprocessor.label_free`` in a config.

    Attributes:
        temperature: divides the logits of both predictions, above 0; above 1 lets unlikely classes count for more.
        weight: of the divergence in the loss of each step, above 0.
        clean_weight: of the divergence between the predictions on the clean image and on the enhanced clean image; 0
            saves its forward pass.
        supervised_weight: of the network's own loss with labels beside it; 0 needs no labels. Above 0 the network runs
            twice for each step.
    """

    temperature: float = 1.0
    weight: float = 1.0
    clean_weight: float = 0.0
    supervised_weight: float = 0.0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            positive = field.name in ("temperature", "weight")
            number = isinstance(value, (int, float)) and not isinstance(value, bool)
            if not number or not math.isfinite(value) or value < 0 or (positive and value == 0):
                bound = "above 0" if positive else "not below 0"
                raise ValueError(f"label_free.{field.name} must be a number {bound}, got {value!r}")

    @classmethod
    def from_option(cls, option: bool | dict | LabelFree | None) -> LabelFree | None:
        """Read the option of a config: False or None for no label-free loss, True for the defaults, or a dict.

        Raises:
            ValueError: if a key is unknown or a value out of range.
        """
        if option is None or option is False:
            return None
        if isinstance(option, cls):
            return option
        options = {} if option is True else dict(option)
        known = [field.name for field in fields(cls)]
        unknown = sorted(set(options) - set(known))
        if unknown:
            raise ValueError(
                f"unknown option label_free.{unknown[0]}; there are {', '.join(known)}"
            )
        return cls(**options)


class CleanPrediction:
    """The frozen network's prediction on the clean images of a batch: the target of label-free training.

    Args:
        model: the frozen network, not wrapped, in eval mode.
        inputs: the clean images as the network takes them, (N, 3, H, W).
        samples: one for each image. From their metainfo: ``padding_size`` (left, right, top, bottom) where the
            images were padded, and ``clean_map`` (h, w, 2) where a corruption moved pixels.
        temperature: see :class:`LabelFree`.
    """

    def __init__(
        self, model: nn.Module, inputs: Tensor, samples: Sequence[Any], temperature: float = 1.0
    ) -> None:
        self.model, self.temperature = model, temperature
        self.kind: ScoreKind = score_kind(model)
        with torch.no_grad():
            scores = class_scores(model, inputs, samples)
            #: Probabilities (N, C, H, W) or (N, C), float32, where the pixels of the clean image are.
            self.still = class_probabilities(scores, self.kind, temperature)
            self.moved, self.counts = self.still, torch.ones_like(self.still[:, 0])
            if self.still.dim() == 4:
                self.counts = _inside_padding(self.still, samples)
                self.moved, reached = move_prediction(self.still, samples)
                self.moved_counts = self.counts * reached
            else:
                self.moved_counts = self.counts

    def divergence(self, inputs: Tensor, samples: Sequence[Any], moved: bool = True) -> Tensor:
        """Compare with the prediction on other images of the same scenes.

        Args:
            inputs: images as the network takes them, of the shape of the clean ones.
            samples: one for each image.
            moved: whether the images are the corrupted ones, whose pixels a corruption may have moved.

        Returns:
            The mean over the pixels (or images) that count, a scalar in nats; 0 if none counts.
        """
        target, counts = (self.moved, self.moved_counts) if moved else (self.still, self.counts)
        scores = class_scores(self.model, inputs, samples)
        values = divergence(target, scores, self.kind, self.temperature)
        return (values * counts).sum() / counts.sum().clamp_min(1)


def move_prediction(prediction: Tensor, samples: Sequence[Any]) -> tuple[Tensor, Tensor]:
    """Move predictions as the corruption moved the pixels.

    Args:
        prediction: (N, C, H, W).
        samples: with ``clean_map`` in the metainfo where pixels were moved: float32 (h, w, 2), the column and the row
            of the clean image that each pixel comes from. The map covers the image without padding, at the top left.

    Returns:
        The predictions, bilinear, and (N, H, W): 1 where the pixel comes from inside the image, 0 elsewhere.
    """
    inside = torch.ones_like(prediction[:, 0])
    maps = [sample.metainfo.get("clean_map") for sample in samples]
    if all(one is None for one in maps):
        return prediction, inside
    moved = prediction.clone()
    for index, one in enumerate(maps):
        if one is None:
            continue
        grid = torch.as_tensor(one, dtype=torch.float32, device=prediction.device)
        height, width = grid.shape[:2]
        sides = grid.new_tensor([width - 1, height - 1])
        inside[index, :height, :width] = ((grid >= 0) & (grid <= sides)).all(dim=-1).float()
        # grid_sample counts from -1 to 1 between the centres of the outer pixels.
        relative = (grid / sides.clamp_min(1) * 2 - 1).unsqueeze(0)
        source = prediction[index : index + 1, :, :height, :width]
        moved[index, :, :height, :width] = functional.grid_sample(
            source, relative, mode="bilinear", padding_mode="border", align_corners=True
        )[0]
    return moved, inside


def _inside_padding(prediction: Tensor, samples: Sequence[Any]) -> Tensor:
    """(N, H, W): 1 for pixels of the images, 0 for padded ones."""
    counts = torch.ones_like(prediction[:, 0])
    for index, sample in enumerate(samples):
        left, right, top, bottom = sample.metainfo.get("padding_size") or (0, 0, 0, 0)
        height, width = counts.shape[-2:]
        counts[index, :top] = counts[index, height - bottom :] = 0
        counts[index, :, :left] = counts[index, :, width - right :] = 0
    return counts
