"""A picture whose white balance is off."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sympie_seg.corruptions._common import (
    Image,
    albumentations_functional,
    apply_curves,
    corruption,
)
from sympie_seg.corruptions.driving.light import to_light, to_pixels

#: Kelvin of neutral light, and how far it is off towards warm or cool, in mired (10**6 / Kelvin):
#: equal steps of mired look about equally large.
NEUTRAL_KELVIN = 6500.0
WARM_MIRED = (12.0, 28.0, 50.0, 78.0, 110.0)
COOL_MIRED = (-10.0, -22.0, -38.0, -56.0, -80.0)
#: Largest change of green, magenta below 0.
TINT = (0.02, 0.04, 0.07, 0.1, 0.14)


def _black_body(kelvin: float) -> NDArray[np.float64]:
    """Ask albumentations what red, green and blue of a grey become under a black body's light."""
    # A dark grey: albumentations clips what exceeds 1.
    grey = np.full((1, 1, 3), 0.1, dtype=np.float32)
    lit = albumentations_functional("pixel").planckian_jitter(grey, kelvin, "blackbody")
    result: NDArray[np.float64] = lit[0, 0].astype(np.float64)
    return result


@corruption
def colour_cast(image: Image, severity: int, rng: np.random.Generator) -> Image:
    """Scale the channels as light of another colour would.

    Source: von Kries' diagonal model (1902) in linear light, with the colours of black bodies from
    Zini et al., "Planckian Jitter" (2023), tabulated by albumentations: about 6000, 5500, 4900,
    4300 or 3800 K, or as often 7000, 7600, 8600, 10200 or 13500 K, relative to 6500 K; and a
    drawn tint of at most 2, 4, 7, 10 or 14 % green or magenta. The largest gain is 1, so nothing
    clips and the ratios of the channels change by the same factor everywhere. Not albumentations'
    ``PlanckianJitter`` itself, which scales pixel values and clips.

    Args:
        image: RGB uint8, shape (H, W, 3).
        severity: 1..5.
        rng: Source of the direction (warm or cool) and the tint.

    Returns:
        RGB uint8, shape (H, W, 3).
    """
    mired = (WARM_MIRED if rng.random() < 0.5 else COOL_MIRED)[severity - 1]
    tint = TINT[severity - 1] * rng.uniform(-1, 1)
    kelvin = 1e6 / (1e6 / NEUTRAL_KELVIN + mired)
    gains = _black_body(kelvin) / _black_body(NEUTRAL_KELVIN) * [1, 1 + tint, 1]
    gains = (gains / gains.max()).astype(np.float32)
    # One curve per channel: only 256 pixel values need to become light and back.
    greys = np.repeat(np.arange(256, dtype=np.uint8), 3).reshape(1, 256, 3)
    return apply_curves(image, to_pixels(to_light(greys) * gains)[0].astype(np.float64))
