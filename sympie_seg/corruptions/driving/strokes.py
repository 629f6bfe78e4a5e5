"""What falls: straight strokes of one thickness at random places."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from sympie_seg.corruptions.driving.light import Light

_FRACTION_BITS = 4


class Layer(NamedTuple):
    """Strokes at about one distance from the camera; all sizes in image heights.

    Attributes:
        number: Strokes per square of one image height.
        length: Their mean length; each is between half and one and a half of it.
        thickness: Their thickness; the ends are round.
        blur: Standard deviation of the blur.
        opacity: Of a stroke before the blur, 0..1.
    """

    number: float
    length: float
    thickness: float
    blur: float
    opacity: float


def _ends(
    height: int, width: int, layer: Layer, amount: float, slant: float, rng: np.random.Generator
) -> NDArray[np.int32]:
    """Draw both ends of all strokes in fixed-point pixels, shape (strokes, 2, 2)."""
    count = round(layer.number * amount * width / height)
    # Strokes may begin outside, or the border would be emptier than the middle.
    margin = layer.length * height
    low = np.array([-margin, -margin])
    starts = rng.uniform(low, np.array([width, height]) + margin, (count, 2))
    lengths = layer.length * height * rng.uniform(0.5, 1.5, (count, 1))
    angles = np.radians(slant + rng.normal(0, 2, (count, 1)))
    along = lengths * np.hstack([np.sin(angles), np.cos(angles)])
    ends = np.stack([starts, starts + along], axis=1)
    result: NDArray[np.int32] = np.rint(ends * (1 << _FRACTION_BITS)).astype(np.int32)
    return result


def draw_strokes(
    height: int, width: int, layer: Layer, amount: float, slant: float, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Draw one layer of strokes with smooth edges.

    A stroke thinner than a pixel is drawn a pixel thick and paler.

    Args:
        height: Rows of the layer.
        width: Columns of the layer.
        layer: What the strokes are like.
        amount: Factor on their number.
        slant: Degrees from straight down, positive to the right; each differs by about 2 degrees.
        rng: Source of places, lengths and directions.

    Returns:
        Opacity, uint8 0..255, shape (height, width).
    """
    drawn = np.zeros((height, width), dtype=np.uint8)
    pixels = layer.thickness * height
    shade = round(255 * layer.opacity * min(1.0, pixels))
    ends = _ends(height, width, layer, amount, slant, rng)
    thickness = max(1, round(pixels))
    cv2.polylines(drawn, list(ends), False, shade, thickness, cv2.LINE_AA, _FRACTION_BITS)
    sigma = layer.blur * height
    if sigma < 0.3:  # would not reach the next pixel
        return drawn
    size = 2 * math.ceil(3 * sigma) + 1
    result: NDArray[np.uint8] = cv2.GaussianBlur(drawn, (size, size), sigma)
    return result


def draw_layers(
    height: int,
    width: int,
    layers: Sequence[Layer],
    amount: float,
    slant: float,
    rng: np.random.Generator,
) -> NDArray[np.uint8]:
    """Draw several layers as :func:`draw_strokes` does; where they meet, the more opaque one shows."""
    strokes = np.zeros((height, width), dtype=np.uint8)
    for layer in layers:
        cv2.max(strokes, draw_strokes(height, width, layer, amount, slant, rng), dst=strokes)
    return strokes


def lay_over(light: Light, opacity: NDArray[np.uint8], value: float) -> Light:
    """Hide the light behind strokes of one grey.

    Args:
        light: float32, shape (H, W, 3); overwritten with the result.
        opacity: Of the strokes, 0..255, shape (H, W).
        value: Their light.

    Returns:
        float32, shape (H, W, 3).
    """
    difference = cv2.subtract((value,) * 4, light)
    difference *= cv2.merge([opacity * np.float32(1 / 255)] * 3)
    light += difference
    return light
