"""What `sympie_seg.enhancer.fast` offered, under that name until the next release (`sympie_seg.moved`).

New code uses the one door, `sympie_seg.fast.enhance_pixels`.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from ..enhancer.parameters import check_finite
from ..enhancer.sympie import SyMPIE
from .affine import NORMALIZED, FoldedWarp, PixelFormat, fold
from .conditions import applies
from .pipeline import estimate_pixels, release_memory, warp_pixels

__all__ = [
    "NORMALIZED",
    "FoldedWarp",
    "PixelFormat",
    "applies",
    "enhance_pixels",
    "estimate_pixels",
    "fold",
    "release_memory",
    "warp_pixels",
]


def enhance_pixels(
    enhancer: SyMPIE,
    images: Sequence[Tensor],
    source: PixelFormat,
    target: PixelFormat,
    size: tuple[int, int] | None = None,
    pad_value: float = 0,
) -> Tensor:
    """Do what `sympie_seg.fast.enhance_pixels` does, for an enhancer of which `applies` is true; give the pixels.

    Raises:
        FloatingPointError: if the prediction is not finite.
    """
    parameters = estimate_pixels(enhancer, images, source)
    check_finite(parameters)
    return warp_pixels(images, parameters, source, target, size, pad_value)
