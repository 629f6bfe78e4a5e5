"""The two lights of C-bar (Mintun et al., 2021): stars of white rays, and white around a star."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from sympie_seg.corruptions._common import Image, corruption
from sympie_seg.corruptions.cbar._scale import Field, enlarge, grid_shape, three_channels

_RAYS = (50, 200)
_RAY_DEVIATION = 0.25


def star(
    shape: tuple[int, int], centre: tuple[float, float], lengths: NDArray[np.float64], decay: float
) -> Field:
    """Draw a star: 1 in the middle, fading outwards, a little stronger along each ray.

    Args:
        shape: Rows and columns.
        centre: Row and column.
        lengths: Length of each ray, in pixels, equally far apart; the radius of what is 1.
        decay: Power of the squared distance by which the star fades.

    Returns:
        float32, of this shape, within 0..1.
    """
    down = np.repeat(np.arange(shape[0], dtype=np.float32)[:, None], shape[1], 1)
    right = np.tile(np.arange(shape[1], dtype=np.float32), (shape[0], 1))
    distance, phase = cv2.cartToPolar(down - np.float32(centre[0]), right - np.float32(centre[1]))
    phase *= np.float32(len(lengths) / (2 * math.pi))
    ray = phase.astype(np.intp)
    phase -= ray
    # A full turn may come out as the angle of the last ray's end: go round once more.
    ends = np.append(lengths, lengths[:2]).astype(np.float32)
    length = ends.take(ray)
    length += phase * np.diff(ends, append=ends[1:2]).take(ray)
    ratio = length**2 / (distance**2 + np.float32(1e-4))
    if decay != 1:
        ratio **= np.float32(decay)
    result: Field = np.minimum(ratio * (1 - (phase - np.float32(0.5)) ** 2), 1)
    return result


def _ray_lengths(radius: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw how many rays a star has and how long each is."""
    count = int(rng.integers(*_RAYS))
    return radius * (1 + _RAY_DEVIATION * rng.standard_normal(count))


def _whiten(image: Image, kept: Field) -> Image:
    """Keep a share of the image's distance from white.

    Args:
        image: RGB uint8, shape (H, W, 3).
        kept: The share on the grid, 0..1.

    Returns:
        RGB uint8, shape (H, W, 3), nowhere darker than the image.
    """
    kept = three_channels(enlarge(kept, *image.shape[:2]))
    result: Image = cv2.bitwise_not(cv2.multiply(cv2.bitwise_not(image), kept, dtype=cv2.CV_8U))
    return result


#: Radius of the white middle, relative to the shorter side.
SPARKLES_RADIUS = (0.01, 0.02, 0.03, 0.05, 0.06)
_SPARKLES_PER_SQUARE = 5
_MAX_SPARKLES = 20


@corruption
def sparkles(image: Image, severity: int, rng: np.random.Generator) -> Image:
    """Put stars of white rays at random places.

    Source: ImageNet-C-bar, radii as published, relative to the shorter side. Differs in that there
    are five stars per square of the shorter side, at most 20 (published: five, in square images),
    and that the result is rounded, not truncated.

    Args:
        image: RGB uint8, shape (H, W, 3).
        severity: 1..5.
        rng: Source of the stars' places and rays.

    Returns:
        RGB uint8, shape (H, W, 3), nowhere darker than the image.
    """
    shape = grid_shape(*image.shape[:2])
    radius = SPARKLES_RADIUS[severity - 1] * min(shape)
    count = min(_MAX_SPARKLES, round(_SPARKLES_PER_SQUARE * max(shape) / min(shape)))
    kept = np.ones(shape, dtype=np.float32)
    for _ in range(count):
        centre = (rng.uniform(0, shape[0]), rng.uniform(0, shape[1]))
        lengths = np.maximum(_ray_lengths(radius, rng), 1)
        kept *= 1 - star(shape, centre, lengths, decay=1)
    return _whiten(image, kept)


INVERSE_SPARKLES_DECAY = (0.13, 0.26, 0.52, 1.17, 1.3)
_INVERSE_RADIUS = 0.25


@corruption
def inverse_sparkles(image: Image, severity: int, rng: np.random.Generator) -> Image:
    """Fade to white all but the inside of a star.

    Source: ImageNet-C-bar, decays as published; the star's radius is a quarter of the shorter side,
    its centre in the middle half of each side, as there. "Inverse" is where the white is, not its
    colour: outside of the rays. Differs in that the result is rounded, not truncated.

    Args:
        image: RGB uint8, shape (H, W, 3).
        severity: 1..5.
        rng: Source of the star's place and rays.

    Returns:
        RGB uint8, shape (H, W, 3), nowhere darker than the image.
    """
    shape = grid_shape(*image.shape[:2])
    centre = (rng.uniform(0.25, 0.75) * shape[0], rng.uniform(0.25, 0.75) * shape[1])
    lengths = _ray_lengths(_INVERSE_RADIUS * min(shape), rng)
    return _whiten(image, star(shape, centre, lengths, INVERSE_SPARKLES_DECAY[severity - 1]))
