"""Night made of a picture of the day."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from sympie_seg.corruptions._common import Image, corruption
from sympie_seg.corruptions.driving.glow import spread
from sympie_seg.corruptions.driving.light import Light, luminance, to_light, to_pixels
from sympie_seg.corruptions.driving.patches import draw_patches
from sympie_seg.corruptions.driving.scene import draw_horizon
from sympie_seg.corruptions.driving.sensor import add_sensor_noise

#: Stops of light less than by day, after the camera has opened up as far as it can.
NIGHT_STOPS = (2.0, 2.5, 3.0, 3.5, 4.0)
NIGHT_BLUE = (0.72, 0.88, 1.3)
#: Electrons of white, and of the read noise.
NIGHT_WHITE = (2400.0, 1700.0, 1200.0, 850.0, 600.0)
NIGHT_READ = (2.5, 3.0, 3.5, 4.0, 4.5)
NIGHT_WARM = ((1.0, 0.72, 0.38), (1.0, 0.86, 0.62))
#: Widths of the halos in image heights, and the light of a lamp itself and of its halos.
NIGHT_HALOS = (0.012, 0.05)
NIGHT_GLARE = (0.5, 0.9)
#: Light above which what is high up in the picture counts as sky.
NIGHT_SKY_LIGHT = 0.22
#: Side of the largest lamp, in image heights, and by how much it outshines what is around it.
NIGHT_LAMP = 0.05
NIGHT_LAMP_CONTRAST = 0.15
#: Light above which what is around it is itself too bright: clouds have bright spots, too.
NIGHT_AROUND = 0.2
#: Side of the patches that are switched on together, in image heights, and the share that is.
NIGHT_SWITCH = 0.07
NIGHT_LIT = 0.4


def _lamps(
    red: NDArray[np.float32], horizon: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Find small bright spots among dark, some of which are switched on.

    Neither a bright sky nor its clouds are such spots, the road's markings are too low, and sunlit
    leaves are not red enough.

    Args:
        red: Red light by day, shape (H, W).
        horizon: Its row as a share of the height.
        rng: Source of which are on.

    Returns:
        float32, shape (H, W), in 0..1.
    """
    height, width = red.shape
    side = 2 * math.ceil(NIGHT_LAMP * height / 2) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_RECT, (side, side))
    around = cv2.morphologyEx(red, cv2.MORPH_OPEN, kernel)
    lamps = red - around
    lamps -= NIGHT_LAMP_CONTRAST
    lamps /= 0.3
    lamps *= np.clip(1.5 - around / NIGHT_AROUND, 0, 1)
    on = draw_patches(height, width, (NIGHT_SWITCH, NIGHT_SWITCH), rng)
    lamps *= np.clip(8 * (on - (1 - NIGHT_LIT)), 0, 1)
    below = (np.arange(height, dtype=np.float32) + 0.5) / height - horizon
    lamps *= np.clip(1.5 - below / 0.15, 0, 1)[:, None]
    returned: NDArray[np.float32] = np.clip(lamps, 0, 1, out=lamps)
    return returned


def _ambient(light: Light, bright: NDArray[np.float32], horizon: float, stops: float) -> Light:
    """Darken everything, tint it blue, and the sky, the brightest by day, most of all."""
    height = len(light)
    above = horizon - (np.arange(height, dtype=np.float32) + 0.5) / height
    sky = np.clip(above / 0.1 + 0.5, 0, 1)[:, None] * (bright / NIGHT_SKY_LIGHT) ** 2
    kept = cv2.merge([np.float32(2**-stops) / (1 + sky)] * 3)
    kept *= light
    result: Light = cv2.multiply(kept, (*NIGHT_BLUE, 0.0), dst=kept)
    return result


@corruption
def driving_night(image: Image, severity: int, rng: np.random.Generator) -> Image:
    """Darken the picture to a blue night, let what is small and bright shine warmly, add noise.

    All in linear light: 2.0, 2.5, 3.0, 3.5 or 4.0 stops less, halos around the lamps, then the
    sensor's photon and read noise. Drawn: which bright spots are lit, the warmth of their light, the
    horizon, the noise. Neither OpenCV nor albumentations has a night.

    Args:
        image: RGB uint8, shape (H, W, 3).
        severity: 1..5.
        rng: Source of lamps, warmth, horizon and noise.

    Returns:
        RGB uint8, shape (H, W, 3).
    """
    horizon = draw_horizon(rng)
    warm = rng.uniform(*NIGHT_WARM).tolist()
    light = to_light(image)
    lamps = _lamps(cv2.extractChannel(light, 0), horizon, rng)
    night = _ambient(light, luminance(light), horizon, NIGHT_STOPS[severity - 1])
    lamps = cv2.addWeighted(lamps, NIGHT_GLARE[0], spread(lamps, NIGHT_HALOS), NIGHT_GLARE[1], 0)
    night += cv2.multiply(cv2.merge([lamps] * 3), (*warm, 0.0))
    step = severity - 1
    return to_pixels(add_sensor_noise(night, NIGHT_WHITE[step], NIGHT_READ[step], rng))
