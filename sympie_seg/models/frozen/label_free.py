"""Training without labels: the frozen network's prediction on the clean image is the target.

The loss is the Kullback-Leibler divergence from the prediction on the clean image to the prediction on the enhanced
corrupted one, by pixel or by image. Where the corruption moved pixels, the clean prediction moves with them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from sympie_seg.models.frozen.class_scores import class_scores, score_kind
from sympie_seg.models.frozen.divergence import ScoreKind, class_probabilities, divergence
from sympie_seg.utils.numbers import is_number

__all__ = ["CleanPrediction", "LabelFree", "move_prediction"]


@dataclass(frozen=True)
class LabelFree:
    """Options of label-free training: ``data_preprocessor.label_free`` in a config.

    Attributes:
        temperature: divides the logits of both predictions, above 0; above 1 lets unlikely classes count for more.
        weight: of the divergence in the loss of each step; 0, which needs another weight above 0, trains without a pass
            of the network.
        clean_weight: of the divergence between the predictions on the clean image and on the enhanced clean image; 0
            saves its forward pass.
        pixel_weight: of the mean absolute difference between the enhanced and the clean image, as the network takes
            them. Its target is the same for every network, so the enhancer does not learn the look that one likes.
        supervised_weight: of the network's own loss with labels beside it; 0 needs no labels. Above 0 the network runs
            twice for each step.
        skew: share of the clean prediction in what is compared with it, at least 0 and below 1. Above 0 the divergence
            of a pixel is at most ``-ln(skew)``: pixels whose class is lost count for less.
        target_gains: three factors above 0 for red, green and blue, by which the clean image is multiplied (and clipped
            at white) before the network predicts the target. For a network whose own images have a colour cast: it
            knows the clean image best with it, and so gives a better target. The pixel term keeps the clean image.
            None, the default, leaves it as it is.
    """

    temperature: float = 1.0
    weight: float = 1.0
    clean_weight: float = 0.0
    pixel_weight: float = 0.0
    supervised_weight: float = 0.0
    skew: float = 0.0
    target_gains: Sequence[float] | None = None

    def __post_init__(self) -> None:
        for field in fields(self):
            if field.name == "target_gains":
                continue
            value = getattr(self, field.name)
            positive = field.name == "temperature"
            if not is_number(value) or value < 0 or (positive and value == 0):
                bound = "above 0" if positive else "not below 0"
                raise ValueError(f"label_free.{field.name} must be a number {bound}, got {value!r}")
        if self.skew >= 1:
            raise ValueError(f"label_free.skew must be below 1, got {self.skew!r}")
        if self.target_gains is not None:
            self._check_gains(self.target_gains)
        if not (self.weight or self.pixel_weight or self.supervised_weight):
            raise ValueError(
                "label_free leaves nothing to train with: set weight, pixel_weight or supervised_weight above 0"
            )
        if self.target_gains is not None and not (self.weight or self.clean_weight):
            raise ValueError(
                "label_free.target_gains changes what the network predicts for the target, and nothing asks for that: "
                "set weight or clean_weight above 0, or leave target_gains out"
            )

    @staticmethod
    def _check_gains(gains: Any) -> None:
        three = isinstance(gains, (list, tuple)) and len(gains) == 3
        if not three or not all(is_number(gain) and gain > 0 for gain in gains):
            raise ValueError(
                f"label_free.target_gains must be three numbers above 0 (red, green, blue), got {gains!r}"
            )

    @classmethod
    def from_option(cls, option: bool | dict | LabelFree | None) -> LabelFree | None:
        """Read the option of a config: False or None for no label-free loss, True for the defaults, or a dict.

        Raises:
            ValueError: if a key is unknown or a value out of range.
        """
        if option is None or option is False:
            return None
        if isinstance(option, LabelFree):
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
        predict: whether the network runs; without it, only :meth:`difference` can be asked.
        skew: see :class:`LabelFree`.
        seen: the clean images as the network sees them for the target, of the shape of ``inputs``; None for ``inputs``.
    """

    def __init__(
        self,
        model: nn.Module,
        inputs: Tensor,
        samples: Sequence[Any],
        temperature: float = 1.0,
        predict: bool = True,
        skew: float = 0.0,
        seen: Tensor | None = None,
    ) -> None:
        self.model, self.temperature, self.skew = model, temperature, skew
        self.images, self.samples = inputs, samples
        self.kind: ScoreKind = score_kind(model)
        if not predict:
            return
        with torch.no_grad():
            scores = class_scores(model, inputs if seen is None else seen, samples)
            #: Probabilities (N, C, H, W) or (N, C), float32, where the pixels of the clean image are.
            self.still = class_probabilities(scores, self.kind, temperature)
            self.moved, self.counts = self.still, torch.ones_like(self.still[:, 0])
            self.moved_counts = self.counts
            if self.still.dim() == 4:
                size = inputs.shape[-2:]
                inside = _inside_padding(self.still, samples, size)
                self.moved, reached = move_prediction(self.still, samples, size)
                self.counts = _at_size(inside, self.still)
                self.moved_counts = _at_size(inside * reached, self.still)

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
        values = divergence(target, scores, self.kind, self.temperature, self.skew)
        return (values * counts).sum() / counts.sum().clamp_min(1)

    def difference(self, inputs: Tensor) -> Tensor:
        """Compare pixels with those of the clean images, moved as the corruption moved them.

        Args:
            inputs: images as the network takes them, of the shape of the clean ones.

        Returns:
            The mean absolute difference over the pixels that count, a scalar in the network's normalised units.
        """
        size = inputs.shape[-2:]
        with torch.no_grad():
            target, reached = move_prediction(self.images.float(), self.samples, size)
            counts = _inside_padding(target, self.samples, size) * reached
        values = (inputs.float() - target).abs().mean(dim=1)
        return (values * counts).sum() / counts.sum().clamp_min(1)


