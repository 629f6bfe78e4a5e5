"""A picture taken with too much light."""

from __future__ import annotations

import numpy as np

from sympie_seg.corruptions._common import Image, corruption
from sympie_seg.corruptions.driving.glow import spread
from sympie_seg.corruptions.driving.light import to_light, to_pixels

OVER_EXPOSURE_STOPS = (0.5, 0.9, 1.3, 1.8, 2.4)
OVER_EXPOSURE_JITTER = 0.15
#: Share of the light beyond white that spills over to the surroundings.
OVER_EXPOSURE_BLOOM = 0.2
OVER_EXPOSURE_HALOS = (0.008, 0.03)


@corruption
def over_exposure(image: Image, severity: int, rng: np.random.Generator) -> Image:
    """Add light, let what is beyond white bloom, and clip.

    In linear light: 0.5, 0.9, 1.3, 1.8 or 2.4 stops more, within +-0.15 drawn. Not albumentations'
    brightness functions, which scale pixel values and know no bloom.

    Args:
        image: RGB uint8, shape (H, W, 3).
        severity: 1..5.
        rng: Source of the exposure within the severity.

    Returns:
        RGB uint8, shape (H, W, 3).
    """
    jitter = rng.uniform(-OVER_EXPOSURE_JITTER, OVER_EXPOSURE_JITTER)
    light = to_light(image)
    light *= np.float32(2 ** (OVER_EXPOSURE_STOPS[severity - 1] + jitter))
    beyond = np.maximum(light - 1, 0)
    light += spread(beyond, OVER_EXPOSURE_HALOS) * np.float32(OVER_EXPOSURE_BLOOM)
    return to_pixels(light)
