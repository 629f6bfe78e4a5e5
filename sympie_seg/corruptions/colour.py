"""The four colour corruptions of the SyMPIE paper, from its formulas.

Severity ``s`` mixes the change in at ``s / 5``; "integer in +-n" includes both ends. The paper does
not say how results become integers: here they are rounded to the nearest and clipped.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from sympie_seg.corruptions._common import Image, apply_curves, corruption

# The values a channel can take, as a column to compute a curve per channel.
_VALUES = np.arange(256, dtype=np.float64)[:, None]


def _mix(changed: NDArray[np.float64], severity: int) -> NDArray[np.float64]:
    """Mix curves of shape (256, 3) into the identity at ``severity / 5``."""
    share = severity / 5
    return (1 - share) * _VALUES + share * changed


@corruption
def darken(image: Image, severity: int, rng: np.random.Generator) -> Image:
    """Divide by ``s + 1``.

    Source: SyMPIE paper.

    Args:
        image: RGB uint8, shape (H, W, 3).
        severity: 1..5.
        rng: Not used: the change is the same every time.

    Returns:
        RGB uint8, shape (H, W, 3).
    """
    return apply_curves(image, np.repeat(_VALUES / (severity + 1), 3, axis=1))


SUNSET_JITTER = 32


@corruption
def sunset(image: Image, severity: int, rng: np.random.Generator) -> Image:
    """Mix in ``c * x / 255 + c / 10`` for an orange to pink ``c = (255, 192 + d, 192 - d)``.

    Source: SyMPIE paper; ``d`` is a uniform integer in +-32.

    Args:
        image: RGB uint8, shape (H, W, 3).
        severity: 1..5.
        rng: Source of ``d``.

    Returns:
        RGB uint8, shape (H, W, 3).
    """
    shift = int(rng.integers(-SUNSET_JITTER, SUNSET_JITTER, endpoint=True))
    cast = np.array([255.0, 192.0 + shift, 192.0 - shift])
    return apply_curves(image, _mix(cast * _VALUES / 255 + cast / 10, severity))


NIGHT_JITTER = 24


@corruption
def night(image: Image, severity: int, rng: np.random.Generator) -> Image:
    """Mix in ``.8 * c * x / 255 + .2 * y`` for a dark blue ``c = (32, 32, 64 + d)``.

    ``y`` is the image with its bright pixels (mean over the channels above 128) inverted, which
    darkens the sky. Source: SyMPIE paper; ``d`` is a uniform integer in +-24.

    Args:
        image: RGB uint8, shape (H, W, 3).
        severity: 1..5.
        rng: Source of ``d``.

    Returns:
        RGB uint8, shape (H, W, 3).
    """
    shift = int(rng.integers(-NIGHT_JITTER, NIGHT_JITTER, endpoint=True))
    cast = np.array([32.0, 32.0, 64.0 + shift])
    tinted = 0.8 * cast * _VALUES / 255
    dark = apply_curves(image, _mix(tinted + 0.2 * _VALUES, severity))
    bright = apply_curves(image, _mix(tinted + 0.2 * (255 - _VALUES), severity))
    red, green, blue = cv2.split(image.astype(np.uint16))
    is_bright = red + green + blue > 3 * 128
    result: Image = cv2.copyTo(bright, is_bright.astype(np.uint8), dark)
    return result


WHITE_POINT_JITTER = 32


@corruption
def white_point(image: Image, severity: int, rng: np.random.Generator) -> Image:
    """Scale each channel by its own ``(255 + s * r / 5) / 255``.

    Source: SyMPIE paper; ``r`` is a uniform integer in +-32 per channel.

    Args:
        image: RGB uint8, shape (H, W, 3).
        severity: 1..5.
        rng: Source of ``r``.

    Returns:
        RGB uint8, shape (H, W, 3).
    """
    shift = rng.integers(-WHITE_POINT_JITTER, WHITE_POINT_JITTER, size=3, endpoint=True)
    return apply_curves(image, _VALUES * (255 + severity * shift / 5) / 255)
