"""Night: the same surfaces lit by lamps, headlights, windows and a little sky glow."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .canvas import Canvas
from .keys import stream
from .lighting import NORMALS, Sensor, expose, linear
from .scene import Scene
from .shapes import Glow, Surface

Range = tuple[float, float]


@dataclass(frozen=True)
class NightConstants:
    """Ranges, fixed once. Strengths are linear light on the scale of a sunlit day (about 1).

    Attributes:
        ambient: light of the sky glow and the moon.
        sky: brightness of the sky itself, at the horizon.
        lamp: strength of a street lamp, light on the ground right below it.
        lamp_colour: sodium orange to cold white LED, linear RGB.
        beam: strength of the own headlights at 10 m.
        beam_width: half width of the beam, as a slope.
        halo: part of the light of bright spots that the lens spreads.
        adaptation: exposure is target brightness / mean brightness, to the power of this.
        target: that target, linear.
        gain: bounds of the exposure.
        cast: red and blue gains, from warm to cold.
        shot: photon noise at full scale.
        read: noise in the dark.
    """

    ambient: Range = (0.025, 0.09)
    sky: Range = (0.012, 0.060)
    lamp: Range = (0.15, 0.50)
    lamp_colour: tuple[tuple[float, float, float], ...] = (
        (1.0, 0.58, 0.20),
        (1.0, 0.74, 0.44),
        (0.86, 0.95, 1.0),
    )
    beam: Range = (0.08, 0.25)
    beam_width: Range = (0.45, 0.75)
    halo: Range = (0.05, 0.18)
    adaptation: float = 0.5
    target: float = 0.11
    gain: Range = (0.8, 2.6)
    cast: tuple[Range, Range] = ((1.12, 0.80), (0.84, 1.24))
    shot: Range = (0.02, 0.045)
    read: Range = (0.002, 0.008)


NIGHT = NightConstants()

# Linear light that leaves what glows, by `Glow`.
EMISSION = np.zeros((8, 3), np.float32)
EMISSION[Glow.WINDOW] = (0.22, 0.145, 0.06)
EMISSION[Glow.TAIL] = (0.90, 0.03, 0.02)
EMISSION[Glow.HEAD] = (2.6, 2.5, 2.2)
EMISSION[Glow.LAMP] = (2.4, 2.0, 1.4)

_SIGNAL = 1.3  # a lit lens shines in its own colour
_REFLECTOR = 2.5  # signs and number plates send the own headlights back


def night(scene: Scene) -> np.ndarray:
    """The scene at night, RGB, uint8, (H, W, 3)."""
    rng = stream(scene.key, "night")
    canvas = scene.canvas
    albedo = linear(canvas.albedo)
    light = _ambient(canvas, rng) + _street_lamps(scene, rng) + _headlights(canvas, rng)
    shaded = albedo * light + _emission(canvas, albedo)
    sky = canvas.surface == Surface.SKY
    shaded[sky] = _sky(canvas, rng)[sky]
    shaded = _halo(shaded, float(rng.uniform(*NIGHT.halo)))
    return expose(shaded, _sensor(shaded, rng), rng)


def _ambient(canvas: Canvas, rng: np.random.Generator) -> np.ndarray:
    strength = float(rng.uniform(*NIGHT.ambient))
    colour = np.array([1.0, 0.92, 0.95 + 0.35 * rng.random()], np.float32)
    from_sky = 0.62 + 0.38 * NORMALS[:, 1]
    return (from_sky[canvas.surface] * canvas.open_sky)[..., None] * (strength * colour)


def _street_lamps(scene: Scene, rng: np.random.Generator) -> np.ndarray:
    """Pools of light below the lamps, falling with the square of the distance."""
    canvas, camera = scene.canvas, scene.canvas.camera
    strength = float(rng.uniform(*NIGHT.lamp))
    colour = np.array(NIGHT.lamp_colour[int(rng.integers(len(NIGHT.lamp_colour)))], np.float32)
    working = rng.random(len(scene.layout.lamps)) < 0.85
    x, y = camera.world(canvas.depth)
    total = np.zeros_like(canvas.depth)
    for (lamp_x, lamp_y, lamp_z), works in zip(scene.layout.lamps, working, strict=True):
        if not works or lamp_z > 60:
            continue
        offset = (lamp_x - x, lamp_y - y, lamp_z - canvas.depth)
        square = offset[0] ** 2 + offset[1] ** 2 + offset[2] ** 2 + 1.0
        # Lamps shine down: the cosine at the lamp is the one at the ground.
        total += np.clip(offset[1], 0, None) / square**1.5
    facing = np.clip(0.45 + 0.55 * NORMALS[:, 1], 0.2, 1)[canvas.surface]
    reference = min((lamp[1] for lamp in scene.layout.lamps), default=6.0) ** 2
    result: np.ndarray = (total * facing * (strength * reference))[..., None] * colour
    return result


def _headlights(canvas: Canvas, rng: np.random.Generator) -> np.ndarray:
    """The own beam: bright near and below the horizon, cut off above it."""
    camera = canvas.camera
    strength, width = float(rng.uniform(*NIGHT.beam)), float(rng.uniform(*NIGHT.beam_width))
    across = np.exp(-((camera.columns()[None] / width) ** 2))
    above = -camera.rows()[:, None]
    upward = 1 / (1 + np.exp((above - 0.06) / 0.035))
    near = 100.0 / np.maximum(canvas.depth, 5.0) ** 2
    grazing = np.where(canvas.surface == Surface.UP, 0.45, 1.0)
    beam = strength * across * (0.06 + 0.94 * upward) * near * grazing
    beam *= np.where(canvas.glow == Glow.REFLECTOR, _REFLECTOR, 1.0)
    result: np.ndarray = beam[..., None].astype(np.float32) * np.array(
        [1.0, 0.97, 0.88], np.float32
    )
    return result


def _emission(canvas: Canvas, albedo: np.ndarray) -> np.ndarray:
    signal = (canvas.glow == Glow.SIGNAL)[..., None]
    return np.where(signal, _SIGNAL * albedo, EMISSION[canvas.glow])


def _sky(canvas: Canvas, rng: np.random.Generator) -> np.ndarray:
    strength = float(rng.uniform(*NIGHT.sky))
    horizon = (
        np.array([1.0, 0.72, 0.55], np.float32)
        if rng.random() < 0.6
        else np.array([0.6, 0.75, 1.1], np.float32)
    )
    height = np.clip(-canvas.camera.rows() / 0.5, 0, 1)[:, None, None]
    row = strength * (horizon * (1 - 0.75 * height))
    return np.broadcast_to(row, canvas.albedo.shape).astype(np.float32)


def _halo(light: np.ndarray, part: float) -> np.ndarray:
    """Spread the light of bright spots over their surroundings."""
    high = light.shape[0]
    bright = np.clip(light - 0.25, 0, None)
    near = cv2.GaussianBlur(bright, (0, 0), max(1.0, 0.02 * high))
    wide = cv2.GaussianBlur(bright, (0, 0), max(1.5, 0.07 * high))
    returned: np.ndarray = light + part * (1.5 * near + 2.0 * wide)
    return returned


def _sensor(light: np.ndarray, rng: np.random.Generator) -> Sensor:
    brightness = float(np.mean(np.clip(light, 0, 1)))
    gain = float(np.clip((NIGHT.target / max(brightness, 1e-4)) ** NIGHT.adaptation, *NIGHT.gain))
    warm, cold = np.array(NIGHT.cast)
    red, blue = (warm + rng.random() * (cold - warm)).tolist()
    shot, read = float(rng.uniform(*NIGHT.shot)), float(rng.uniform(*NIGHT.read))
    return Sensor(gain, (red, 1.0, blue), shot, read, 0.6)
