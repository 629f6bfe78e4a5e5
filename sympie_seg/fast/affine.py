"""Fold normalisation, colour shift, colour matrix, clamp and re-normalisation into one map per image.

Everything that the warp does to a pixel besides the 5x5 kernel is affine and per pixel, and the kernel is linear and
the same for every channel. So with x the pixel as it comes and y as the network wants it::

    y[o] = clip(K * (matrix[o] . x + offset[o]) + delta[o], low[o], high[o])

`K *` sees zeros outside the image, as in `warp`: what it filters is the warp's own mixed image times one number per
channel, so that the zeros of both are the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..enhancer.normalization import IMAGENET_MEAN, IMAGENET_STD
from ..enhancer.parameters import KERNEL_SIZE, WarpParameters

_CENTRE = (KERNEL_SIZE // 2,) * 2
_UNIT = WarpParameters.identity(1).kernel[0].double().numpy()
_MEAN, _STD = 255 * np.array(IMAGENET_MEAN), 255 * np.array(IMAGENET_STD)


@dataclass(frozen=True)
class PixelFormat:
    """How three channels stand for a colour: channel i is (level - mean[i]) / std[i], levels in 0..255.

    Attributes:
        mean: one number per channel, in grey levels.
        std: one number per channel, in grey levels; not 0.
        rgb: True for red, green, blue; False for blue, green, red.
    """

    mean: tuple[float, ...] = (0.0, 0.0, 0.0)
    std: tuple[float, ...] = (1.0, 1.0, 1.0)
    rgb: bool = True

    def __post_init__(self) -> None:
        """Check the lengths."""
        if len(self.mean) != 3 or len(self.std) != 3:
            raise ValueError(f"expected three means and stds, got {self.mean} and {self.std}")

    @property
    def order(self) -> list[int]:
        """Which of red (0), green (1), blue (2) each channel holds."""
        return [0, 1, 2] if self.rgb else [2, 1, 0]


NORMALIZED = PixelFormat(tuple(_MEAN.tolist()), tuple(_STD.tolist()))
"""The enhancer's own space: RGB, ImageNet-normalised."""


@dataclass(frozen=True)
class FoldedWarp:
    """The warp of one image from one pixel format to another; see the module's formula.

    Attributes:
        matrix: (3, 3), output channel by input channel.
        offset: (3,), added before the kernel.
        kernel: (5, 5), float32.
        delta: (3,), added after the kernel.
        low: (3,), least value of each output channel.
        high: (3,), greatest value.
        pointwise: whether the kernel is 1 in its centre and 0 elsewhere, so that nobody has to apply it.
    """

    matrix: NDArray[np.float64]
    offset: NDArray[np.float64]
    kernel: NDArray[np.float32]
    delta: NDArray[np.float64]
    low: NDArray[np.float32]
    high: NDArray[np.float32]
    pointwise: bool


def to_normalized(source: PixelFormat) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give scale and offset, by RGB channel, from a format's values to the enhancer's."""
    channel = source.order  # its own inverse
    scale = np.array(source.std)[channel] / _STD
    return scale, (np.array(source.mean)[channel] - _MEAN) / _STD


def fold(
    parameters: WarpParameters, source: PixelFormat, target: PixelFormat
) -> Sequence[FoldedWarp]:
    """Fold the parameters of every image with the formats before and after.

    Args:
        parameters: on any device.
        source: of the pixels that come.
        target: of the pixels that the network wants; they are clamped to levels 0..255.

    Returns:
        One map per image.
    """
    matrices, shifts, kernels = (p.detach().cpu().double().numpy() for p in parameters.tensors())
    scale, offset = to_normalized(source)
    reds, std = target.order, np.array(target.std)
    gain = _STD[reds] / std
    delta = (_MEAN[reds] - np.array(target.mean)) / std
    ends = np.stack([(level - np.array(target.mean)) / std for level in (0.0, 255.0)])
    low, high = (bound.astype(np.float32) for bound in (ends.min(0), ends.max(0)))
    folded = []
    for matrix, shift, kernel in zip(matrices, shifts, kernels, strict=True):
        by_output = (matrix * gain[np.argsort(reds)]).T[reds]  # output channel by RGB channel
        before, after, pointwise = by_output @ (offset + shift), delta, _is_point(kernel)
        if pointwise:  # as of an image that stays as it is: one map does it all
            by_output = kernel[_CENTRE] * by_output
            before, after = kernel[_CENTRE] * before + delta, np.zeros(3)
            kernel = _UNIT
        folded.append(
            FoldedWarp(
                matrix=(by_output * scale)[:, source.order],
                offset=before,
                kernel=kernel.astype(np.float32),
                delta=after,
                low=low,
                high=high,
                pointwise=pointwise,
            )
        )
    return folded


def _is_point(kernel: NDArray[np.float64]) -> bool:
    """Whether nothing but the centre counts."""
    return not kernel[_UNIT == 0].any()  # NaN is any
