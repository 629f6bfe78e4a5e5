"""Snow: white on what looks up, flakes in the air, a grey veil."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from . import textures
from .classes import ROAD
from .keys import stream
from .lighting import Sensor, expose, linear, lit, overcast, ray_length, veil
from .scene import Scene
from .shapes import Pattern, Surface

Range = tuple[float, float]


@dataclass(frozen=True)
class SnowConstants:
    """Ranges from light to heavy snow, fixed once.

    Attributes:
        cover: part of the open ground under snow.
        road_cover: the same on the road, where traffic clears it.
        roof_cover: on roofs, ledges and car tops.
        leaf_cover: on foliage.
        albedo: linear albedo of snow.
        daylight: linear strength of the diffuse light.
        beta: extinction of the snow-filled air, 1/m.
        airlight: its linear brightness.
        flakes: flakes per square of the image height.
        flake_radius: part of the image height, of near flakes.
        flake_light: linear light of a flake.
        balance: red and blue gains.
        shot: photon noise at full scale.
        read: noise in the dark.
    """

    cover: Range = (0.20, 0.85)
    road_cover: Range = (0.0, 0.50)
    roof_cover: Range = (0.5, 0.95)
    leaf_cover: Range = (0.05, 0.35)
    albedo: tuple[float, float, float] = (0.80, 0.83, 0.88)
    daylight: Range = (0.72, 0.55)
    beta: Range = (0.002, 0.010)
    airlight: Range = (0.45, 0.55)
    flakes: Range = (15.0, 90.0)
    flake_radius: Range = (0.003, 0.008)
    flake_light: float = 0.65
    balance: tuple[float, float] = (0.97, 1.05)
    shot: float = 0.016
    read: float = 0.004


SNOW = SnowConstants()


def snow(scene: Scene) -> np.ndarray:
    """The scene in snow, RGB, uint8, (H, W, 3)."""
    rng = stream(scene.key, "snow")
    heavy = float(rng.random())
    canvas = scene.canvas
    cover = _cover(scene, heavy, rng)[..., None]
    albedo = linear(canvas.albedo)
    albedo = albedo + cover * (np.array(SNOW.albedo, np.float32) - albedo)
    light = lit(canvas, overcast(_at(SNOW.daylight, heavy)), albedo)
    grey = _at(SNOW.airlight, heavy) * np.array([0.97, 1.0, 1.03])
    light = veil(light, ray_length(canvas.camera, scene.depth), _at(SNOW.beta, heavy), grey)
    light = _flakes(light, heavy, rng)
    exposure = float(np.exp(rng.normal(0, 0.1)))
    red, blue = SNOW.balance
    return expose(light, Sensor(exposure, (red, 1.0, blue), SNOW.shot, SNOW.read, 0.6), rng)


def _at(span: Range, heavy: float) -> float:
    return span[0] + (span[1] - span[0]) * heavy


def _cover(scene: Scene, heavy: float, rng: np.random.Generator) -> np.ndarray:
    """Part of each pixel under snow, float32 in [0, 1], (H, W)."""
    canvas = scene.canvas
    share = np.zeros(8, np.float32)
    share[Surface.UP] = _at(SNOW.cover, heavy)
    share[Surface.ROOF] = _at(SNOW.roof_cover, heavy)
    share[Surface.FOLIAGE] = _at(SNOW.leaf_cover, heavy)
    wanted = share[canvas.surface]
    x, y = canvas.camera.world(canvas.depth)
    road = (canvas.label == ROAD) & (canvas.surface == Surface.UP)
    wanted = np.where(road, _at(SNOW.road_cover, heavy) * _untouched(scene, x), wanted)
    z = np.where(canvas.surface == Surface.UP, np.minimum(canvas.depth, 400.0), y)
    start = rng.uniform(0, 10, 2)
    patches = textures.sample(Pattern.PLASTER, x + start[0], z + start[1], 0.05)
    fine = textures.sample(Pattern.LEAVES, x + start[0], z + start[1], 0.02)
    # The tiles have mean 1; their deviations make snow come in drifts and thin spots.
    level = 2.0 * wanted - 0.5 + 2.5 * (patches - 1) + 0.5 * (fine - 1)
    return np.where(wanted > 0, np.clip(level, 0, 1), 0).astype(np.float32)


def _untouched(scene: Scene, x: np.ndarray) -> np.ndarray:
    """Less snow remains in the tracks of wheels."""
    middle = (scene.layout.left + scene.layout.right) / 2
    lanes = np.abs(np.abs(x - middle) - abs(middle))
    return 1 - 0.65 * np.exp(-(((lanes - 0.75) / 0.3) ** 2))


def _flakes(light: np.ndarray, heavy: float, rng: np.random.Generator) -> np.ndarray:
    """Flakes between the lens and the street, the near ones large and blurred by motion."""
    high, wide = light.shape[:2]
    number = int(_at(SNOW.flakes, heavy) * wide / high)
    layer: np.ndarray = np.zeros((high, wide), np.float32)
    slant = float(rng.normal(0, 0.5))
    centres = rng.random((number, 2)) * (wide, high)
    radii = high * SNOW.flake_radius[0] + high * np.ptp(SNOW.flake_radius) * rng.random(number) ** 3
    for (x, y), radius in zip(centres, radii, strict=True):
        a = (round(x * 16), round(y * 16))
        b = (round((x + slant * 2 * radius) * 16), round((y + 2 * radius) * 16))
        strength = float(rng.uniform(0.4, 1))
        cv2.line(layer, a, b, strength, max(1, round(2 * radius)), cv2.LINE_8, 4)
    layer = np.clip(cv2.GaussianBlur(layer, (0, 0), max(0.5, high / 300)), 0, 1)[..., None]
    return light + 0.9 * layer * (np.float32(SNOW.flake_light) - light)
