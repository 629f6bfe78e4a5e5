"""Light on its way through air that scatters."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from sympie_seg.corruptions.driving.light import Light


def extinction(visibility: float) -> float:
    """Convert a meteorological optical range: the way after which 5 % of the light is left.

    Source: WMO-No. 8, chapter 9.

    Args:
        visibility: Metres, above 0.

    Returns:
        The extinction coefficient per metre.
    """
    return -math.log(0.05) / visibility


def see_through(
    light: Light, optical_depth: NDArray[np.floating], air: Sequence[float] | NDArray[np.floating]
) -> Light:
    """Weaken the light by the air in between and add the light which that air scatters.

    Source: Koschmieder's law (1924), ``J t + A (1 - t)`` with ``t = exp(-optical depth)``.

    Args:
        light: float32, shape (H, W, 3); overwritten with the result.
        optical_depth: Extinction times distance, at least 0, may be infinite, shape (H, W).
        air: Light of infinitely deep air, one per channel.

    Returns:
        float32, shape (H, W, 3).
    """
    left = np.exp(-np.asarray(optical_depth, dtype=np.float32))
    left = cv2.merge([left] * 3)
    glow = (*map(float, air), 0.0)
    light = cv2.subtract(light, glow, dst=light)
    light *= left
    result: Light = cv2.add(light, glow, dst=light)
    return result
