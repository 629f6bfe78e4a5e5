"""Light, air, camera and tone drawn all at once: more looks than any list of named corruptions has."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from sympie_seg.corruptions._common import Image, apply_curves, corruption
from sympie_seg.corruptions.driving.air import see_through
from sympie_seg.corruptions.driving.light import Light, luminance, to_light, to_pixels
from sympie_seg.corruptions.driving.patches import draw_patches
from sympie_seg.corruptions.driving.sensor import add_sensor_noise


class _Ranges(NamedTuple):
    """Limits at one severity; each picture draws its own values from them."""

    stops: tuple[float, float]  # exposure
    uneven_stops: float  # exposure, from one place to another
    cast: float  # standard deviation of the channels' gains, as a logarithm
    haze: float  # optical depth
    white_electrons: float
    gamma: float  # standard deviation, as a logarithm
    contrast: tuple[float, float]  # as a logarithm
    saturation: tuple[float, float]
    blur: float  # standard deviation of the Gaussian, in image heights


RANDOM_APPEARANCE_RANGES = (
    _Ranges((-0.9, 0.3), 0.2, 0.05, 0.25, 6000.0, 0.08, (-0.25, 0.1), (0.80, 1.1), 0.0008),
    _Ranges((-1.7, 0.5), 0.4, 0.10, 0.50, 4000.0, 0.15, (-0.45, 0.2), (0.65, 1.2), 0.0014),
    _Ranges((-2.5, 0.7), 0.6, 0.15, 0.80, 2500.0, 0.22, (-0.65, 0.3), (0.50, 1.3), 0.0020),
    _Ranges((-3.3, 0.9), 0.8, 0.20, 1.15, 1600.0, 0.28, (-0.85, 0.4), (0.30, 1.4), 0.0026),
    _Ranges((-4.0, 1.1), 1.0, 0.26, 1.60, 1000.0, 0.34, (-1.05, 0.5), (0.10, 1.5), 0.0032),
)
RANDOM_APPEARANCE_READ = 2.5
RANDOM_APPEARANCE_PATCH = (0.7, 0.9)
RANDOM_APPEARANCE_AIR = (0.25, 0.85)
RANDOM_APPEARANCE_AIR_TINT = 0.06
RANDOM_APPEARANCE_PIVOT = (0.3, 0.7)
#: How probable each of the steps is; exposure is taken where nothing else is.
RANDOM_APPEARANCE_SHARES = (0.6, 0.3, 0.5, 0.4, 0.4, 0.5, 0.3)


def _exposure(light: Light, limits: _Ranges, rng: np.random.Generator) -> Light:
    result: Light = light * np.float32(2 ** rng.uniform(*limits.stops))
    return result


def _uneven_light(light: Light, limits: _Ranges, rng: np.random.Generator) -> Light:
    height, width = light.shape[:2]
    field = draw_patches(height, width, RANDOM_APPEARANCE_PATCH, rng)
    result: Light = light * np.exp2((2 * field - 1) * np.float32(limits.uneven_stops))[..., None]
    return result


def _cast(light: Light, limits: _Ranges, rng: np.random.Generator) -> Light:
    gains = np.exp(rng.normal(0, limits.cast, 3)).astype(np.float32)
    result: Light = light * (gains / gains.mean())
    return result


def _haze(light: Light, limits: _Ranges, rng: np.random.Generator) -> Light:
    tint = 1 + rng.uniform(-1, 1, 3) * RANDOM_APPEARANCE_AIR_TINT
    height, width = light.shape[:2]
    depth = np.full((height, width), rng.uniform(0, limits.haze), dtype=np.float32)
    if rng.random() < 0.5:
        depth *= 2 * draw_patches(height, width, RANDOM_APPEARANCE_PATCH, rng)
    return see_through(light, depth, rng.uniform(*RANDOM_APPEARANCE_AIR) * tint)


def _blur(light: Light, limits: _Ranges, rng: np.random.Generator) -> Light:
    sigma = rng.uniform(0, limits.blur) * light.shape[0] + 1e-3
    blurred: Light = cv2.GaussianBlur(light, (0, 0), sigma, borderType=cv2.BORDER_REFLECT_101)
    return blurred.reshape(light.shape)


def _noise(light: Light, limits: _Ranges, rng: np.random.Generator) -> Light:
    electrons = limits.white_electrons * 2 ** rng.uniform(0, 2)
    result: Light = np.maximum(add_sensor_noise(light, electrons, RANDOM_APPEARANCE_READ, rng), 0)
    return result


def _saturation(light: Light, limits: _Ranges, rng: np.random.Generator) -> Light:
    grey = luminance(light).reshape(*light.shape[:2], 1)
    factor = np.float32(rng.uniform(*limits.saturation))
    result: Light = np.maximum(grey + factor * (light - grey), 0)
    return result


_STEPS: tuple[Callable[[Light, _Ranges, np.random.Generator], Light], ...] = (
    _exposure,
    _uneven_light,
    _cast,
    _haze,
    _blur,
    _noise,
    _saturation,
)


def _draw_curves(limits: _Ranges, rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw a camera's tone curve: a power, and a contrast around a pivot, shape (256, 3)."""
    values = np.linspace(0, 1, 256) ** np.exp(rng.normal(0, limits.gamma))
    pivot = rng.uniform(*RANDOM_APPEARANCE_PIVOT)
    curve = pivot + np.exp(rng.uniform(*limits.contrast)) * (values - pivot)
    return np.repeat(255 * curve[:, None], 3, axis=1)


@corruption
def random_appearance(image: Image, severity: int, rng: np.random.Generator) -> Image:
    """Draw light, air, camera and tone for each picture.

    In linear light, each with a share of its own: exposure (at severity 5 from 4 stops less to 1.1
    more), light that differs from place to place (up to one stop), a cast of all three channels,
    haze that is even or comes in banks (optical depth up to 1.6, its own light from dark to
    bright), blur, sensor noise and saturation; then, for every second picture, a tone curve (power
    and contrast). No pixel moves. Source of the idea: domain randomisation (Tobin et al., 2017): an
    enhancer that met all kinds of looks holds back less in front of one that it never met. Not
    albumentations' colour transforms, which work in pixel values, and each alone.

    Args:
        image: RGB uint8, shape (H, W, 3).
        severity: 1..5; wider ranges, so a picture may still change little.
        rng: Source of all of it.

    Returns:
        RGB uint8, shape (H, W, 3).
    """
    limits = RANDOM_APPEARANCE_RANGES[severity - 1]
    taken = rng.random(len(_STEPS)) < RANDOM_APPEARANCE_SHARES
    has_curve = rng.random() < 0.5
    if not taken.any() and not has_curve:
        taken[0] = True
    light = to_light(image)
    for step, is_taken in zip(_STEPS, taken, strict=True):
        if is_taken:
            light = step(light, limits, rng)
    result = to_pixels(light)
    return apply_curves(result, _draw_curves(limits, rng)) if has_curve else result
