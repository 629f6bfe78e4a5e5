"""Light that spreads around what is very bright: in the lens, on the sensor, in damp air."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

# Halos are smooth: they are worked out on an image this many times smaller.
_SHRINK = 4


def spread(source: NDArray[np.float32], sigmas: tuple[float, ...]) -> NDArray[np.float32]:
    """Average Gaussian halos of several widths.

    Args:
        source: float32, shape (H, W) or (H, W, 3).
        sigmas: Standard deviations in image heights.

    Returns:
        float32, the shape of ``source``.
    """
    height, width = source.shape[:2]
    small_size = (math.ceil(width / _SHRINK), math.ceil(height / _SHRINK))
    small = cv2.resize(source, small_size, interpolation=cv2.INTER_AREA)
    halo = np.zeros_like(small)
    for sigma in sigmas:
        pixels = max(sigma * height / _SHRINK, 0.3)
        side = 2 * math.ceil(3 * pixels) + 1
        halo += cv2.GaussianBlur(small, (side, side), pixels, borderType=cv2.BORDER_REPLICATE)
    halo /= len(sigmas)
    result: NDArray[np.float32] = cv2.resize(halo, (width, height), interpolation=cv2.INTER_LINEAR)
    return result
