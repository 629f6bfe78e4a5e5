"""From a key to a labelled picture in clear weather."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from . import ground
from .camera import make_camera
from .canvas import Canvas
from .classes import TO_LABEL_ID, TO_TRAIN_ID
from .keys import SceneKey, stream
from .layout import Layout, make_layout
from .lighting import Daylight, Sensor, expose, lit, ray_length, veil

DEFAULT_SIZE = (256, 128)


@dataclass(frozen=True)
class ClearConstants:
    """Ranges of clear weather, from covered to sunny sky, fixed once.

    Attributes:
        sky: linear light of the sky.
        sun: linear light of the sun at full strength.
        sun_strength: bounds of its strength; under the lower one it is behind clouds.
        haze: extinction of the air, 1/m.
        exposure: deviation of the logarithm of the exposure.
        balance: deviation of the logarithms of the red and blue gains.
        shot: photon noise at full scale.
        read: noise in the dark.
    """

    sky: tuple[float, float, float] = (0.52, 0.57, 0.65)
    sun: tuple[float, float, float] = (0.95, 0.87, 0.74)
    sun_strength: tuple[float, float] = (0.0, 1.1)
    haze: tuple[float, float] = (0.0003, 0.003)
    exposure: float = 0.22
    balance: float = 0.045
    shot: float = 0.016
    read: float = 0.003


CLEAR = ClearConstants()


@dataclass(frozen=True)
class Scene:
    """A rendered street.

    Attributes:
        image: clear weather, RGB, uint8, (H, W, 3).
        label_train_ids: 0..18, 255 is ignored; uint8, (H, W).
        label_ids: the same in Cityscapes' labelIds; uint8, (H, W).
        depth: metres along the optical axis, float32, (H, W); the sky is 1000 m away.
        key: name of the scene.
        layout: the street.
        canvas: surfaces before any light fell on them, which `apply_condition` lights.
    """

    image: np.ndarray
    label_train_ids: np.ndarray
    label_ids: np.ndarray
    depth: np.ndarray
    key: SceneKey
    layout: Layout
    canvas: Canvas


def render_scene(key: SceneKey, size: tuple[int, int] = DEFAULT_SIZE) -> Scene:
    """Render a scene; equal keys and sizes give equal scenes, in any process and order.

    Args:
        key: which scene.
        size: (width, height) in pixels, at least 16x16.

    Returns:
        The scene in clear weather.

    Raises:
        ValueError: if the size is too small, or the key's seed or index negative.
    """
    layout = make_layout(key)
    canvas = draw(layout, size)
    return Scene(
        image=clear_image(canvas, layout, key),
        label_train_ids=TO_TRAIN_ID[canvas.label],
        label_ids=TO_LABEL_ID[canvas.label],
        depth=canvas.depth,
        key=key,
        layout=layout,
        canvas=canvas,
    )


def draw(layout: Layout, size: tuple[int, int]) -> Canvas:
    """Draw the surfaces of a layout at a size."""
    canvas = Canvas(make_camera(size, layout.pan, layout.horizon, layout.eye))
    ground.paint_sky(canvas, layout)
    ground.paint_ground(canvas, layout)
    ground.paint_contacts(canvas, layout)
    # Near to far: what is hidden is found out before it is drawn.
    for sprite in sorted(layout.sprites, key=lambda sprite: sprite.z):
        canvas.draw(sprite)
    ground.paint_hood(canvas, layout, (34, 36, 40))
    return canvas


def clear_image(canvas: Canvas, layout: Layout, key: SceneKey) -> np.ndarray:
    """Light a canvas with sun and sky and take the picture."""
    rng = stream(key, "sensor")
    strength = float(rng.uniform(*CLEAR.sun_strength))
    r, g, b = (strength * channel for channel in CLEAR.sun)
    # Without sun the sky is brighter and whiter.
    sky = np.array(CLEAR.sky) * (1.25 - 0.25 * strength)
    light = lit(canvas, Daylight((sky[0], sky[1], sky[2]), (r, g, b), layout.sun))
    haze = float(rng.uniform(*CLEAR.haze))
    light = veil(light, ray_length(canvas.camera, np.minimum(canvas.depth, 150.0)), haze, sky)
    red, blue = np.exp(rng.normal(0, CLEAR.balance, 2))
    exposure = float(np.exp(rng.normal(0, CLEAR.exposure)))
    sensor = Sensor(exposure, (float(red), 1.0, float(blue)), CLEAR.shot, CLEAR.read)
    return expose(light, sensor, rng)
