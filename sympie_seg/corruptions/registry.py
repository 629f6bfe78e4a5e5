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
from sympie_seg.corruptions.cbar import CBAR_CORRUPTIONS, caustic_maps
from sympie_seg.corruptions.driving import DRIVING_CORRUPTIONS


def _named(*functions: Corruption) -> dict[str, Corruption]:
    return {function.__name__: function for function in functions}


#: The 15 of ImageNet-C, in the order of its tables.
IMAGENET_C = _named(
    noise.gaussian_noise,
    noise.shot_noise,
    noise.impulse_noise,
    blur.defocus_blur,
    blur.glass_blur,
    blur.motion_blur,
    blur.zoom_blur,
    weather.snow,
    frost.frost,
    weather.fog,
    weather.brightness,
    digital.contrast,
    digital.elastic_transform,
    digital.pixelate,
    digital.jpeg_compression,
)
#: Its 4 extra ones.
IMAGENET_C_EXTRA = _named(
    noise.speckle_noise, blur.gaussian_blur, weather.spatter, digital.saturate
)
#: The 4 of colour that the SyMPIE paper adds.
COLOUR = _named(colour.darken, colour.sunset, colour.night, colour.white_point)

#: Names by family: those above, ImageNet-C-bar, and the weather and light of driving.
GROUPS: dict[str, tuple[str, ...]] = {
    "imagenet_c": tuple(IMAGENET_C),
    "imagenet_c_extra": tuple(IMAGENET_C_EXTRA),
    "colour": tuple(COLOUR),
    "imagenet_c_bar": tuple(CBAR_CORRUPTIONS),
    "driving": tuple(DRIVING_CORRUPTIONS),
}
#: All, by name.
CORRUPTIONS: dict[str, Corruption] = {
    **IMAGENET_C,
    **IMAGENET_C_EXTRA,
    **COLOUR,
    **CBAR_CORRUPTIONS,
    **DRIVING_CORRUPTIONS,
}
#: The 23 that the paper trains on: what ``RandomCorruption`` draws from unless told otherwise.
TRAINING: tuple[str, ...] = (*IMAGENET_C, *IMAGENET_C_EXTRA, *COLOUR)
#: What the shipped enhancers meet in label-free training, and how often relative to one another: weather
#: and light of driving twice as often as the others, and a fifth of the draws is a look of no name.
DRIVING_MIX: dict[str, float] = {
    **dict.fromkeys(TRAINING, 1.0),
    **dict.fromkeys(DRIVING_CORRUPTIONS, 2.0),
    "random_appearance": 10.0,
}

#: Those that move pixels, and their displacement maps ``(height, width, severity, rng) -> (map_x, map_y)``: the first
#: that the corruption draws from its rng.
MOVES_PIXELS: dict[str, Callable[..., tuple]] = {
    "elastic_transform": geometry.elastic_maps,
    "caustic_refraction": caustic_maps,
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