def move_prediction(
    prediction: Tensor, samples: Sequence[Any], size: Sequence[int]
) -> tuple[Tensor, Tensor]:
    """Move predictions as the corruption moved the pixels.

    Args:
        prediction: (N, C, h, w), which covers the input of the network, at any resolution.
        samples: with ``clean_map`` in the metainfo where pixels were moved: float32 (rows, columns, 2), the column and
            the row of the clean image that each pixel comes from. The map covers the image without padding, at the top
            left of the input.
        size: height and width of the input.

    Returns:
        The predictions, bilinear, and (N, height, width): 1 where the pixel comes from inside the image, 0 elsewhere.
    """
    inside = prediction.new_ones(len(prediction), *size)
    maps = [sample.metainfo.get("clean_map") for sample in samples]
    if all(one is None for one in maps):
        return prediction, inside
    moved = prediction.clone()
    for index, one in enumerate(maps):
        if one is None:
            continue
        source = torch.as_tensor(one, dtype=torch.float32, device=prediction.device)
        rows, columns = source.shape[:2]
        sides = source.new_tensor([columns - 1, rows - 1])
        inside[index, :rows, :columns] = ((source >= 0) & (source <= sides)).all(dim=-1).float()
        grid = _still_grid(size, prediction)
        # What comes from outside does not count; far coordinates would only spoil what lies beside them.
        grid[:rows, :columns] = source.clamp(min=source.new_zeros(2), max=sides)
        moved[index] = _sampled(prediction[index], grid)
    return moved, inside


def _still_grid(size: Sequence[int], like: Tensor) -> Tensor:
    """Column and row of every pixel itself, (height, width, 2)."""
    rows, columns = (torch.arange(side, dtype=torch.float32, device=like.device) for side in size)
    return torch.stack(torch.meshgrid(columns, rows, indexing="xy"), dim=-1)


def _sampled(prediction: Tensor, grid: Tensor) -> Tensor:
    """Take a prediction (C, h, w) at the pixels of the input that a grid (height, width, 2) names."""
    height, width = grid.shape[:2]
    # grid_sample counts from -1 to 1 between the outer edges of the outer pixels, so any resolution has one count.
    relative = (2 * grid + 1) / grid.new_tensor([width, height]) - 1
    relative = functional.interpolate(
        relative.permute(2, 0, 1)[None], prediction.shape[-2:], mode="bilinear", align_corners=False
    ).permute(0, 2, 3, 1)
    return functional.grid_sample(
        prediction[None], relative, mode="bilinear", padding_mode="border", align_corners=False
    )[0]


def _at_size(counts: Tensor, like: Tensor) -> Tensor:
    """Share of the pixels (N, H, W) that count in each pixel of a coarser prediction (N, C, h, w)."""
    if counts.shape[-2:] == like.shape[-2:]:
        return counts
    return functional.interpolate(counts[:, None], like.shape[-2:], mode="area")[:, 0]


def _inside_padding(prediction: Tensor, samples: Sequence[Any], size: Sequence[int]) -> Tensor:
    """(N, height, width): 1 for pixels of the images, 0 for padded ones."""
    counts = prediction.new_ones(len(prediction), *size)
    for index, sample in enumerate(samples):
        left, right, top, bottom = sample.metainfo.get("padding_size") or (0, 0, 0, 0)
        counts[index, :top] = counts[index, size[0] - bottom :] = 0
        counts[index, :, :left] = counts[index, :, size[1] - right :] = 0
    return counts
