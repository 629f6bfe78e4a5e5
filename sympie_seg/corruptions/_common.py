"""What all corruptions share: input checks, look-up tables, the albumentations import."""

from __future__ import annotations

import functools
import importlib
import os
from collections.abc import Callable
from types import ModuleType

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Corruption = Callable[[Image, int, np.random.Generator], Image]

SEVERITIES = (1, 2, 3, 4, 5)


def check_image(image: object) -> None:
    """Raise unless ``image`` is a non-empty RGB array.

    Args:
        image: What the caller passed as an image.

    Raises:
        TypeError: If it is no array or its dtype is not uint8.
        ValueError: If its shape is not (H, W, 3) with H, W >= 1.
    """
    if not isinstance(image, np.ndarray):
        raise TypeError(f"expected a numpy array of dtype uint8, got {type(image).__name__}")
    if image.dtype != np.uint8:
        raise TypeError(
            f"expected an image of dtype uint8 in 0..255, got dtype {image.dtype}; "
            "corrupt the image before it is normalised or converted to float"
        )
    if image.ndim != 3 or image.shape[2] != 3 or image.size == 0:
        raise ValueError(
            f"expected an RGB image of shape (H, W, 3), got shape {image.shape}; "
            "load grey images as colour"
        )


def check_severity(severity: object, allowed: tuple[int, ...] = SEVERITIES) -> None:
    """Raise unless ``severity`` is one of the allowed integers.

    Args:
        severity: What the caller passed as the severity.
        allowed: The severities that exist.

    Raises:
        ValueError: If it is not in ``allowed``; a bool or a float is refused as well.
    """
    is_integer = isinstance(severity, (int, np.integer)) and not isinstance(severity, bool)
    if not is_integer or severity not in allowed:
        raise ValueError(f"expected a severity in {list(allowed)}, got {severity!r}")


def corruption(function: Corruption) -> Corruption:
    """Check the image and the severity before ``function`` sees them.

    The image is also made contiguous: OpenCV needs that, and ``image[..., ::-1]`` is common.
    """

    @functools.wraps(function)
    def checked(image: Image, severity: int, rng: np.random.Generator, **options: object) -> Image:
        check_image(image)
        check_severity(severity)
        return function(np.ascontiguousarray(image), int(severity), rng, **options)

    return checked


def saturate_uint8(values: NDArray[np.floating]) -> Image:
    """Round to the nearest integer and clip to 0..255.

    Args:
        values: Finite numbers of any shape, on the scale 0..255.

    Returns:
        A uint8 array of the same shape.
    """
    result: Image = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    return result


def apply_curves(image: Image, curves: NDArray[np.floating]) -> Image:
    """Send each channel through its own curve.

    A point-wise change has only 256 x 3 results, so it is computed once per value, not per pixel.

    Args:
        image: RGB uint8, shape (H, W, 3).
        curves: Results for the inputs 0..255 on the same scale, shape (256, 3); clipped here.

    Returns:
        RGB uint8, shape (H, W, 3).
    """
    result: Image = cv2.LUT(image, saturate_uint8(curves)[None])
    return result


@functools.cache
def albumentations_functional(family: str) -> ModuleType:
    """Import albumentations' functions of a family, such as 'blur' or 'pixel', on first use.

    The import takes seconds, and asks the network for a newer version unless told not to.
    """
    os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")
    return importlib.import_module(f"albumentations.augmentations.{family}.functional")
