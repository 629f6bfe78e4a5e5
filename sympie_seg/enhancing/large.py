"""Large pictures strip by strip: what is needed besides the picture's own bytes does not grow with it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from sympie_seg.api import enhance, estimate
from sympie_seg.enhancer import SyMPIE, WarpParameters
from sympie_seg.enhancer.parameters import KERNEL_SIZE
from sympie_seg.fast import PixelFormat, enhance_pixels

__all__ = ["LARGE", "enhance_large", "is_large", "strips_of"]

LARGE = 1 << 24
"""Pixels from which on a picture is enhanced in strips; below, its floats are a few hundred megabytes."""
_STRIP = 1 << 22  # pixels; some 250 MB of floats
_HALO = KERNEL_SIZE // 2
_LEVELS = PixelFormat()
# Of 16 bits less 2^15: the fast path reads signed numbers only.
_SIGNED_LEVELS = PixelFormat(mean=(2**15 / 257,) * 3, std=(1 / 257,) * 3)


def is_large(pixels: int) -> bool:
    """Whether a picture of so many pixels is enhanced in strips."""
    return pixels > LARGE


def strips_of(pixels: int) -> int:
    """Into how many strips a picture of so many pixels is cut, about; 1 if it is not large."""
    return -(-pixels // _STRIP) if is_large(pixels) else 1


def enhance_large(
    colours: np.ndarray, enhancer: SyMPIE, advance: Callable[[], None]
) -> tuple[np.ndarray, WarpParameters]:
    """Enhance a picture in place, as :func:`sympie_seg.api.enhance` does.

    Args:
        colours: RGB (H, W, 3), uint8 or uint16; overwritten.
        enhancer: with its own strength.
        advance: called after each strip.

    Returns:
        The same array, and the parameters that were applied.

    Raises:
        FloatingPointError: if the prediction is not finite.
    """
    parameters = _estimate(colours, enhancer)
    if enhancer.strength == 0:
        return colours, parameters
    rows = max(_STRIP // colours.shape[1], _HALO)
    above = colours[:0]
    for first in range(0, len(colours), rows):
        own = colours[first : first + rows]
        # The kernel looks beyond the strip's seams; at the picture's edges it sees zeros, as in the whole.
        strip = np.concatenate([above, own, colours[first + rows : first + rows + _HALO]])
        start, above = len(above), own[-_HALO:].copy()
        own[:] = enhance(strip, enhancer, parameters=parameters)[0][start : start + len(own)]
        advance()
    return colours, parameters


def _estimate(colours: np.ndarray, enhancer: SyMPIE) -> WarpParameters:
    """Predict without making floats of the whole picture, where the fast path does so."""
    source = _LEVELS
    pixels = colours
    if colours.dtype == np.uint16:
        source, pixels = _SIGNED_LEVELS, (colours ^ 2**15).view(np.int16)
    device = next(enhancer.parameters()).device
    planes = torch.from_numpy(pixels).movedim(-1, 0).to(device)
    with torch.no_grad():
        fast = enhance_pixels(enhancer, [planes], source, None)
    return estimate(colours, enhancer) if fast is None else fast.parameters
