"""Caustic refraction of C-bar (Mintun et al., 2021), and its displacement map for labels."""

from __future__ import annotations

import math

import cv2
import numpy as np

from sympie_seg.corruptions._common import Image, check_severity, corruption
from sympie_seg.corruptions.cbar._scale import Field, enlarge, grid_shape, three_channels

#: Displacement of the steepest refraction, relative to the shorter side.
LENS_SCALE = (0.1175, 0.16, 0.245, 0.33, 0.4575)
LIGHTING = (0.47, 0.64, 0.98, 1.32, 1.83)
_REFRACTIVE_INDEX = 4.0
_FLATTEST_COSINE = 0.999
_WAVES = 5
_WAVE_STRENGTH = 0.005
# Published code divides by the coordinate, which runs from -250 to -243.7; its middle here.
_WAVE_OFFSET = 250 - math.pi
_SOFTENING = 1.0


def caustics(shape: tuple[int, int], period: float, time: float) -> Field:
    """Draw the net of light that waves throw on the bottom of a pool.

    Args:
        shape: Rows and columns.
        period: After how many pixels the net repeats.
        time: Phase of the waves.

    Returns:
        float32, of this shape, within 0..1.
    """
    # Angles from the offset on, reduced to one turn: float32 has too few digits for more.
    start = -250 % (2 * math.pi)
    to_angle = 2 * math.pi / period
    rows = (np.arange(shape[0]) * to_angle % (2 * math.pi) + start).astype(np.float32)
    columns = (np.arange(shape[1]) * to_angle % (2 * math.pi) + start).astype(np.float32)
    rows, columns = np.meshgrid(rows, columns, indexing="ij")
    y, x = rows, columns
    light = np.ones(shape, dtype=np.float32)
    for wave in range(1, _WAVES + 1):
        t = time * (1 - 3.5 / wave)
        y, x = (
            rows + np.cos(t - y) + np.sin(t + x),
            columns + np.sin(t - x) + np.cos(t + y),
        )
        # 1 / hypot(1 / a, 1 / b), written so that neither a nor b may be divided by.
        a, b = np.sin(y + t), np.cos(x + t)
        strength = 1 / (_WAVE_STRENGTH * _WAVE_OFFSET)
        light += strength * np.abs(a * b) / np.maximum(np.hypot(a, b), 1e-6)
    light = np.abs(1.17 - (light / _WAVES) ** 1.4) ** 8
    return np.minimum(light, 1)


def _refraction(slope: Field) -> Field:
    """Find how far light that falls straight on a slope is turned, by Snell's law.

    Args:
        slope: Steepness of the surface, at least 0.

    Returns:
        Sine of the angle between the ray and its old direction; 0 where the slope is nearly level,
        as in the published code.
    """
    cosine = 1 / np.sqrt(1 + slope**2)
    sine = slope * cosine
    refracted = sine / np.float32(_REFRACTIVE_INDEX)
    turned = sine * np.sqrt(1 - refracted**2) - cosine * refracted
    return np.where(cosine < _FLATTEST_COSINE, turned, 0).astype(np.float32)


def _slopes(height: int, width: int, rng: np.random.Generator) -> tuple[Field, Field]:
    """Draw caustics and take their slopes, down and right, per two pixels of the grid."""
    shape = grid_shape(height, width)
    time = rng.uniform(0.5, 2)
    period = rng.uniform(0.75, 1.25) * min(shape)
    light = caustics(shape, period, time)
    light = cv2.GaussianBlur(light, (9, 9), _SOFTENING, borderType=cv2.BORDER_REPLICATE)
    padded = cv2.copyMakeBorder(light, 1, 1, 1, 1, cv2.BORDER_REPLICATE)
    return padded[2:, 1:-1] - padded[:-2, 1:-1], padded[1:-1, 2:] - padded[1:-1, :-2]


def _maps(down: Field, right: Field, height: int, width: int, severity: int) -> tuple[Field, Field]:
    """Turn slopes on the grid into where each pixel of the image comes from."""
    slope = np.hypot(down, right)
    reach = LENS_SCALE[severity - 1] * min(height, width)
    # NumPy types the quotient of float32 arrays as float64.
    bent = np.float32(reach) * _refraction(slope)
    per_slope: Field = bent / np.maximum(slope, np.float32(1e-6))  # type: ignore[assignment]  # float32 stays
    map_x = enlarge(right * per_slope, height, width) + np.arange(width, dtype=np.float32)
    map_y = enlarge(down * per_slope, height, width) + np.arange(height, dtype=np.float32)[:, None]
    return np.clip(map_x, 0, width - 1), np.clip(map_y, 0, height - 1)


def caustic_maps(
    height: int, width: int, severity: int, rng: np.random.Generator
) -> tuple[Field, Field]:
    """Draw the map of :func:`caustic_refraction`, which draws the same from the same ``rng`` state.

    Pixel (row, column) of the result comes from ``(map_y[row, column], map_x[row, column])`` of the
    input. Labels are moved alike by :func:`sympie_seg.corruptions.geometry.move_labels`.

    Args:
        height: Rows of the image.
        width: Columns of the image.
        severity: 1..5.
        rng: Source of the caustics.

    Returns:
        ``map_x`` and ``map_y``, float32, shape (height, width), as :func:`cv2.remap` takes them, all
        within the image.

    Raises:
        ValueError: If a side is not positive or the severity does not exist.
    """
    check_severity(severity)
    if height < 1 or width < 1:
        raise ValueError(f"expected sides of at least 1 pixel, got {height} x {width}")
    down, right = _slopes(height, width, rng)
    return _maps(down, right, height, width, severity)


@corruption
def caustic_refraction(image: Image, severity: int, rng: np.random.Generator) -> Image:
    """Show the image through water: moved and lit by the slopes of caustics.

    Source: ImageNet-C-bar, formulas and strengths as published; sizes are relative to the shorter
    side, and the slopes are those of a 224 x 224 image. Differs on purpose at the border: published
    code takes what is outside as black, in the image and in the caustics, here the nearest pixel is
    taken. Its caustics jump a little where they repeat, these do not; and the result is rounded,
    not truncated.

    Args:
        image: RGB uint8, shape (H, W, 3).
        severity: 1..5.
        rng: Source of the caustics.

    Returns:
        RGB uint8, shape (H, W, 3).
    """
    height, width = image.shape[:2]
    down, right = _slopes(height, width, rng)
    map_x, map_y = _maps(down, right, height, width, severity)
    moved = cv2.remap(image, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    light = enlarge((down - right) * np.float32(255 * LIGHTING[severity - 1]), height, width)
    result: Image = cv2.add(moved, three_channels(light), dtype=cv2.CV_8U)
    return result
