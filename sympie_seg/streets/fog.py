"""Fog: light scattered out of the ray and airlight scattered into it, by distance.

The extinction is 3.912 / visibility: at that distance 2 % of the contrast is left, the threshold
of the meteorological visual range.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .keys import stream
from .lighting import Sensor, expose, lit, overcast, ray_length, veil
from .scene import Scene


@dataclass(frozen=True)
class FogConstants:
    """Ranges, fixed once; light fog first.

    Attributes:
        visibility: metres, drawn uniformly in its logarithm.
        airlight: linear brightness of the fog.
        tint: deviation of its red and blue gains.
        daylight: linear strength of the diffuse light.
        exposure: deviation of the logarithm of the exposure.
        shot: photon noise at full scale.
        read: noise in the dark.
    """

    visibility: tuple[float, float] = (450.0, 100.0)
    airlight: tuple[float, float] = (0.34, 0.62)
    tint: float = 0.03
    daylight: float = 0.80
    exposure: float = 0.10
    shot: float = 0.014
    read: float = 0.003


FOG = FogConstants()


def fog(scene: Scene) -> np.ndarray:
    """The scene in fog, RGB, uint8, (H, W, 3)."""
    rng = stream(scene.key, "fog")
    visibility = float(np.exp(rng.uniform(*sorted(np.log(FOG.visibility)))))
    red, blue = 1 + rng.normal(0, FOG.tint, 2)
    airlight = rng.uniform(*FOG.airlight) * np.array([red, 1.0, blue])
    light = lit(scene.canvas, overcast(FOG.daylight))
    distance = ray_length(scene.canvas.camera, scene.depth)
    seen = veil(light, distance, 3.912 / visibility, airlight)
    exposure = float(np.exp(rng.normal(0, FOG.exposure)))
    return expose(seen, Sensor(exposure, (1.0, 1.0, 1.0), FOG.shot, FOG.read, 0.6), rng)
