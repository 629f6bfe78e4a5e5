"""Rain: grey light, a wet road that mirrors, streaks in the air, drops on the lens."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from . import textures
from .classes import ROAD, SIDEWALK
from .keys import stream
from .lighting import Sensor, expose, linear, lit, overcast, ray_length, veil
from .scene import Scene
from .shapes import Pattern, Surface

Range = tuple[float, float]


@dataclass(frozen=True)
class RainConstants:
    """Ranges from light to heavy rain, fixed once.

    Attributes:
        daylight: linear strength of the diffuse light.
        beta: extinction of the rain-filled air, 1/m.
        airlight: its linear brightness.
        wet_albedo: factor on the albedo of wet ground.
        mirror: strength of the reflection on wet ground seen at a grazing angle.
        streaks: streaks per square of the image height.
        streak_length: part of the image height.
        streak_light: linear light a streak adds.
        drops: drops on the lens per square of the image height.
        drop_radius: part of the image height.
        balance: red and blue gains.
        smear: blur of the water film on the lens, part of the image height.
        shot: photon noise at full scale.
        read: noise in the dark.
    """

    daylight: Range = (0.66, 0.33)
    beta: Range = (0.004, 0.018)
    airlight: Range = (0.35, 0.24)
    wet_albedo: Range = (0.80, 0.50)
    mirror: Range = (0.25, 0.70)
    streaks: Range = (40.0, 160.0)
    streak_length: Range = (0.06, 0.20)
    streak_light: Range = (0.05, 0.13)
    drops: Range = (2.5, 13.0)
    drop_radius: Range = (0.018, 0.065)
    balance: tuple[float, float] = (0.93, 1.06)
    smear: Range = (0.002, 0.005)
    shot: float = 0.02
    read: float = 0.004


RAIN = RainConstants()


def rain(scene: Scene) -> np.ndarray:
    """The scene in rain, RGB, uint8, (H, W, 3)."""
    rng = stream(scene.key, "rain")
    heavy = float(rng.random())
    canvas = scene.canvas
    light = lit(canvas, overcast(_at(RAIN.daylight, heavy)), _wet(scene, heavy))
    grey = _at(RAIN.airlight, heavy) * np.array([0.96, 1.0, 1.04])
    light = veil(light, ray_length(canvas.camera, scene.depth), _at(RAIN.beta, heavy), grey)
    light = _mirror(scene, light, heavy)
    light = _streaks(light, heavy, rng)
    light = _drops(light, heavy, rng)
    blur = max(0.6, _at(RAIN.smear, heavy) * light.shape[0])
    exposure = float(np.exp(rng.normal(0.1, 0.1)))
    red, blue = RAIN.balance
    return expose(light, Sensor(exposure, (red, 1.0, blue), RAIN.shot, RAIN.read, blur), rng)


def _at(span: Range, heavy: float) -> float:
    return span[0] + (span[1] - span[0]) * heavy


def _wet(scene: Scene, heavy: float) -> np.ndarray:
    """Wet ground is darker; other surfaces a little."""
    ground = (scene.canvas.surface == Surface.UP)[..., None]
    wet = _at(RAIN.wet_albedo, heavy)
    return linear(scene.canvas.albedo) * np.where(ground, wet, 0.5 + 0.5 * wet).astype(np.float32)


def _mirror(scene: Scene, light: np.ndarray, heavy: float) -> np.ndarray:
    """Add what the wet ground mirrors, most at grazing angles and in puddles.

    A ground point mirrors the ray that is its own flipped at the horizon: for far things that is
    the pixel as much above the horizon as this one is below.
    """
    canvas, camera = scene.canvas, scene.canvas.camera
    flat = np.isin(canvas.label, (ROAD, SIDEWALK)) & (canvas.surface == Surface.UP)
    rows = np.clip(2 * camera.horizon - np.arange(camera.height), 0, camera.height - 1)
    seen = light[rows.astype(int)]
    high = camera.height
    seen = cv2.GaussianBlur(seen, (0, 0), sigmaX=max(0.6, high / 160), sigmaY=max(1.0, high / 30))
    slope = np.maximum(camera.rows(), 1e-3)[:, None]
    fresnel = 0.25 + 0.75 * np.exp(-slope / 0.22)
    x, _ = camera.world(scene.depth)
    puddles = textures.sample(Pattern.PLASTER, x, np.minimum(scene.depth, 400.0), 0.05)
    share = _at(RAIN.mirror, heavy) * fresnel * np.clip(0.6 + 4.0 * (puddles - 1), 0.15, 1.2)
    result: np.ndarray = light + (flat * share).astype(np.float32)[..., None] * (
        seen - 0.35 * light
    )
    return result


def _streaks(light: np.ndarray, heavy: float, rng: np.random.Generator) -> np.ndarray:
    """Falling drops, blurred along their way."""
    high, wide = light.shape[:2]
    number = int(_at(RAIN.streaks, heavy) * wide / high)
    slant = float(rng.normal(0, 0.15))
    layer = np.zeros((high, wide), np.float32)
    starts = rng.random((number, 2)) * (wide, 1.2 * high) - (0, 0.2 * high)
    lengths = high * _at(RAIN.streak_length, heavy) * rng.uniform(0.4, 1.3, number)
    strengths = rng.uniform(0.3, 1, number)
    for (x, y), length, strength in zip(starts, lengths, strengths, strict=True):
        a = (round(x * 16), round(y * 16))
        b = (round((x + slant * length) * 16), round((y + length) * 16))
        cv2.line(layer, a, b, float(strength), max(1, high // 200), cv2.LINE_8, 4)
    layer = cv2.GaussianBlur(layer, (0, 0), max(0.5, high / 300))
    result: np.ndarray = light + _at(RAIN.streak_light, heavy) * layer[..., None]
    return result


def _drops(light: np.ndarray, heavy: float, rng: np.random.Generator) -> np.ndarray:
    """Drops on the lens: small upside-down, blurred views of the surroundings."""
    high, wide = light.shape[:2]
    number = int(_at(RAIN.drops, heavy) * wide / high)
    soft = cv2.GaussianBlur(light, (0, 0), max(1.0, high / 25))
    mask = np.zeros((high, wide), np.float32)
    shift = np.zeros((high, wide), np.float32)
    centres = rng.random((number, 2)) * (wide, high)
    radii = high * rng.uniform(*RAIN.drop_radius, number)
    for (x, y), radius in zip(centres, radii, strict=True):
        centre, size = (round(x * 16), round(y * 16)), max(8, round(radius * 16))
        cv2.ellipse(mask, centre, (size, round(1.15 * size)), 0, 0, 360, 1.0, -1, cv2.LINE_8, 4)
        cv2.ellipse(shift, centre, (size, round(1.15 * size)), 0, 0, 360, y, -1, cv2.LINE_8, 4)
    mask = 0.85 * cv2.GaussianBlur(mask, (0, 0), max(0.6, high / 200))
    rows = np.arange(high)[:, None]
    # Within a drop, up and down swap and the view is three times as tall.
    source = np.clip(np.where(shift > 0, 4 * shift - 3 * rows, rows), 0, high - 1).astype(int)
    inside = soft[source, np.arange(wide)[None]] * 1.1
    result: np.ndarray = light + mask[..., None] * (inside - light)
    return result
