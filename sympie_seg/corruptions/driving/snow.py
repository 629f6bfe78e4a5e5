"""Falling snow, and snow that lies."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from sympie_seg.corruptions._common import Image, corruption
from sympie_seg.corruptions.driving.air import extinction, see_through
from sympie_seg.corruptions.driving.light import Light, luminance, to_light, to_pixels
from sympie_seg.corruptions.driving.patches import draw_patches
from sympie_seg.corruptions.driving.scene import draw_horizon, row_depths
from sympie_seg.corruptions.driving.strokes import Layer, draw_layers, lay_over

#: From far to near: small and sharp, then large, few and out of focus.
SNOW_LAYERS = (
    Layer(number=800, length=0.001, thickness=0.0035, blur=0.0007, opacity=0.75),
    Layer(number=180, length=0.004, thickness=0.007, blur=0.0018, opacity=0.9),
    Layer(number=26, length=0.012, thickness=0.018, blur=0.0055, opacity=0.85),
)
SNOW_AMOUNT = (0.35, 0.7, 1.1, 1.6, 2.3)
SNOW_SLANT = (-50.0, 50.0)
SNOW_VISIBILITY = (900.0, 600.0, 400.0, 270.0, 180.0)
SNOW_AIR = (0.58, 0.60, 0.63)
SNOW_FLAKE = 0.92
#: Share of the ground that is white; white snow reflects about 0.8 of the light.
SNOW_COVER = (0.25, 0.4, 0.55, 0.7, 0.82)
SNOW_WHITE = (0.74, 0.77, 0.82)
#: In pixel values: what differs less between channels is grey, what is darker has less colour.
SNOW_COLOUR_NOISE = 12
SNOW_DARK = 80
SNOW_PATCHES = ((0.10, 0.6), (0.025, 0.12))


def _cover(
    image: Image, horizon: float, severity: int, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Draw how much snow hides each pixel below the horizon: in patches, less on red or blue.

    Returns:
        float32 in 0..1, as wide as the image, for its lowest rows, from the horizon on.
    """
    height, width = image.shape[:2]
    first = int(horizon * height)
    coarse, fine = (draw_patches(height, width, patch, rng)[first:] for patch in SNOW_PATCHES)
    snow = coarse * np.float32(0.65)
    snow += fine * np.float32(0.35)
    # Patches are whole where the field is below the share, with a soft rim.
    snow -= np.float32(0.15 + 0.75 * SNOW_COVER[severity - 1])
    snow *= -7
    np.clip(snow, 0, 1, out=snow)
    red, green, blue = cv2.split(image[first:])
    # Roads are grey and lawns green; what is rather red or blue is a car, a coat or a sign.
    strongest = cv2.max(red, blue)
    # A few levels are the camera's noise, which in the dark would pass for colour.
    noise = np.full_like(green, SNOW_COLOUR_NOISE)
    difference = cv2.subtract(cv2.subtract(strongest, green), noise)
    colour = cv2.divide(difference, np.maximum(strongest, SNOW_DARK), scale=3, dtype=cv2.CV_32F)
    snow *= 1 - np.minimum(colour, np.float32(0.75))
    below = (np.arange(first, height, dtype=np.float32) + 0.5) / height - horizon
    snow *= np.clip(below / 0.15, 0, 1)[:, None]
    return snow


def _whiten(light: Light, cover: NDArray[np.float32]) -> Light:
    """Lay snow that keeps some of the shading below it; overwrites ``light``."""
    shade = cv2.sqrt(luminance(light))
    shade *= 0.5
    shade += 0.7
    np.minimum(shade, 1, out=shade)
    white = cv2.merge([shade * np.float32(value) for value in SNOW_WHITE])
    white -= light
    white *= cv2.merge([cover * np.float32(0.9)] * 3)
    light += white
    return light


@corruption
def driving_snow(image: Image, severity: int, rng: np.random.Generator) -> Image:
    """Whiten the ground in patches, veil what is far, and draw flakes of three sizes.

    Drawn: the horizon, the patches, one slant within +-50 degrees of straight down and the flakes.
    Own flakes by OpenCV: albumentations' ``add_snow_bleach`` and ``add_snow_texture`` draw none or
    blobs of one size, and whiten the sky like the ground.

    Args:
        image: RGB uint8, shape (H, W, 3).
        severity: 1..5.
        rng: Source of horizon, patches, slant and flakes.

    Returns:
        RGB uint8, shape (H, W, 3).
    """
    height, width = image.shape[:2]
    horizon, slant = draw_horizon(rng), float(rng.uniform(*SNOW_SLANT))
    light = to_light(image)
    cover = _cover(image, horizon, severity, rng)
    light[-len(cover) :] = _whiten(light[-len(cover) :], cover)
    veil = row_depths(height, horizon) * extinction(SNOW_VISIBILITY[severity - 1])
    light = see_through(light, np.repeat(veil, width, axis=1), SNOW_AIR)
    flakes = draw_layers(height, width, SNOW_LAYERS, SNOW_AMOUNT[severity - 1], slant, rng)
    return to_pixels(lay_over(light, flakes, SNOW_FLAKE))
