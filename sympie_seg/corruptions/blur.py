"""Blur corruptions with ImageNet-C's constants (Hendrycks and Dietterich, 2019).

Radii and sigmas are in pixels whatever the size of the image, as in ImageNet-C.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from sympie_seg.corruptions._common import Image, albumentations_blur, corruption

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
    return albumentations_blur().defocus(image, radius, sigma)


MOTION_RADIUS_AND_SIGMA = ((10, 3), (15, 5), (15, 8), (15, 12), (20, 15))
MOTION_MAX_ANGLE = 45.0


def _motion_kernel(
    radius: int, sigma: float, angle: float
) -> tuple[NDArray[np.float32], tuple[int, int]]:
    """Draw half a Gaussian along a line that leaves the anchor.

    Args:
        radius: The line has ``2 * radius + 1`` taps, one pixel apart.
        sigma: Standard deviation of the weights, in pixels.
        angle: Direction in degrees, within +-90; 0 points right, positive down.

    Returns:
        The kernel, cut to the line's bounding box and summing to 1, and its anchor (column, row).
    """
    steps = np.arange(2 * radius + 1)
    weights = np.exp(-0.5 * (steps / sigma) ** 2)
    columns = np.rint(steps * math.cos(math.radians(angle))).astype(int)
    rows = np.rint(steps * math.sin(math.radians(angle))).astype(int)
    anchor_row = -int(rows.min())
    kernel = np.zeros((np.ptp(rows) + 1, columns.max() + 1), dtype=np.float32)
    # Two taps may round to one pixel, which must then get the weight of both.
    np.add.at(kernel, (rows + anchor_row, columns), weights / weights.sum())
    return kernel, (0, anchor_row)


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
    kernel, anchor = _motion_kernel(radius, sigma, angle)
    return cv2.filter2D(image, -1, kernel, anchor=anchor, borderType=cv2.BORDER_REPLICATE)


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
    return albumentations_blur().zoom_blur(image, np.arange(1, end, step))


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
    return cv2.GaussianBlur(image, (size, size), sigma, borderType=cv2.BORDER_REPLICATE)
