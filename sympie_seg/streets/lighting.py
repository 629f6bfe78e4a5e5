"""Light on surfaces, and the sensor that turns it into an image. Used by every weather."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .camera import Camera
from .canvas import Canvas
from .shapes import Surface

GAMMA = 2.2
_LINEAR = ((np.arange(256) / 255.0) ** GAMMA).astype(np.float32)

NORMALS = np.zeros((8, 3), np.float32)
"""Mean unit normal (or shorter, for round things) of each `Surface`."""
NORMALS[Surface.UP] = (0, 1, 0)
NORMALS[Surface.RIGHT] = (1, 0, 0)
NORMALS[Surface.LEFT] = (-1, 0, 0)
NORMALS[Surface.CAMERA] = (0, 0, -1)
NORMALS[Surface.ROOF] = (0, 0.8, -0.6)
NORMALS[Surface.FOLIAGE] = (0, 0.6, -0.5)
NORMALS[Surface.ROUND] = (0, 0.35, -0.7)


@dataclass(frozen=True)
class Daylight:
    """Sun and sky light.

    Attributes:
        sky: colour and strength of the light of the whole sky, linear RGB.
        sun: the same of the sun.
        direction: unit vector towards the sun.
    """

    sky: tuple[float, float, float]
    sun: tuple[float, float, float]
    direction: tuple[float, float, float]


@dataclass(frozen=True)
class Sensor:
    """A camera's rendering of light.

    Attributes:
        exposure: factor on linear light.
        balance: gains of red, green and blue.
        shot: deviation of photon noise at full scale.
        read: deviation of the noise in the dark.
        blur: blur of the lens, pixels.
    """

    exposure: float
    balance: tuple[float, float, float]
    shot: float
    read: float
    blur: float = 0.45


def linear(colours: np.ndarray) -> np.ndarray:
    """sRGB-like uint8 values to linear light in [0, 1], float32."""
    result: np.ndarray = _LINEAR[colours]
    return result


def overcast(strength: float) -> Daylight:
    """The light of a covered sky: diffuse, slightly cold, no sun."""
    return Daylight((0.97 * strength, strength, 1.04 * strength), (0.0, 0.0, 0.0), (0.0, 1.0, 0.0))


def lit(canvas: Canvas, light: Daylight, albedo: np.ndarray | None = None) -> np.ndarray:
    """Light that leaves every surface.

    Args:
        canvas: the scene.
        light: sun and sky.
        albedo: linear albedo, float32 (H, W, 3); default that of the canvas.

    Returns:
        Linear light, float32, (H, W, 3); the sky keeps its own colour.
    """
    base = linear(canvas.albedo) if albedo is None else albedo
    towards_sun = np.clip(NORMALS @ np.array(light.direction, np.float32), 0, None)
    from_sky = 0.62 + 0.38 * NORMALS[:, 1]
    sun = (towards_sun[canvas.surface] * canvas.sunlit)[..., None] * np.array(light.sun, np.float32)
    sky = (from_sky[canvas.surface] * canvas.open_sky)[..., None] * np.array(light.sky, np.float32)
    shaded = base * (sun + sky)
    return np.where((canvas.surface == Surface.SKY)[..., None], base, shaded)


def ray_length(camera: Camera, depth: np.ndarray) -> np.ndarray:
    """Distance from the lens (metres) of points at the given depth, shape (H, W)."""
    across, down = camera.columns()[None], camera.rows()[:, None]
    result: np.ndarray = depth * np.sqrt(1 + across**2 + down**2)
    return result


def veil(light: np.ndarray, distance: np.ndarray, beta: float, airlight: np.ndarray) -> np.ndarray:
    """See through air that scatters: light * t + airlight * (1 - t), t = exp(-beta * distance).

    The law of Beer and Lambert for the light, of Koschmieder for both.

    Args:
        light: linear light, float32, (H, W, 3).
        distance: metres, (H, W).
        beta: extinction, 1/m.
        airlight: linear RGB of the fog.

    Returns:
        Linear light, float32, (H, W, 3).
    """
    passed = np.exp(-np.float32(beta) * distance)[..., None]
    result: np.ndarray = light * passed + airlight.astype(np.float32) * (1 - passed)
    return result


def expose(light: np.ndarray, sensor: Sensor, rng: np.random.Generator) -> np.ndarray:
    """Take the picture: blur, exposure, white balance, noise, tone curve.

    Args:
        light: linear light, float32, (H, W, 3).
        sensor: the camera.
        rng: source of the noise.

    Returns:
        RGB, uint8, (H, W, 3).
    """
    seen = cv2.GaussianBlur(light, (0, 0), sensor.blur) * np.float32(sensor.exposure)
    seen *= np.array(sensor.balance, np.float32)
    noise = rng.standard_normal(seen.shape, np.float32)
    seen += noise * np.sqrt(sensor.shot**2 * np.clip(seen, 0, 1) + sensor.read**2)
    result: np.ndarray = (np.clip(seen, 0, 1) ** np.float32(1 / GAMMA) * 255 + 0.5).astype(np.uint8)
    return result
