"""The ground, the sky above it, the own car's hood, and shadows on the ground."""

from __future__ import annotations

import cv2
import numpy as np

from . import textures
from .camera import NEAR
from .canvas import Canvas
from .classes import EGO_VEHICLE, ROAD, SIDEWALK, TERRAIN
from .layout import Layout
from .shapes import Colour, Pattern, Surface

_FADE = 40.0  # metres beyond which fine ground detail is averaged away


def paint_sky(canvas: Canvas, layout: Layout) -> None:
    """Fill the picture with a graded sky and clouds."""
    camera = canvas.camera
    rows = camera.rows()
    height = np.clip(-rows / 0.55, 0, 1)[:, None] ** 0.7
    zenith, skyline = (np.array(colour, np.float32) for colour in layout.sky)
    graded = skyline + height[..., None] * (zenith - skyline)
    flat = 1.0 / np.maximum(-rows, 0.03)[:, None]
    clouds = textures.sample(Pattern.PLASTER, camera.columns()[None] * flat, flat + 0 * height, 0.0)
    cover = np.clip((clouds - 1.0) * 6 + layout.clouds - 0.5, 0, 1) * np.clip(height * 3, 0, 1)
    white = np.array([240, 240, 242], np.float32)
    canvas.albedo[:] = (graded + cover[..., None] * 0.85 * (white - graded)).astype(np.uint8)


def paint_ground(canvas: Canvas, layout: Layout) -> None:
    """Draw road, sidewalk and terrain on every row below the horizon."""
    camera = canvas.camera
    top = int(np.clip(np.ceil(camera.horizon + 0.5), 0, camera.height))
    if top >= camera.height:
        return
    z = np.minimum(camera.eye / camera.rows(top), 400.0)[:, None]
    x = camera.columns()[None] * z
    label, edge = _zones(layout, x, z)
    part = np.s_[top:]
    canvas.label[part] = label
    canvas.depth[part] = np.broadcast_to(z, x.shape)
    canvas.surface[part] = Surface.UP
    canvas.albedo[part] = _colours(layout, label, edge, x, z, camera.focal)
    canvas.sunlit[part] = _cast_shadows(layout, x, z)


def paint_contacts(canvas: Canvas, layout: Layout) -> None:
    """Darken the ground where things stand on it."""
    camera = canvas.camera
    mask = np.zeros(canvas.label.shape, np.uint8)
    for sprite in layout.sprites:
        if sprite.shadow > 0:
            scale = camera.focal / sprite.z
            u, v = camera.project(np.array(sprite.x), np.array(0.0), np.array(sprite.z))
            axes = (
                max(1.0, 1.1 * sprite.shadow * scale),
                max(0.6, 0.5 * camera.eye * scale / sprite.z),
            )
            if -500 < u < camera.width + 500 and v < camera.height + 200:
                centre = (round(u * 16 - 8), round(v * 16 - 8))
                sizes = (round(axes[0] * 16), round(axes[1] * 16))
                cv2.ellipse(mask, centre, sizes, 0, 0, 360, 255, -1, cv2.LINE_8, 4)
    soft = cv2.GaussianBlur(mask, (0, 0), max(0.5, camera.height / 160)).astype(np.float32) / 255
    soft[canvas.surface != Surface.UP] = 0
    canvas.open_sky *= 1 - 0.6 * soft
    canvas.sunlit *= 1 - 0.8 * soft


def paint_hood(canvas: Canvas, layout: Layout, colour: Colour) -> None:
    """Hide the bottom of the picture behind the own car."""
    if layout.hood <= 0:
        return
    camera = canvas.camera
    across = np.linspace(-1, 1, camera.width)[None]
    crest = camera.height * (1 - layout.hood * (1 - 0.35 * across**4))
    hidden = np.arange(camera.height)[:, None] >= crest
    canvas.albedo[hidden] = colour
    canvas.label[hidden] = EGO_VEHICLE
    canvas.depth[hidden] = NEAR
    canvas.surface[hidden] = Surface.ROUND
    canvas.glow[hidden] = 0
    canvas.sunlit[hidden] = canvas.open_sky[hidden] = 1


