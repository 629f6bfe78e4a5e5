"""The pinhole camera: metres to pixels and back.

World axes: x to the right, y up from the ground, z forward; the camera stands above the origin.
Pixel (column i, row j) has its centre at (i + 0.5, j + 0.5).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

FOCAL = 0.92
"""Focal length over the geometric mean of width and height (75 degrees wide at 2:1)."""

NEAR = 1.0
"""Nothing closer than this (metres) is drawn."""

FAR = 1000.0
"""Depth given to the sky, metres."""


@dataclass(frozen=True)
class Camera:
    """A level pinhole camera.

    Attributes:
        width: columns of the image.
        height: rows of the image.
        focal: focal length in pixels.
        centre: column of the vanishing point, pixels.
        horizon: row of the horizon, pixels.
        eye: height of the camera above the ground, metres.
    """

    width: int
    height: int
    focal: float
    centre: float
    horizon: float
    eye: float

    def project(self, x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        """Project points in metres; returns pixel positions, shape (..., 2)."""
        scale = self.focal / np.maximum(z, NEAR)
        pixels = np.empty((*np.shape(scale), 2))
        pixels[..., 0] = self.centre + x * scale
        pixels[..., 1] = self.horizon + (self.eye - y) * scale
        return pixels

    def columns(self, left: int = 0, right: int | None = None) -> np.ndarray:
        """Horizontal ray slope x/z of the columns left..right-1."""
        stop = self.width if right is None else right
        slopes = (np.arange(left, stop) + 0.5 - self.centre) / self.focal
        return slopes.astype(np.float32)

    def rows(self, top: int = 0, bottom: int | None = None) -> np.ndarray:
        """Downward ray slope -y/z of the rows top..bottom-1."""
        stop = self.height if bottom is None else bottom
        slopes = (np.arange(top, stop) + 0.5 - self.horizon) / self.focal
        return slopes.astype(np.float32)

    def world(self, depth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """World x and y (metres) of every pixel at the given depth, each of shape (H, W)."""
        return self.columns()[None] * depth, self.eye - self.rows()[:, None] * depth


def make_camera(size: tuple[int, int], pan: float, horizon: float, eye: float) -> Camera:
    """Build the camera of an image size.

    Args:
        size: (width, height) in pixels.
        pan: shift of the vanishing point from the middle, as a part of the width.
        horizon: row of the horizon, as a part of the height.
        eye: height above the ground, metres.

    Returns:
        The camera; its angles of view follow the size's shape, not its number of pixels.

    Raises:
        ValueError: if a side is shorter than 16 pixels.
    """
    width, height = size
    if min(width, height) < 16:
        raise ValueError(f"expected a size of at least 16x16 pixels, got {width}x{height}")
    focal = FOCAL * float(np.sqrt(width * height))
    return Camera(width, height, focal, width * (0.5 + pan), height * horizon, eye)
