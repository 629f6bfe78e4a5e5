"""Weather corruptions with ImageNet-C's constants (Hendrycks and Dietterich, 2019)."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from sympie_seg.corruptions._common import Image, corruption

FOG_AMOUNT_AND_DECAY = ((1.5, 2.0), (2.0, 2.0), (2.5, 1.7), (2.5, 1.5), (3.0, 1.4))


def plasma_fractal(size: int, decay: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """Grow a cloud by the diamond-square algorithm on a torus.

    Args:
        size: Side of the map, a power of two.
        decay: How fast finer detail fades: uniform noise of amplitude ``1 / decay**2`` relative to
            the level before (ImageNet-C scales both the noise and its range, hence the square).
        rng: Source of the noise.

    Returns:
        float32, shape (size, size), with minimum 0 and maximum 1 (all 0 where size is 1).
    """
    cloud = np.zeros((1, 1), dtype=np.float32)
    amplitude = 1.0
    while len(cloud) < size:
        cloud = _refine(cloud, amplitude, rng)
        amplitude /= decay**2
    cloud -= cloud.min()
    return cloud / max(float(cloud.max()), np.finfo(np.float32).tiny)


def _refine(
    corners: NDArray[np.float32], amplitude: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Double the resolution: first the centres of the squares, then the middles of their sides."""
    side = len(corners)
    noise = rng.random((3, side, side), dtype=np.float32)
    noise -= 0.5
    noise *= 2 * amplitude
    below = np.roll(corners, -1, axis=0)
    right = np.roll(corners, -1, axis=1)
    centres = (corners + below + right + np.roll(below, -1, axis=1)) / 4 + noise[0]
    fine = np.empty((2 * side, 2 * side), dtype=np.float32)
    fine[::2, ::2] = corners
    fine[1::2, 1::2] = centres
    fine[1::2, ::2] = (corners + below + centres + np.roll(centres, 1, axis=1)) / 4 + noise[1]
    fine[::2, 1::2] = (corners + right + centres + np.roll(centres, 1, axis=0)) / 4 + noise[2]
    return fine


@corruption
def fog(image: Image, severity: int, rng: np.random.Generator) -> Image:
    """Add a random cloud, then scale back so that the brightest value could stay where it was.

    Source: ImageNet-C. Differs on purpose in two ways: the cloud is generated at the next power of
    two of the longer side (ImageNet-C: always 256, too small for street scenes) and cropped; the
    result is rounded, not truncated. Not albumentations' ``RandomFog``, which draws discs.

    Args:
        image: RGB uint8, shape (H, W, 3).
        severity: 1..5.
        rng: Source of the cloud.

    Returns:
        RGB uint8, shape (H, W, 3).
    """
    amount, decay = FOG_AMOUNT_AND_DECAY[severity - 1]
    height, width = image.shape[:2]
    size = 1 << (max(height, width) - 1).bit_length()
    cloud = plasma_fractal(size, decay, rng)[:height, :width]
    brightest = float(image.max()) / 255
    gain = brightest / (brightest + amount)
    haze = cv2.merge([cloud * np.float32(255 * amount * gain)] * 3)
    return cv2.addWeighted(image.astype(np.float32), gain, haze, 1, 0, dtype=cv2.CV_8U)


BRIGHTNESS_SHIFT = (0.1, 0.2, 0.3, 0.4, 0.5)


@corruption
def brightness(image: Image, severity: int, rng: np.random.Generator) -> Image:
    """Raise the value of HSV, hue and saturation kept.

    Source: ImageNet-C. Computed by OpenCV in float: its uint8 HSV has only 180 hues. Differs in
    that the result is rounded, not truncated.

    Args:
        image: RGB uint8, shape (H, W, 3).
        severity: 1..5.
        rng: Not used: the change is the same every time.

    Returns:
        RGB uint8, shape (H, W, 3).
    """
    hsv = cv2.cvtColor(image.astype(np.float32) / 255, cv2.COLOR_RGB2HSV)
    hsv[..., 2] = np.minimum(hsv[..., 2] + BRIGHTNESS_SHIFT[severity - 1], 1)
    return cv2.multiply(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB), (255,) * 4, dtype=cv2.CV_8U)
