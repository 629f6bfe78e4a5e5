"""The noise of an image sensor: photons arrive at random, and reading them out adds an error."""

from __future__ import annotations

import functools
import statistics

import cv2
import numpy as np
from numpy.typing import NDArray

from sympie_seg.corruptions.driving.light import Light

_BITS = 12
# So many pixels at a time fit into the processor's cache with all that is worked out for them.
_STRIP_PIXELS = 1 << 14


@functools.cache
def _normal_quantiles() -> NDArray[np.float32]:
    """Tabulate 2**12 equally likely values of a standard normal variable."""
    normal = statistics.NormalDist()
    count = 1 << _BITS
    quantiles = [normal.inv_cdf((index + 0.5) / count) for index in range(count)]
    return np.array(quantiles, dtype=np.float32)


def add_sensor_noise(
    light: Light, white_electrons: float, read_electrons: float, rng: np.random.Generator
) -> Light:
    """Draw Poisson counts of electrons plus Gaussian read noise, independent per value.

    Source: the photon transfer model, variance ``electrons + read_electrons**2`` (EMVA standard
    1288). The sum is drawn in one go by its Cornish-Fisher expansion to the third cumulant (that of
    the Poisson share), and from a table of normal quantiles: NumPy's ``poisson`` and ``normal``
    take several times as long. Counts are therefore not whole numbers, which read noise hides anyway.
    Not albumentations' ``shot_noise`` (``poisson`` as well, no read noise) or ``iso_noise`` (its
    noise follows the contrast of the whole image, not the light at a pixel).

    Args:
        light: float32, shape (H, W, 3), at least 0, where 1 is white.
        white_electrons: Electrons that white stands for.
        read_electrons: Standard deviation of the read noise, in electrons, above 0.
        rng: Source of the noise.

    Returns:
        float32, shape (H, W, 3); may be below 0 or above 1.
    """
    noisy = np.empty_like(light)
    rows = max(1, _STRIP_PIXELS // light.shape[1])
    for start in range(0, len(light), rows):
        strip = slice(start, start + rows)
        noisy[strip] = _expose(light[strip], white_electrons, read_electrons, rng)
    return noisy


def _expose(
    light: Light, white_electrons: float, read_electrons: float, rng: np.random.Generator
) -> Light:
    """Do what :func:`add_sensor_noise` does, all at once."""
    # Drawing all 16 bits and dropping some is three times as fast as drawing 12.
    drawn = rng.integers(0, 1 << 16, light.shape, dtype=np.uint16)
    drawn >>= 16 - _BITS
    normal = _normal_quantiles()
    electrons = cv2.multiply(light, (white_electrons,) * 4)
    variance = cv2.add(electrons, (read_electrons**2,) * 4)
    # Poisson's third cumulant is its mean: this bends the bell towards more electrons.
    skew = cv2.divide(electrons, variance)
    skew *= ((normal**2 - 1) / 6).take(drawn)
    noise = cv2.sqrt(variance)
    noise *= normal.take(drawn)
    noise += skew
    electrons += noise
    electrons *= np.float32(1 / white_electrons)
    result: Light = electrons
    return result
