"""Flat coloured polygons in metres: what every object of a street is made of."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import IntEnum

import numpy as np

Colour = tuple[int, int, int]


class Surface(IntEnum):
    """Which way a surface looks, which decides the light it gets and whether snow stays on it."""

    SKY = 0
    UP = 1  # ground
    RIGHT = 2  # looks to +x
    LEFT = 3  # looks to -x
    CAMERA = 4  # looks to -z
    ROOF = 5
    FOLIAGE = 6
    ROUND = 7  # poles, people


class Glow(IntEnum):
    """What shines of itself at night (nothing does by day)."""

    NONE = 0
    WINDOW = 1
    TAIL = 2
    HEAD = 3
    SIGNAL = 4
    LAMP = 5
    REFLECTOR = 6


class Pattern(IntEnum):
    """Surface texture, see `textures`."""

    PLAIN = 0
    GRAIN = 1
    BRICKS = 2
    BLOCKS = 3
    LEAVES = 4
    PLASTER = 5


@dataclass(frozen=True)
class Shape:
    """Polygons of one look.

    Attributes:
        points: corners in metres (across, up), shape (polygons, corners, 2).
        colour: sRGB albedo, 0..255.
        label: trainId, or one of the ignored kinds of `classes`.
        glow: own light at night.
        surface: orientation; None takes that of the plane the shape lies in.
        pattern: texture.
    """

    points: np.ndarray
    colour: Colour
    label: int
    glow: Glow = Glow.NONE
    surface: Surface | None = None
    pattern: Pattern = Pattern.PLAIN


@dataclass(frozen=True)
class Sprite:
    """Shapes on an upright plane, standing on the ground.

    Attributes:
        shapes: drawn in this order, later ones on top.
        x: metres to the right of the camera (of the shapes' origin, or of the whole side plane).
        z: metres ahead (of the whole facing plane, or of the shapes' origin).
        side: False: the plane faces the camera, "across" is x. True: it runs along the street,
            "across" is z.
        surface: orientation of the plane.
        shadow: half width of the contact shadow, metres; 0 for none.
    """

    shapes: list[Shape] = field(default_factory=list)
    x: float = 0.0
    z: float = 10.0
    side: bool = False
    surface: Surface = Surface.CAMERA
    shadow: float = 0.0


def box(left: float, bottom: float, right: float, top: float) -> np.ndarray:
    """One upright rectangle, shape (1, 4, 2)."""
    return np.array([[(left, bottom), (right, bottom), (right, top), (left, top)]], np.float32)


def boxes(lefts: np.ndarray, bottoms: np.ndarray, width: float, height: float) -> np.ndarray:
    """Equal rectangles at every (left, bottom) pair, shape (len(lefts) * len(bottoms), 4, 2)."""
    x, y = (grid.ravel() for grid in np.meshgrid(lefts, bottoms))
    corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
    return np.stack([np.stack(corner, axis=-1) for corner in corners], axis=1).astype(np.float32)


def poly(*corners: tuple[float, float]) -> np.ndarray:
    """One polygon, shape (1, corners, 2)."""
    return np.array([corners], np.float32)


_TURN = np.linspace(0, 2 * np.pi, 14, endpoint=False)


def disc(x: float, y: float, radius: float, tall: float | None = None) -> np.ndarray:
    """An ellipse of half axes `radius` and `tall` (default round), as a 14-gon."""
    high = radius if tall is None else tall
    return np.stack([x + radius * np.cos(_TURN), y + high * np.sin(_TURN)], -1)[None].astype(
        np.float32
    )


def bar(start: tuple[float, float], end: tuple[float, float], width: float) -> np.ndarray:
    """A straight bar of the given width between two points."""
    a, b = np.array(start), np.array(end)
    along = (b - a) / max(float(np.hypot(*(b - a))), 1e-6)
    off = np.array([-along[1], along[0]]) * width / 2
    return np.array([[a - off, b - off, b + off, a + off]], np.float32)


def flipped(shapes: list[Shape]) -> list[Shape]:
    """Mirror shapes left to right."""
    mirror = np.array([-1, 1], np.float32)
    return [replace(shape, points=shape.points * mirror) for shape in shapes]


def moved(shapes: list[Shape], by: float) -> list[Shape]:
    """Shift shapes to the right by `by` metres."""
    shift = np.array([by, 0], np.float32)
    return [replace(shape, points=shape.points + shift) for shape in shapes]


def tint(rng: np.random.Generator, colour: Colour, spread: float = 14.0) -> Colour:
    """Vary a colour: one common change of lightness and a smaller one per channel."""
    common, *single = rng.standard_normal(4).tolist()
    r, g, b = (
        int(min(max(value * (1 + common * spread / 130) + own * spread / 2, 6), 250))
        for value, own in zip(colour, single, strict=True)
    )
    return r, g, b


def pick(rng: np.random.Generator, colours: list[Colour], spread: float = 14.0) -> Colour:
    """Draw one of the colours and vary it."""
    return tint(rng, colours[int(rng.integers(len(colours)))], spread)


def darker(colour: Colour, factor: float) -> Colour:
    """Scale a colour."""
    r, g, b = (int(min(255, c * factor)) for c in colour)
    return r, g, b
