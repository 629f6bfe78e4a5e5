"""The three regular patterns of C-bar (Mintun et al., 2021): waves, rings and a checkerboard."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from sympie_seg.corruptions._common import Image, corruption
from sympie_seg.corruptions.cbar._scale import Field, cell_side, three_channels

GREYSCALE_AMPLITUDE = (19.6, 29.4, 39.2, 88.2, 98.0)


def plane_wave(
    height: int, width: int, frequency: tuple[float, float], phase: float, amplitude: float
) -> Field:
    """Draw ``amplitude * sin(row * frequency[0] + column * frequency[1] + phase)``.

    By the sum formula of the sine, so that sines are only taken per row and per column.

    Args:
        height: Rows.
        width: Columns.
        frequency: Radians per pixel, down and right.
        phase: Radians.
        amplitude: Largest value.

    Returns:
        float32, shape (height, width).
    """
    down = np.arange(height) * frequency[0] + phase
    right = np.arange(width) * frequency[1]
    by_row = amplitude * np.stack([np.sin(down), np.cos(down)], axis=1)
    by_column = np.stack([np.cos(right), np.sin(right)])
    return by_row.astype(np.float32) @ by_column.astype(np.float32)


@corruption
def single_frequency_greyscale(image: Image, severity: int, rng: np.random.Generator) -> Image:
    """Add one sine wave of random direction and frequency, the same to all channels.

    Source: ImageNet-C-bar, amplitudes as published; frequencies are uniform up to half a cycle per
    pixel of a 224 x 224 image. Differs in that larger images get waves larger in proportion, and
    that the result is rounded, not truncated. A wave may be so slow as to be hardly one.

    Args:
        image: RGB uint8, shape (H, W, 3).
        severity: 1..5.
        rng: Source of the wave's frequency, direction and phase.

    Returns:
        RGB uint8, shape (H, W, 3).
    """
    height, width = image.shape[:2]
    fast = rng.uniform(-np.pi, np.pi) / cell_side(height, width)
    slow = rng.uniform(-1, 1) * fast
    frequency = (fast, slow) if rng.random() < 0.5 else (slow, fast)
    phase = rng.uniform(0, 2 * np.pi)
    wave = plane_wave(height, width, frequency, phase, GREYSCALE_AMPLITUDE[severity - 1])
    result: Image = cv2.add(image, three_channels(wave), dtype=cv2.CV_8U)
    return result


#: From the lowest to the highest value of the rings.
RINGS_RANGE = (38.4, 64.0, 102.4, 115.2, 128.0)
_RINGS_MAX_WIDTH = 0.1
_RINGS_MAX_WAVES = 10


def rings(
    height: int,
    width: int,
    centre: tuple[float, float],
    ring_width: float,
    bulge: float,
    waves: float,
) -> Field:
    """Draw rings about a point, a ramp in each, whose radius swings with the angle.

    Args:
        height: Rows.
        width: Columns.
        centre: Row and column.
        ring_width: Width of a ring, in pixels.
        bulge: By how many pixels the radius swings.
        waves: How many swings there are in a full turn.

    Returns:
        float32, shape (height, width), within -0.5..0.5.
    """
    down = np.repeat(np.arange(height, dtype=np.float32)[:, None] - np.float32(centre[0]), width, 1)
    right = np.tile(np.arange(width, dtype=np.float32) - np.float32(centre[1]), (height, 1))
    radius, angle = cv2.cartToPolar(down, right)
    angle *= np.float32(waves)
    radius *= np.float32(1 / ring_width)
    radius += np.float32(bulge / ring_width) * np.sin(angle)
    radius -= np.floor(radius)
    radius -= np.float32(0.5)
    returned: Field = radius
    return returned


@corruption
def concentric_sine_waves(image: Image, severity: int, rng: np.random.Generator) -> Image:
    """Add grey rings about a random point that bulge and dent like a flower.

    Source: ImageNet-C-bar, where the folder is spelt ``cocentric_sine_waves``; ranges and strengths
    as published. Widths are relative to the shorter side, as there. Differs in that the result is
    rounded, not truncated.

    Args:
        image: RGB uint8, shape (H, W, 3).
        severity: 1..5.
        rng: Source of the rings' centre, width and shape.

    Returns:
        RGB uint8, shape (H, W, 3).
    """
    height, width = image.shape[:2]
    centre = (rng.uniform(0, height), rng.uniform(0, width))
    waves = rng.uniform(0, _RINGS_MAX_WAVES)
    largest = _RINGS_MAX_WIDTH * min(height, width)
    bulge = rng.uniform(0, largest)
    # From 1 down, because a width of 0 is no ring.
    ring_width = largest * (1 - rng.random())
    field = rings(height, width, centre, ring_width, bulge, waves)
    field *= np.float32(RINGS_RANGE[severity - 1])
    result: Image = cv2.add(image, three_channels(field), dtype=cv2.CV_8U)
    return result


CUTOUT_FRACTION = (0.2, 0.3, 0.4, 0.5, 0.6)
CUTOUT_GREY = 128
_CUTOUT_CELL = (0.1, 0.25)


def checkerboard(
    height: int, width: int, fraction: float, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Choose some of the black cells of a turned checkerboard.

    Args:
        height: Rows.
        width: Columns.
        fraction: Probability of a black cell to be chosen, 0..1. White cells never are.
        rng: Source of the board's angle and size, and of the choice: with the same state, the cells
            of a smaller fraction are among those of a larger one.

    Returns:
        uint8, shape (height, width), 1 in the chosen cells and 0 elsewhere.
    """
    angle = rng.uniform(0, 2 * math.pi)
    cell = max(1.0, rng.uniform(*_CUTOUT_CELL) * min(height, width))
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    corners = np.array([[0, 0], [width, 0], [0, height], [width, height]]) @ turn.T / cell
    # An even number, so that the cell at (0, 0) stays black, and one row and column to spare.
    shift = 2 * np.ceil(-corners.min(axis=0) / 2) + 2
    columns, rows = (np.ceil(corners.max(axis=0)) + shift + 2).astype(int)
    is_black = (np.arange(rows)[:, None] + np.arange(columns)) % 2 == 0
    chosen = (is_black & (rng.random((rows, columns)) < fraction)).astype(np.uint8)
    # OpenCV has pixel centres at whole numbers: cell (i, j) is the pixel around i + 0.5, j + 0.5.
    matrix = np.column_stack([turn / cell, shift - 0.5])
    flags = cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
    result: NDArray[np.uint8] = cv2.warpAffine(chosen, matrix, (width, height), flags=flags)
    return result


@corruption
def checkerboard_cutout(image: Image, severity: int, rng: np.random.Generator) -> Image:
    """Fill some of the black cells of a turned checkerboard with grey.

    Source: ImageNet-C-bar, fractions as published; cells have 10 to 25 % of the shorter side, as
    there.

    Args:
        image: RGB uint8, shape (H, W, 3).
        severity: 1..5.
        rng: Source of the board's angle and size and of the cells.

    Returns:
        RGB uint8, shape (H, W, 3).
    """
    height, width = image.shape[:2]
    cut = checkerboard(height, width, CUTOUT_FRACTION[severity - 1], rng)
    result: Image = cv2.copyTo(np.full_like(image, CUTOUT_GREY), cut, image.copy())
    return result
