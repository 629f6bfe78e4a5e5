"""Between pixel values and linear light: fog, exposure and photons add up in light, not in pixels."""

from __future__ import annotations

import functools

import cv2
import numpy as np
from numpy.typing import NDArray

from sympie_seg.corruptions._common import Image

Light = NDArray[np.float32]

# Dark values are steep in light: with 14 bits one step is still less than one pixel value there.
_STEPS = (1 << 14) - 1
# Relative luminance of linear RGB with sRGB's primaries (ITU-R BT.709).
LUMINANCE_WEIGHTS = (0.2126, 0.7152, 0.0722)


@functools.cache
def _decoding() -> NDArray[np.float32]:
    """Tabulate the light of each pixel value, shape (256,)."""
    values = np.arange(256) / 255
    light = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    return light.astype(np.float32)


@functools.cache
def _encoding() -> NDArray[np.uint8]:
    """Tabulate the pixel value of each step of light and beyond white, shape (2**16,)."""
    light = np.minimum(np.arange(1 << 16) / _STEPS, 1)
    values = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    result: NDArray[np.uint8] = np.rint(255 * values).astype(np.uint8)
    return result


def to_light(image: Image) -> Light:
    """Decode pixel values to light.

    Source: IEC 61966-2-1 (sRGB).

    Args:
        image: RGB uint8, shape (H, W, 3).

    Returns:
        float32, shape (H, W, 3), where 1 is white.
    """
    result: Light = cv2.LUT(image, _decoding())
    return result


def to_pixels(light: Light) -> Image:
    """Clip light to 0..1 and encode it; the inverse of :func:`to_light`.

    Args:
        light: float32, shape (H, W, 3), where 1 is white.

    Returns:
        RGB uint8, shape (H, W, 3).
    """
    # OpenCV rounds and saturates while it converts.
    result: Image = _encoding().take(cv2.multiply(light, (_STEPS,) * 4, dtype=cv2.CV_16U))
    return result


def luminance(light: Light) -> Light:
    """Weigh the channels as the eye does.

    Args:
        light: float32, shape (H, W, 3).

    Returns:
        float32, shape (H, W).
    """
    result: Light = cv2.transform(light, np.array([LUMINANCE_WEIGHTS], dtype=np.float32))
    return result