def _zones(layout: Layout, x: np.ndarray, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Label of ground points, and metres outwards from the kerb (negative on the road)."""
    right = x > (layout.left + layout.right) / 2
    edge = np.where(right, x - layout.right, layout.left - x)
    label = np.full(x.shape, SIDEWALK, np.uint8)
    for side, verge in ((~right, layout.verges[0]), (right, layout.verges[1])):
        label[side & (edge > 0.2) & (edge < verge.grass)] = TERRAIN
        beyond = side & (edge > verge.grass + verge.walk)
        for near, far in verge.open_spans:
            label[beyond & (z > near) & (z < far)] = TERRAIN
    label[edge < 0] = ROAD
    if layout.cross:
        label[np.broadcast_to((z > layout.cross[0]) & (z < layout.cross[1]), x.shape)] = ROAD
    return label, edge


def _colours(
    layout: Layout, label: np.ndarray, edge: np.ndarray, x: np.ndarray, z: np.ndarray, focal: float
) -> np.ndarray:
    palette = np.zeros((256, 3), np.float32)
    palette[ROAD], palette[SIDEWALK], palette[TERRAIN] = layout.asphalt, layout.paving, layout.grass
    colour = palette[label]
    fine = np.clip(1.3 - z / _FADE, 0, 1)
    colour *= _grain(label, x, z, focal)[..., None]
    joints = (label == SIDEWALK) & (((x % 1.0) < 0.09) | ((z % 1.2) < 0.12))
    colour *= (1 - 0.25 * fine * joints)[..., None]
    kerb = (label == SIDEWALK) & (edge < 0.22)
    colour[kerb] = 0.5 * colour[kerb] + 0.5 * np.array([206, 202, 196], np.float32)
    _markings(layout, colour, label, edge, x, z)
    result: np.ndarray = np.clip(colour, 0, 255).astype(np.uint8)
    return result


def _grain(label: np.ndarray, x: np.ndarray, z: np.ndarray, focal: float) -> np.ndarray:
    """Brightness factors of asphalt, slabs and grass, averaged more the farther they are."""
    factors = np.ones(x.shape, np.float32)
    for near, far in ((0.0, 9.0), (9.0, 22.0), (22.0, 1e6)):
        rows = ((z >= near) & (z < far))[:, 0]
        if not rows.any():
            continue
        # Rays graze the ground: a pixel is much longer along z than it is wide.
        pixel = 3 * float(z[rows].mean()) / focal
        kinds = ((ROAD, Pattern.GRAIN), (SIDEWALK, Pattern.BLOCKS), (TERRAIN, Pattern.LEAVES))
        for kind, pattern in kinds:
            factor = textures.sample(pattern, x[rows], z[rows], pixel)
            factors[rows] = np.where(label[rows] == kind, factor, factors[rows])
    return factors


def _markings(
    layout: Layout,
    colour: np.ndarray,
    label: np.ndarray,
    edge: np.ndarray,
    x: np.ndarray,
    z: np.ndarray,
) -> None:
    """Lane markings, a zebra crossing, tram rails (all of them part of the road)."""
    middle = (layout.left + layout.right) / 2
    paint = (np.abs(x - middle) < 0.09) & ((z % 6.0) < 3.0)
    paint |= (edge > -0.55) & (edge < -0.42)
    if layout.cross:
        off = layout.cross[0] - z
        paint &= off > 3.8
        paint |= (off > 0.8) & (off < 3.2) & ((x % 1.1) < 0.55) & (edge < -0.3)
    paint &= (label == ROAD) & (z < 45)
    colour[paint] = 0.25 * colour[paint] + 0.75 * np.array([232, 230, 220], np.float32)
    if layout.rails is not None:
        rail = (np.abs(np.abs(x - layout.rails) - 0.72) < 0.07) & (label == ROAD) & (z < 45)
        colour[rail] *= 0.45


def _cast_shadows(layout: Layout, x: np.ndarray, z: np.ndarray) -> np.ndarray:
    """1 in the sun, 0 in the shadow of the frontages on the sunny side."""
    sun_x, sun_y, _ = layout.sun
    if abs(sun_x) < 0.05:
        return np.ones(x.shape, np.float32)
    right = sun_x > 0
    verge = layout.verges[int(right)]
    reach = verge.grass + verge.walk
    front = layout.right + reach if right else layout.left - reach
    lit = np.ones(x.shape, np.float32)
    for near, far, high in verge.heights:
        tip = front - np.sign(sun_x) * high * abs(sun_x) / sun_y
        behind = x > tip if right else x < tip
        lit[(z > near) & (z < far) & behind] = 0.0
    return lit
