"""What the numbers that a network reads mean: mean, standard deviation, channel order, full intensity."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["ORDERS", "NetworkColours"]

ORDERS = ("rgb", "bgr")


@dataclass(frozen=True)
class NetworkColours:
    """How a network's images are normalised: value = (pixel - mean) / std, for pixels in 0..max_pixel_value.

    Attributes:
        mean: of each channel, in the order of the channels and in units of the pixels.
        std: of each channel, likewise.
        order: of the channels, 'rgb' or 'bgr'.
        max_pixel_value: the pixel value of full intensity before normalisation, 1 (torchvision, timm, transformers)
            or 255 (mmseg, Caffe).

    Raises:
        ValueError: if an option is missing or out of range, or mean and std belong to another scale of pixels.

    Example:
        >>> NetworkColours((0.5, 0.5, 0.5), (0.5, 0.5, 0.5)).in_grey_levels()
        ((127.5, 127.5, 127.5), (127.5, 127.5, 127.5))
    """

    mean: Sequence[float]
    std: Sequence[float]
    order: str = "rgb"
    max_pixel_value: float = 1.0

    def __post_init__(self) -> None:
        """Check, and make tuples of lists."""
        for name in ("mean", "std"):
            object.__setattr__(self, name, _three_numbers(name, getattr(self, name)))
        if self.order not in ORDERS:
            raise ValueError(f"order must be 'rgb' or 'bgr', got {self.order!r}")
        if self.max_pixel_value not in (1, 255):
            raise ValueError(f"max_pixel_value must be 1 or 255, got {self.max_pixel_value!r}")
        if min(self.std) <= 0:
            raise ValueError(f"std must be above 0, got {list(self.std)}")
        self._check_scale()

    def in_grey_levels(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Give mean and std for pixels in 0..255, in the order of the channels."""
        factor = 255 / self.max_pixel_value
        return tuple(factor * v for v in self.mean), tuple(factor * v for v in self.std)

    def in_rgb(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Give mean and std for RGB pixels in 0..1."""
        step = 1 if self.order == "rgb" else -1
        mean, std = (v[::step] for v in (self.mean, self.std))
        return tuple(v / self.max_pixel_value for v in mean), tuple(
            v / self.max_pixel_value for v in std
        )

    def _check_scale(self) -> None:
        other = 255 if self.max_pixel_value == 1 else 1
        too_large = self.max_pixel_value == 1 and max(*self.mean, *self.std) > 2
        too_small = self.max_pixel_value == 255 and 0 < max(self.mean) <= 1
        if too_large or too_small:
            raise ValueError(
                f"mean {list(self.mean)} and std {list(self.std)} are not those of pixels in "
                f"0..{self.max_pixel_value:g}: set max_pixel_value={other}, or give both in that scale"
            )


def _three_numbers(name: str, values: Sequence[float] | None) -> tuple[float, ...]:
    if values is None:
        raise ValueError(
            f"{name} is missing: state how the network's images are normalised, for instance "
            "mean=[0.485, 0.456, 0.406], std=[0.229, 0.224, 0.225] (mean=[0, 0, 0], std=[1, 1, 1] for not at all)"
        )
    numbers = tuple(float(value) for value in values)
    if len(numbers) != 3 or not all(math.isfinite(number) for number in numbers):
        raise ValueError(
            f"{name} must be three finite numbers, one per channel, got {list(values)}"
        )
    return numbers
