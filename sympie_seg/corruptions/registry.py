"""The corruptions by name, and the one checked way to apply them."""

from __future__ import annotations

import numpy as np

from sympie_seg.corruptions import blur, colour, digital, noise, weather
from sympie_seg.corruptions._common import (
    SEVERITIES,
    Corruption,
    Image,
    check_image,
    check_severity,
)

#: Name to function, in the order of tables: noise, blur, weather, digital, colour.
CORRUPTIONS: dict[str, Corruption] = {
    function.__name__: function
    for function in (
        noise.gaussian_noise,
        noise.shot_noise,
        noise.impulse_noise,
        noise.speckle_noise,
        blur.defocus_blur,
        blur.motion_blur,
        blur.zoom_blur,
        blur.gaussian_blur,
        weather.fog,
        weather.brightness,
        digital.contrast,
        digital.saturate,
        digital.jpeg_compression,
        digital.pixelate,
        colour.darken,
        colour.sunset,
        colour.night,
        colour.white_point,
    )
}

#: What :func:`corrupt` takes: 0 leaves the image as it is.
ALL_SEVERITIES = (0, *SEVERITIES)


def check_name(name: object) -> None:
    """Raise unless a corruption of this name exists.

    Args:
        name: What the caller passed as the name.

    Raises:
        ValueError: If there is none; the message lists those that exist.
    """
    if not isinstance(name, str) or name not in CORRUPTIONS:
        raise ValueError(f"unknown corruption {name!r}; there are: {', '.join(CORRUPTIONS)}")


def corrupt(image: Image, name: str, severity: int, rng: np.random.Generator) -> Image:
    """Apply one corruption.

    Args:
        image: RGB uint8, shape (H, W, 3); never changed.
        name: A key of :data:`CORRUPTIONS`.
        severity: 1..5, or 0 for an unchanged copy.
        rng: Source of all randomness; the same state gives the same result.

    Returns:
        A new RGB uint8 array of shape (H, W, 3).

    Raises:
        TypeError: If the image is no uint8 array.
        ValueError: If its shape is not (H, W, 3), or the name or the severity does not exist.
    """
    check_image(image)
    check_name(name)
    check_severity(severity, ALL_SEVERITIES)
    if severity == 0:
        return image.copy()
    return CORRUPTIONS[name](image, severity, rng)
