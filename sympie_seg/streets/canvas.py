"""The picture being drawn: a depth-tested set of per-pixel properties, not yet lit."""

from __future__ import annotations

import cv2
import numpy as np

from . import textures
from .camera import FAR, NEAR, Camera
from .classes import EMPTY, SKY
from .shapes import Pattern, Sprite, Surface

_SHIFT = 4  # fractional bits of polygon corners
_TIE = 0.02  # metres by which a later sprite may be behind and still win


class Canvas:
    """Per-pixel properties of the nearest surface.

    Attributes:
        camera: how metres become pixels.
        albedo: sRGB albedo, uint8, (H, W, 3).
        label: trainIds and the ignored kinds of `classes`, uint8, (H, W).
        depth: metres along the optical axis, float32, (H, W).
        surface: `Surface` codes, uint8, (H, W).
        glow: `Glow` codes, uint8, (H, W).
        open_sky: how much of the sky the point sees (contact shadows), float32 in [0, 1], (H, W).
        sunlit: how much of the sun it sees (cast shadows), float32 in [0, 1], (H, W).
    """

    def __init__(self, camera: Camera) -> None:
        shape = (camera.height, camera.width)
        self.camera = camera
        self.albedo = np.zeros((*shape, 3), np.uint8)
        self.label = np.full(shape, SKY, np.uint8)
        self.depth = np.full(shape, FAR, np.float32)
        self.surface = np.full(shape, Surface.SKY, np.uint8)
        self.glow = np.zeros(shape, np.uint8)
        self.open_sky = np.ones(shape, np.float32)
        self.sunlit = np.ones(shape, np.float32)

    def draw(self, sprite: Sprite) -> None:
        """Draw a sprite where it is nearer than what is there."""
        corners = self._project(sprite)
        window = self._window(corners)
        if window is None or self._hidden(sprite, window):
            return
        paint, marks = self._fill(sprite, corners, window)
        depth = self._plane_depth(sprite, window)
        self._texture(sprite, paint, marks, depth, window)
        self._merge(paint, marks, depth, window)

    def _project(self, sprite: Sprite) -> np.ndarray:
        """Pixel positions of the corners of all shapes, one after the other, (corners, 2)."""
        points = np.concatenate([shape.points.reshape(-1, 2) for shape in sprite.shapes])
        across, up = points.T
        if sprite.side:
            z = np.maximum(sprite.z + across, NEAR)
            return self.camera.project(np.array(sprite.x, np.float32), up, z)
        return self.camera.project(sprite.x + across, up, np.full_like(across, sprite.z))

    def _hidden(self, sprite: Sprite, window: tuple[int, int, int, int]) -> bool:
        """Whether everything in the window is nearer than the sprite's nearest point."""
        left, top, right, bottom = window
        nearest = sprite.z
        if sprite.side:
            nearest += min(float(shape.points[..., 0].min()) for shape in sprite.shapes)
        return float(self.depth[top:bottom, left:right].max()) + _TIE < nearest

    def _window(self, corners: np.ndarray) -> tuple[int, int, int, int] | None:
        """Left, top, right, bottom of the part of the picture the corners can touch."""
        left, top = np.floor(corners.min(0)).astype(int) - 1
        right, bottom = np.ceil(corners.max(0)).astype(int) + 2
        left, top = max(left, 0), max(top, 0)
        right, bottom = min(right, self.camera.width), min(bottom, self.camera.height)
        return (left, top, right, bottom) if left < right and top < bottom else None

    def _fill(
        self, sprite: Sprite, corners: np.ndarray, window: tuple[int, int, int, int]
    ) -> tuple[np.ndarray, np.ndarray]:
        """Rasterise: (r, g, b, label) and (glow, surface, pattern) of the window."""
        left, top, right, bottom = window
        paint = np.full((bottom - top, right - left, 4), EMPTY, np.uint8)
        marks = np.zeros((bottom - top, right - left, 3), np.uint8)
        # Far outside corners would overflow the fixed-point corners of OpenCV.
        fixed = (corners - (left + 0.5, top + 0.5)) * (1 << _SHIFT)
        fixed = np.rint(np.clip(fixed, -(1 << 24), 1 << 24)).astype(np.int32)
        start = 0
        for shape in sprite.shapes:
            stop = start + shape.points.shape[0] * shape.points.shape[1]
            polygons = list(fixed[start:stop].reshape(shape.points.shape))
            start = stop
            surface = sprite.surface if shape.surface is None else shape.surface
            cv2.fillPoly(paint, polygons, (*shape.colour, shape.label), cv2.LINE_8, _SHIFT)
            code = (int(shape.glow), int(surface), int(shape.pattern))
            cv2.fillPoly(marks, polygons, code, cv2.LINE_8, _SHIFT)
        return paint, marks

    def _plane_depth(self, sprite: Sprite, window: tuple[int, int, int, int]) -> np.ndarray:
        """Depth of the sprite's plane per column, shape (1, columns)."""
        left, _, right, _ = window
        if not sprite.side:
            return np.full((1, right - left), sprite.z, np.float32)
        slopes = self.camera.columns(left, right)
        towards = np.where(slopes * sprite.x > 0, slopes, np.inf)
        depth = np.abs(sprite.x / towards)
        return np.where(depth > 0, depth, FAR).astype(np.float32)[None]

    def _texture(
        self,
        sprite: Sprite,
        paint: np.ndarray,
        marks: np.ndarray,
        depth: np.ndarray,
        window: tuple[int, int, int, int],
    ) -> None:
        used = {shape.pattern for shape in sprite.shapes} - {Pattern.PLAIN}
        if not used:
            return
        left, top, right, bottom = window
        across = depth if sprite.side else self.camera.columns(left, right)[None] * depth
        up = self.camera.eye - self.camera.rows(top, bottom)[:, None] * depth
        pixel = float(np.clip(np.median(depth), NEAR, 300.0)) / self.camera.focal
        for pattern in sorted(used):
            factors = textures.sample(pattern, across + sprite.x + sprite.z, up, pixel)
            chosen = (marks[..., 2] == pattern)[..., None]
            coloured = np.minimum(paint[..., :3] * factors[..., None], 255)
            np.copyto(paint[..., :3], coloured, where=chosen, casting="unsafe")

    def _merge(
        self,
        paint: np.ndarray,
        marks: np.ndarray,
        depth: np.ndarray,
        window: tuple[int, int, int, int],
    ) -> None:
        left, top, right, bottom = window
        part = np.s_[top:bottom, left:right]
        nearer = (paint[..., 3] != EMPTY) & (depth <= self.depth[part] + _TIE)
        np.copyto(self.albedo[part], paint[..., :3], where=nearer[..., None])
        np.copyto(self.label[part], paint[..., 3], where=nearer)
        np.copyto(self.depth[part], depth, where=nearer)
        np.copyto(self.glow[part], marks[..., 0], where=nearer)
        np.copyto(self.surface[part], marks[..., 1], where=nearer)
        np.copyto(self.open_sky[part], 1.0, where=nearer)
        np.copyto(self.sunlit[part], 1.0, where=nearer)
