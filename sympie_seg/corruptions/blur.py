"""Blur corruptions with ImageNet-C's constants (Hendrycks and Dietterich, 2019).

Radii and sigmas are in pixels whatever the size of the image, as in ImageNet-C.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from sympie_seg.corruptions._common import Image, albumentations_functional, corruption

DEFOCUS_RADIUS_AND_SIGMA = ((3, 0.1), (4, 0.5), (6, 0.5), (8, 0.5), (10, 0.5))


@corruption
def defocus_blur(image: Image, severity: int, rng: np.random.Generator) -> Image:
    """Convolve with a disk whose rim is slightly smoothed.

    Source: ImageNet-C; computed by albumentations, whose disk has the same size and smoothing.

    Args:
        image: RGB uint8, shape (H, W, 3).
        severity: 1..5.
        rng: Not used: the blur is the same every time.

    Returns:
        RGB uint8, shape (H, W, 3).
    """
    radius, sigma = DEFOCUS_RADIUS_AND_SIGMA[severity - 1]
    result: Image = albumentations_functional("blur").defocus(image, radius, sigma)
    return result


MOTION_RADIUS_AND_SIGMA = ((10, 3), (15, 5), (15, 8), (15, 12), (20, 15))
MOTION_MAX_ANGLE = 45.0


def motion_kernel(
    radius: int, sigma: float, angle: float
) -> tuple[NDArray[np.float32], tuple[int, int]]:
    """Draw half a Gaussian along a line that leaves the anchor.

    Args:
        radius: The line has ``2 * radius + 1`` taps, one pixel apart.
        sigma: Standard deviation of the weights, in pixels.
        angle: Direction in degrees; 0 points right, positive down.

    Returns:
        The kernel, cut to the line's bounding box and summing to 1, and its anchor (column, row).
    """
    steps = np.arange(2 * radius + 1)
    weights = np.exp(-0.5 * (steps / sigma) ** 2)
    columns = np.rint(steps * math.cos(math.radians(angle))).astype(int)
    rows = np.rint(steps * math.sin(math.radians(angle))).astype(int)
    anchor_column, anchor_row = -int(columns.min()), -int(rows.min())
    kernel = np.zeros((np.ptp(rows) + 1, np.ptp(columns) + 1), dtype=np.float32)
    # Two taps may round to one pixel, which must then get the weight of both.
    np.add.at(kernel, (rows + anchor_row, columns + anchor_column), weights / weights.sum())
    return kernel, (anchor_column, anchor_row)


@corruption
def motion_blur(image: Image, severity: int, rng: np.random.Generator) -> Image:
    """Smear along a line at a random angle within +-45 degrees of the horizontal.

    Source: ImageNet-C, which calls ImageMagick: a one-sided Gaussian of ``2 * radius + 1`` taps
    with the border pixels repeated. Not albumentations' ``MotionBlur``: its line has equal weights.

    Args:
        image: RGB uint8, shape (H, W, 3).
        severity: 1..5.
        rng: Source of the angle.

    Returns:
        RGB uint8, shape (H, W, 3).
    """
    radius, sigma = MOTION_RADIUS_AND_SIGMA[severity - 1]
    angle = rng.uniform(-MOTION_MAX_ANGLE, MOTION_MAX_ANGLE)
    kernel, anchor = motion_kernel(radius, sigma, angle)
    result: Image = cv2.filter2D(image, -1, kernel, anchor=anchor, borderType=cv2.BORDER_REPLICATE)
    return result


ZOOM_END_AND_STEP = ((1.11, 0.01), (1.16, 0.01), (1.21, 0.02), (1.26, 0.02), (1.31, 0.03))


@corruption
def zoom_blur(image: Image, severity: int, rng: np.random.Generator) -> Image:
    """Average the image with copies of itself zoomed about the centre.

    Source: ImageNet-C; computed by albumentations with the same zooms (1 up to the end in steps)
    and the same average, so that a zoom too small for the image to shrink by a pixel does nothing.
    Differs in that the result is rounded, not truncated.

    Args:
        image: RGB uint8, shape (H, W, 3).
        severity: 1..5.
        rng: Not used: the blur is the same every time.

    Returns:
        RGB uint8, shape (H, W, 3).
    """
    end, step = ZOOM_END_AND_STEP[severity - 1]
    result: Image = albumentations_functional("blur").zoom_blur(image, np.arange(1, end, step))
    return result


GAUSSIAN_SIGMA = (1, 2, 3, 4, 6)


@corruption
def gaussian_blur(image: Image, severity: int, rng: np.random.Generator) -> Image:
    """Convolve with a Gaussian, cut off at 4 standard deviations, border pixels repeated.

    Source: ImageNet-C's extra set (there scikit-image's filter with the same cut and border).
    Differs in that the result is rounded, not truncated.

    Args:
        image: RGB uint8, shape (H, W, 3).
        severity: 1..5.
        rng: Not used: the blur is the same every time.

    Returns:
        RGB uint8, shape (H, W, 3).
    """
    sigma = GAUSSIAN_SIGMA[severity - 1]
    size = 8 * sigma + 1
    result: Image = cv2.GaussianBlur(image, (size, size), sigma, borderType=cv2.BORDER_REPLICATE)
    return result


GLASS_SIGMA_DELTA_ROUNDS = ((0.7, 1, 2), (0.9, 2, 1), (1.0, 2, 3), (1.1, 3, 2), (1.5, 4, 2))


@corruption
def glass_blur(image: Image, severity: int, rng: np.random.Generator) -> Image:
    """Blur, let each pixel take the value of a random near one, and blur again.

    Source: ImageNet-C. There pixels are visited one after the other, from the bottom right, and
    each *takes* the value it finds at a random place up to ``delta`` above or left and
    ``delta - 1`` below or right (the loop is written as a swap, but NumPy's views make it a copy),
    so that a value may travel far. The same here, worked out for all pixels at once. A border of
    ``delta`` pixels stays, so that images of at most twice that are only blurred. Differs in that the
    final result is rounded, not truncated (after the first blur it is truncated, as there).

    Args:
        image: RGB uint8, shape (H, W, 3).
        severity: 1..5.
        rng: Source of the places.

    Returns:
        RGB uint8, shape (H, W, 3).
    """
    sigma, delta, rounds = GLASS_SIGMA_DELTA_ROUNDS[severity - 1]
    height, width = image.shape[:2]
    size = 2 * int(4 * sigma + 0.5) + 1
    # 8 more bits, to truncate what OpenCV would round.
    fine = image.astype(np.uint16) << 8
    fine = cv2.GaussianBlur(fine, (size, size), sigma, borderType=cv2.BORDER_REPLICATE)
    blurred = (fine >> 8).astype(np.uint8)
    # As one number per pixel: moving those is several times faster than moving triples.
    pixels = cv2.cvtColor(blurred, cv2.COLOR_RGB2RGBA).view(np.uint32).ravel()
    for _ in range(rounds):
        pixels = pixels.take(_glass_sources(height, width, delta, rng))
    moved = cv2.cvtColor(pixels.view(np.uint8).reshape(height, width, 4), cv2.COLOR_RGBA2RGB)
    result: Image = cv2.GaussianBlur(moved, (size, size), sigma, borderType=cv2.BORDER_REPLICATE)
    return result


def _glass_sources(
    height: int, width: int, delta: int, rng: np.random.Generator
) -> NDArray[np.intp]:
    """Find where each pixel's value comes from after one round.

    Who takes from a pixel that was visited before (one further on in reading order) gets what that
    one has taken by then. So sources form chains; instead of walking them one by one, all are
    shortened to half their length until none is left.

    Returns:
        Flat indices, shape (height * width,).
    """
    sources = np.arange(height * width)
    rows = slice(delta + 1, height - delta + 1)
    columns = slice(delta + 1, width - delta + 1)
    inner = sources.reshape(height, width)[rows, columns]
    if inner.size == 0:
        return sources
    steps = np.arange(-delta, delta)
    offsets = (steps[:, None] * width + steps).ravel()
    drawn = rng.integers(0, len(offsets), inner.shape, dtype=np.uint8)
    # Pixels of the border are sources that are never changed: chains may end there as well.
    is_chained: NDArray[np.bool_] = np.zeros((height, width), dtype=bool)
    is_chained[rows, columns] = (offsets > 0).take(drawn)
    is_chained = is_chained.ravel()
    inner += offsets.take(drawn)
    chained = np.flatnonzero(is_chained)
    while chained.size:
        nexts = sources.take(chained)
        continues = is_chained.take(nexts)
        sources[chained] = sources.take(nexts)
        is_chained[chained] = continues
        chained = chained[continues]
    return sources
