"""Periodic texture tiles, made once from fixed seeds, sampled in metres."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np

from .shapes import Pattern

SIDE = 256
"""Pixels along a tile, a power of two."""

# Metres covered by a tile, and contrast of the brightness factor around 1.
_METRES = {
    Pattern.GRAIN: 6.0,
    Pattern.BRICKS: 4.0,
    Pattern.BLOCKS: 6.0,
    Pattern.LEAVES: 5.0,
    Pattern.PLASTER: 14.0,
}
_CONTRAST = {
    Pattern.GRAIN: 0.10,
    Pattern.BRICKS: 0.20,
    Pattern.BLOCKS: 0.22,
    Pattern.LEAVES: 0.42,
    Pattern.PLASTER: 0.10,
}
_LEVELS = 6


def periodic_noise(seed: int, sigma: float) -> np.ndarray:
    """Smooth noise that wraps around, mean 0 and deviation 1, float32, (SIDE, SIDE)."""
    noise = np.random.default_rng(seed).normal(size=(SIDE, SIDE)).astype(np.float32)
    return normalised(wrap_blur(noise, sigma))


def wrap_blur(tile: np.ndarray, sigma: float) -> np.ndarray:
    """Gaussian blur of a tile that wraps around."""
    margin = min(SIDE, int(np.ceil(4 * sigma)) + 1)
    padded = np.pad(tile, margin, mode="wrap")
    returned: np.ndarray = cv2.GaussianBlur(padded, (0, 0), sigma)[margin:-margin, margin:-margin]
    return returned


def normalised(tile: np.ndarray) -> np.ndarray:
    """Shift and scale to mean 0, deviation 1."""
    result: np.ndarray = ((tile - tile.mean()) / max(float(tile.std()), 1e-6)).astype(np.float32)
    return result


def _courses(rows: int, per_row: int, joint: int, seed: int) -> np.ndarray:
    """Bricks or blocks in running bond, each with its own lightness, dark joints."""
    tile = np.full((SIDE, SIDE), -2.2, np.float32)
    rng = np.random.default_rng(seed)
    high, long = SIDE // rows, SIDE // per_row
    for row in range(rows):
        for column in range(per_row):
            left = column * long + (row % 2) * long // 2
            columns = np.arange(left, left + long - joint) % SIDE
            tile[row * high : (row + 1) * high - joint, columns] = rng.normal(0.3, 0.7)
    return normalised(tile + 0.3 * periodic_noise(seed + 1, 1.0))


def _pattern(pattern: Pattern) -> np.ndarray:
    if pattern is Pattern.GRAIN:
        return normalised(periodic_noise(1, 0.8) + 0.8 * periodic_noise(2, 8.0))
    if pattern is Pattern.BRICKS:
        return _courses(32, 16, 2, 3)
    if pattern is Pattern.BLOCKS:
        return _courses(12, 6, 4, 5)
    if pattern is Pattern.LEAVES:
        return normalised(periodic_noise(7, 3.0) + 0.7 * periodic_noise(8, 9.0))
    return normalised(periodic_noise(9, 3.0) + 1.5 * periodic_noise(10, 20.0))


@cache
def tile(pattern: Pattern, level: int) -> np.ndarray:
    """Brightness factors of a pattern, averaged over 2**level pixels, float32, (SIDE, SIDE)."""
    if level > 0:
        return 1 + wrap_blur(tile(pattern, 0) - 1, 0.5 * 2.0**level)
    return np.clip(1 + _CONTRAST[pattern] * _pattern(pattern), 0.2, 1.8)


def sample(
    pattern: Pattern, across: np.ndarray, up: np.ndarray, metres_per_pixel: float
) -> np.ndarray:
    """Brightness factors of a pattern at points of a plane.

    Args:
        pattern: any but PLAIN.
        across: metres along the plane, broadcastable with `up`.
        up: metres, the other way.
        metres_per_pixel: size of an image pixel there; coarse pixels see an averaged tile.

    Returns:
        Factors around 1, float32, of the broadcast shape.
    """
    scale = SIDE / _METRES[pattern]
    level = int(np.clip(np.ceil(np.log2(max(metres_per_pixel * scale, 1.0))), 0, _LEVELS))
    # Adding a large multiple of SIDE keeps the cast to integers a floor for negative positions.
    columns = (across * scale + 64 * SIDE).astype(np.int32) & (SIDE - 1)
    rows = (up * scale + 64 * SIDE).astype(np.int32) & (SIDE - 1)
    result: np.ndarray = tile(pattern, level)[rows, columns]
    return result
