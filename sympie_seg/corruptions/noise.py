"""Noise corruptions with ImageNet-C's constants (Hendrycks and Dietterich, 2019).

None of these uses albumentations 2.0.8, for a reason each: ``GaussNoise`` draws from OpenCV's
global random state whatever seed it was given, ``ShotNoise`` counts photons in linear light,
``SaltAndPepper`` strikes all three channels of a pixel together, ``MultiplicativeNoise`` is
uniform.
"""

from __future__ import annotations

import functools
import math

import cv2
import numpy as np
from numpy.typing import NDArray

from sympie_seg.corruptions._common import Image, corruption

GAUSSIAN_SIGMA = (0.08, 0.12, 0.18, 0.26, 0.38)


@corruption
def gaussian_noise(image: Image, severity: int, rng: np.random.Generator) -> Image:
    """Add white Gaussian noise, independent per pixel and channel.

    Source: ImageNet-C; standard deviations relative to a full scale of 1. Differs in that the
    result is rounded, not truncated, so that the noise has mean zero.

    Args:
        image: RGB uint8, shape (H, W, 3).
        severity: 1..5.
        rng: Source of the noise.

    Returns:
        RGB uint8, shape (H, W, 3).
    """
    noise = rng.standard_normal(image.shape, dtype=np.float32)
    noise *= 255 * GAUSSIAN_SIGMA[severity - 1]
    # OpenCV rounds and saturates while it converts: one pass instead of three.
    result: Image = cv2.add(image, noise, dtype=cv2.CV_8U)
    return result


SHOT_PHOTONS = (60, 25, 12, 5, 3)
_SHOT_BITS = 12


@functools.lru_cache(maxsize=len(SHOT_PHOTONS))
def _shot_quantiles(photons: int) -> NDArray[np.uint8]:
    """Tabulate the noisy value for each pixel value and each of 2**12 equally likely quantiles.

    Returns:
        uint8, shape (256 * 4096,), indexed by ``value * 4096 + quantile``.
    """
    probabilities = (np.arange(1 << _SHOT_BITS) + 0.5) / (1 << _SHOT_BITS)
    # Ten standard deviations above the brightest mean: nothing that matters lies beyond.
    counts = np.arange(photons + 10 * math.isqrt(photons) + 20)
    log_factorial = np.array([math.lgamma(count + 1.0) for count in counts])
    noisy = np.clip(np.rint(counts * (255.0 / photons)), 0, 255).astype(np.uint8)
    table = np.zeros((256, 1 << _SHOT_BITS), dtype=np.uint8)  # a black pixel sends no photons
    for value in range(1, 256):
        mean = photons * value / 255
        cumulative = np.cumsum(np.exp(counts * math.log(mean) - mean - log_factorial))
        drawn = np.searchsorted(cumulative, probabilities)
        table[value] = noisy[np.minimum(drawn, len(counts) - 1)]
    return table.ravel()


@corruption
def shot_noise(image: Image, severity: int, rng: np.random.Generator) -> Image:
    """Replace each value by a Poisson count of that many photons.

    Source: ImageNet-C; a white pixel expects 60, 25, 12, 5 or 3 photons. Differs on purpose in two
    ways: the result is rounded, not truncated; and counts are drawn by inverting the Poisson
    distribution at 4096 equally likely quantiles, several times faster than drawing them one by one
    (tails rarer than 1 in 8192 are cut off).

    Args:
        image: RGB uint8, shape (H, W, 3).
        severity: 1..5.
        rng: Source of the noise.

    Returns:
        RGB uint8, shape (H, W, 3).
    """
    table = _shot_quantiles(SHOT_PHOTONS[severity - 1])
    index = rng.integers(0, 1 << _SHOT_BITS, image.shape, dtype=np.uint16).astype(np.intp)
    index += image.astype(np.intp) << _SHOT_BITS
    return table.take(index)


IMPULSE_AMOUNT = (0.03, 0.06, 0.09, 0.17, 0.27)


@corruption
def impulse_noise(image: Image, severity: int, rng: np.random.Generator) -> Image:
    """Set a share of the values to 0 or 255, half each, independent per pixel and channel.

    Source: ImageNet-C (there scikit-image's salt-and-pepper noise). The share is met to 1 in 65536.

    Args:
        image: RGB uint8, shape (H, W, 3).
        severity: 1..5.
        rng: Source of the noise.

    Returns:
        RGB uint8, shape (H, W, 3).
    """
    amount = round(IMPULSE_AMOUNT[severity - 1] * 65536)
    draw = rng.integers(0, 65536, image.shape, dtype=np.uint16)
    noisy = image.copy()
    noisy[draw < amount] = 0
    noisy[draw < amount // 2] = 255
    return noisy


SPECKLE_SIGMA = (0.15, 0.2, 0.35, 0.45, 0.6)


@corruption
def speckle_noise(image: Image, severity: int, rng: np.random.Generator) -> Image:
    """Multiply each value by 1 plus Gaussian noise, independent per pixel and channel.

    Source: ImageNet-C's extra set. Differs in that the result is rounded, not truncated.

    Args:
        image: RGB uint8, shape (H, W, 3).
        severity: 1..5.
        rng: Source of the noise.

    Returns:
        RGB uint8, shape (H, W, 3).
    """
    gain = rng.standard_normal(image.shape, dtype=np.float32)
    gain *= SPECKLE_SIGMA[severity - 1]
    gain += 1
    result: Image = cv2.multiply(image, gain, dtype=cv2.CV_8U)
    return result
