"""Rain in the air, and what it does to the light and to the ground."""

from __future__ import annotations

import cv2
import numpy as np

from sympie_seg.corruptions._common import Image, corruption
from sympie_seg.corruptions.driving.air import extinction, see_through
from sympie_seg.corruptions.driving.light import Light, to_light, to_pixels
from sympie_seg.corruptions.driving.scene import draw_horizon, row_depths
from sympie_seg.corruptions.driving.strokes import Layer, draw_layers, lay_over

#: From far to near: drops nearer to the camera pass through more of the picture while it is taken.
RAIN_LAYERS = (
    Layer(number=420, length=0.025, thickness=0.0018, blur=0.0, opacity=0.30),
    Layer(number=120, length=0.06, thickness=0.0024, blur=0.0008, opacity=0.42),
    Layer(number=26, length=0.14, thickness=0.0045, blur=0.0020, opacity=0.45),
)
RAIN_AMOUNT = (0.4, 0.8, 1.3, 2.0, 3.0)
RAIN_SLANT = (-22.0, 22.0)
RAIN_LENGTH = (0.7, 1.4)
RAIN_STREAK_LIGHT = 0.62
RAIN_VISIBILITY = (2000.0, 1300.0, 900.0, 600.0, 420.0)
RAIN_AIR = 0.42
#: Stops of light that the clouds take.
RAIN_STOPS = (0.35, 0.55, 0.75, 0.95, 1.2)
#: Exponents of light relative to a bright grey: above 1 dark becomes darker and colours deeper.
RAIN_WETNESS = (1.06, 1.11, 1.16, 1.21, 1.26)
_WET_PIVOT = 0.5


def _wet(light: Light, severity: int) -> Light:
    """Darken and deepen: water fills the pores that would scatter light (Lekner and Dorf, 1988)."""
    exponent = RAIN_WETNESS[severity - 1]
    gain = _WET_PIVOT ** (1 - exponent) * 2 ** -RAIN_STOPS[severity - 1]
    returned: Light = cv2.pow(light, exponent) * np.float32(gain)
    return returned


@corruption
def driving_rain(image: Image, severity: int, rng: np.random.Generator) -> Image:
    """Darken and wet the picture, veil what is far, and draw streaks of falling drops.

    Drawn: one slant within +-22 degrees of straight down and one length for the picture, the
    streaks at three distances, the horizon. Own strokes by OpenCV with smooth edges: albumentations'
    ``add_rain`` draws the same polylines, but jagged, all equal and added at full strength.

    Args:
        image: RGB uint8, shape (H, W, 3).
        severity: 1..5.
        rng: Source of slant, length, streaks and horizon.

    Returns:
        RGB uint8, shape (H, W, 3).
    """
    height, width = image.shape[:2]
    horizon, slant = draw_horizon(rng), float(rng.uniform(*RAIN_SLANT))
    factor = float(rng.uniform(*RAIN_LENGTH))
    light = _wet(to_light(image), severity)
    # The air has no other light than the scene: that of the clouds.
    air = [RAIN_AIR * 2 ** -RAIN_STOPS[severity - 1]] * 3
    veil = row_depths(height, horizon) * extinction(RAIN_VISIBILITY[severity - 1])
    light = see_through(light, np.repeat(veil, width, axis=1), air)
    layers = [layer._replace(length=layer.length * factor) for layer in RAIN_LAYERS]
    streaks = draw_layers(height, width, layers, RAIN_AMOUNT[severity - 1], slant, rng)
    grey = RAIN_STREAK_LIGHT * 2 ** -RAIN_STOPS[severity - 1]
    return to_pixels(lay_over(light, streaks, grey))
