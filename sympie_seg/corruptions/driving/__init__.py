"""Adverse weather and light of driving pictures, as corruptions to train with.

Every one is a plain function ``(image, severity, rng) -> image`` as in
:mod:`sympie_seg.corruptions`, moves no pixel, so that labels stay valid, and works in linear light.
Sizes follow the image height. ``driving_fog`` takes a depth map as well, by keyword.

The generated streets of :mod:`sympie_seg.streets` have weather of their own, with which these share
neither code nor constants: what is trained with must not be what is tested with.
"""

from __future__ import annotations

from sympie_seg.corruptions._common import Corruption
from sympie_seg.corruptions.driving.colour_cast import colour_cast
from sympie_seg.corruptions.driving.fog import driving_fog
from sympie_seg.corruptions.driving.low_light import low_light
from sympie_seg.corruptions.driving.night import driving_night
from sympie_seg.corruptions.driving.over_exposure import over_exposure
from sympie_seg.corruptions.driving.rain import driving_rain
from sympie_seg.corruptions.driving.random_appearance import random_appearance
from sympie_seg.corruptions.driving.snow import driving_snow

#: Name to function, in the order of tables: weather, light, then all kinds of looks.
DRIVING_CORRUPTIONS: dict[str, Corruption] = {
    function.__name__: function
    for function in (
        driving_fog,
        driving_rain,
        driving_snow,
        driving_night,
        low_light,
        over_exposure,
        colour_cast,
        random_appearance,
    )
}

__all__ = ["DRIVING_CORRUPTIONS"]
