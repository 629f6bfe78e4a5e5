"""What the numbers of an image mean: channel order, mean, standard deviation, type."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sympie_seg.enhancer import IMAGENET_MEAN, IMAGENET_STD

__all__ = ["Colours", "three"]

Three = tuple[float, float, float]


def three(values: Iterable[float]) -> Three:
    """Take one number for each channel.

    Raises:
        ValueError: if there are not three.
    """
    first, second, third = values
    return first, second, third


@dataclass(frozen=True)
class Colours:
    """A colour space: value = (level - mean) / std, for levels in 0..255.

    Attributes:
        order: of the channels, 'rgb' or 'bgr'.
        dtype: 'uint8' (levels themselves) or 'float32'.
        mean: of each channel, in the order of the channels.
        std: of each channel, likewise.
    """

    order: str
    dtype: str
    mean: Three
    std: Three

    def __post_init__(self) -> None:
        """Check the order and the type."""
        if self.order not in ("rgb", "bgr"):
            raise ValueError(f"the order of the colours must be 'rgb' or 'bgr', got {self.order!r}")
        if self.dtype not in ("uint8", "float32"):
            raise ValueError(f"images must be 'uint8' or 'float32', got {self.dtype!r}")

    @classmethod
    def levels(cls, order: str, dtype: str = "uint8") -> Colours:
        """0..255, as in image files."""
        return cls(order, dtype, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0))

    @classmethod
    def imagenet(cls, order: str) -> Colours:
        """The enhancer's own space, floating."""
        step = 1 if order == "rgb" else -1
        means, stds = (
            three(255 * value for value in values[::step])
            for values in (IMAGENET_MEAN, IMAGENET_STD)
        )
        return cls(order, "float32", means, stds)

    def rgb(self) -> tuple[list[float], list[float]]:
        """Mean and standard deviation of red, green and blue."""
        step = 1 if self.order == "rgb" else -1
        return list(self.mean[::step]), list(self.std[::step])

    def describe(self) -> str:
        """Say it in a sentence, for the metadata of a file."""
        if self.dtype == "uint8":
            return f"uint8, 0..255, {self.order.upper()}"
        mean, std = ([round(v, 6) for v in values] for values in (self.mean, self.std))
        return f"float32, {self.order.upper()}, (level 0..255 - {mean}) / {std}"
