"""The four noises of C-bar (Mintun et al., 2021): blue, brownish, Perlin's and plasma."""

from __future__ import annotations

import cv2
import numpy as np

from sympie_seg.corruptions._common import Image, corruption
from sympie_seg.corruptions.cbar import fields
from sympie_seg.corruptions.cbar._scale import (
    REFERENCE_SIDE,
    enlarge,
    grid_shape,
    three_channels,
)

# Published as 0.3 times 0.8, 1.6, 2.4, 4 and 5.6, less 2.5.
BLUE_THRESHOLD = (-2.26, -2.02, -1.78, -1.3, -0.82)


@corruption
def blue_noise_sample(image: Image, severity: int, rng: np.random.Generator) -> Image:
    """Blacken the pixels where blue noise, its amplitude in proportion to frequency, is lowest.

    Source: ImageNet-C-bar, thresholds as published. Differs in that pixels are blackened in blocks
    of the size of one pixel of a 224 x 224 image, where the image is larger, and that the noise is
    filtered from Gaussian noise, where published amplitudes are fixed and only phases random.

    Args:
        image: RGB uint8, shape (H, W, 3).
        severity: 1..5.
        rng: Source of the noise.

    Returns:
        RGB uint8, shape (H, W, 3).
    """
    height, width = image.shape[:2]
    noise = fields.coloured_noise(grid_shape(height, width), lambda frequency: frequency, rng)
    kept = (noise > BLUE_THRESHOLD[severity - 1]).astype(np.uint8)
    if kept.shape != (height, width):
        kept = cv2.resize(kept, (width, height), interpolation=cv2.INTER_NEAREST_EXACT)
    result: Image = cv2.copyTo(image, kept, np.zeros_like(image))
    return result


BROWNISH_DEVIATION = (6.4, 12.8, 19.2, 25.6, 32.0)


@corruption
def brownish_noise(image: Image, severity: int, rng: np.random.Generator) -> Image:
    """Add clouds of colour: noise of amplitude ``1 / (k**2 + 1)`` at ``k`` cycles per shorter side.

    Source: ImageNet-C-bar, deviations as published; as there each channel has its own noise, whose
    mean is not 0. Differs in that the noise is filtered from Gaussian noise, where published
    amplitudes are fixed and only phases random, and the result is rounded, not truncated. The
    clouds scale with the shorter side.

    Args:
        image: RGB uint8, shape (H, W, 3).
        severity: 1..5.
        rng: Source of the noise.

    Returns:
        RGB uint8, shape (H, W, 3).
    """
    height, width = image.shape[:2]
    shape = grid_shape(height, width)
    channels = [
        fields.coloured_noise(shape, lambda frequency: 1 / (frequency**2 + 1), rng)
        for _ in range(3)
    ]
    noise = cv2.merge(channels) * np.float32(BROWNISH_DEVIATION[severity - 1])
    result: Image = cv2.add(image, enlarge(noise, height, width), dtype=cv2.CV_8U)
    return result


PERLIN_SHARE = (0.23, 0.26, 0.29, 0.38, 0.44)
_PERLIN_SPACING = 32 / REFERENCE_SIDE
_PERLIN_OCTAVES = 5


@corruption
def perlin_noise(image: Image, severity: int, rng: np.random.Generator) -> Image:
    """Mix in a bright grey cloud of creases: five octaves of Perlin's turbulence.

    Source: ImageNet-C-bar, shares of the cloud as published (``0.5 + turbulence / 2``, at most 1,
    on the scale 0..1). The coarsest lattice has seven cells along the shorter side, as there.
    Differs in that slopes have any direction equally likely, and the result is rounded, not
    truncated.

    Args:
        image: RGB uint8, shape (H, W, 3).
        severity: 1..5.
        rng: Source of the noise.

    Returns:
        RGB uint8, shape (H, W, 3).
    """
    height, width = image.shape[:2]
    share = PERLIN_SHARE[severity - 1]
    shape = grid_shape(height, width)
    cloud = fields.turbulence(shape, min(shape) * _PERLIN_SPACING, _PERLIN_OCTAVES, rng)
    cloud = np.minimum(127.5 * cloud + 127.5, 255)
    cloud = three_channels(enlarge(cloud, height, width))
    result: Image = cv2.addWeighted(
        image.astype(np.float32), 1 - share, cloud, share, 0, dtype=cv2.CV_8U
    )
    return result


PLASMA_AMPLITUDE = (30.4, 44.8, 54.4, 59.2, 64.0)
_PLASMA_SCALE = (0.075, 0.2)


@corruption
def plasma_noise(image: Image, severity: int, rng: np.random.Generator) -> Image:
    """Dim the image and add coloured plasma: sines of a plane that is warped by sines.

    Source: ImageNet-C-bar, formula, ranges and amplitudes as published (the image keeps
    ``1 - amplitude / 255``). Sizes are relative to the shorter side, as there. Differs in that the
    result is rounded, not truncated.

    Args:
        image: RGB uint8, shape (H, W, 3).
        severity: 1..5.
        rng: Source of the plasma's phase, detail, sharpness and scale.

    Returns:
        RGB uint8, shape (H, W, 3).
    """
    height, width = image.shape[:2]
    amplitude = PLASMA_AMPLITUDE[severity - 1]
    shape = grid_shape(height, width)
    time = rng.uniform(0, 6 * np.pi)
    iterations = int(rng.integers(4, 7))
    sharpness = rng.uniform(0.5, 1)
    scale = rng.uniform(*_PLASMA_SCALE) * min(shape)
    noise = enlarge(fields.plasma(shape, scale, time, iterations, sharpness), height, width)
    dimmed = 1 - amplitude / 255
    result: Image = cv2.addWeighted(
        image.astype(np.float32), dimmed, noise, amplitude, 0, dtype=cv2.CV_8U
    )
    return result
