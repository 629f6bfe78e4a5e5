"""A picture taken with too little light."""

from __future__ import annotations

import numpy as np

from sympie_seg.corruptions._common import Image, corruption
from sympie_seg.corruptions.driving.light import to_light, to_pixels
from sympie_seg.corruptions.driving.sensor import add_sensor_noise

LOW_LIGHT_STOPS = (1.4, 2.1, 2.8, 3.5, 4.2)
#: Electrons of white: fewer at higher sensitivity, which dark scenes are taken with.
LOW_LIGHT_WHITE = (3000.0, 2200.0, 1600.0, 1150.0, 800.0)
LOW_LIGHT_READ = (2.0, 2.5, 3.0, 3.5, 4.0)


@corruption
def low_light(image: Image, severity: int, rng: np.random.Generator) -> Image:
    """Take light away and let the sensor's noise show.

    In linear light: 1.4, 2.1, 2.8, 3.5 or 4.2 stops less, then Poisson noise of the photons (white
    is 3000 down to 800 electrons) and Gaussian read noise of 2 up to 4 electrons.

    Args:
        image: RGB uint8, shape (H, W, 3).
        severity: 1..5.
        rng: Source of the noise.

    Returns:
        RGB uint8, shape (H, W, 3).
    """
    step = severity - 1
    light = to_light(image)
    light *= np.float32(2 ** -LOW_LIGHT_STOPS[step])
    return to_pixels(add_sensor_noise(light, LOW_LIGHT_WHITE[step], LOW_LIGHT_READ[step], rng))
