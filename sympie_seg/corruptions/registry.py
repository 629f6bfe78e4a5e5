"""The corruptions by name, and the one checked way to apply them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sympie_seg.corruptions import blur, colour, digital, frost, geometry, noise, weather
from sympie_seg.corruptions._common import (
    SEVERITIES,
    Corruption,
    Image,
    check_image,
    check_severity,
)

#: Name to function, in the order of tables: noise, blur, weather, digital, colour. These 18 are what
#: ``RandomCorruption`` draws from unless told otherwise: published numbers depend on it, so the
#: list stays as it is until the tables are measured anew. The rest is in MORE_CORRUPTIONS.
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

#: The five others of ImageNet-C, to be asked for by name.
MORE_CORRUPTIONS: dict[str, Corruption] = {
    function.__name__: function
    for function in (
        blur.glass_blur,
        weather.snow,
        frost.frost,
        weather.spatter,
        digital.elastic_transform,
    )
}

#: All that :func:`corrupt` knows: ImageNet-C's 15, its 4 extra ones and 4 of colour.
ALL_CORRUPTIONS: dict[str, Corruption] = {**CORRUPTIONS, **MORE_CORRUPTIONS}

#: Those that move pixels, and their displacement maps ``(height, width, severity, rng) -> (map_x, map_y)``: the first
#: that the corruption draws from its rng.
MOVES_PIXELS: dict[str, Callable[..., tuple]] = {"elastic_transform": geometry.elastic_maps}

#: What :func:`corrupt` takes: 0 leaves the image as it is.
ALL_SEVERITIES = (0, *SEVERITIES)


def check_name(name: object) -> None:
    """Raise unless a corruption of this name exists.

    Args:
        name: What the caller passed as the name.

    Raises:
        ValueError: If there is none; the message lists those that exist.
    """
    if not isinstance(name, str) or name not in ALL_CORRUPTIONS:
        raise ValueError(f"unknown corruption {name!r}; there are: {', '.join(ALL_CORRUPTIONS)}")


def corrupt(image: Image, name: str, severity: int, rng: np.random.Generator) -> Image:
    """Apply one corruption.

    Args:
        image: RGB uint8, shape (H, W, 3); never changed.
        name: A key of :data:`ALL_CORRUPTIONS`.
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
    return ALL_CORRUPTIONS[name](image, severity, rng)
