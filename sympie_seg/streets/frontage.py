"""What lines a street: buildings, walls, fences, hedges and trees."""

from __future__ import annotations

import numpy as np

from .classes import BUILDING, FENCE, VEGETATION, WALL
from .shapes import (
    Colour,
    Glow,
    Pattern,
    Shape,
    Sprite,
    Surface,
    box,
    boxes,
    darker,
    disc,
    moved,
    pick,
    poly,
    tint,
)

FACADES: list[Colour] = [
    (190, 172, 142), (158, 92, 70), (206, 196, 176), (176, 148, 112),
    (198, 160, 120), (140, 124, 116),
]  # fmt: skip
ROOFS: list[Colour] = [(124, 62, 46), (84, 76, 74), (142, 84, 62)]
PANES: list[Colour] = [(52, 62, 76), (70, 84, 100), (38, 42, 52)]
SHOPS: list[Colour] = [(120, 40, 44), (44, 70, 60), (60, 60, 72), (176, 140, 70)]
MASONRY: list[Colour] = [(150, 148, 158), (128, 128, 142), (168, 164, 168)]
PLANKS: list[Colour] = [(142, 92, 52), (118, 72, 40), (164, 118, 74)]
PALINGS: list[Colour] = [(226, 222, 212), (150, 98, 60), (122, 80, 50)]
LEAVES: list[Colour] = [(56, 96, 36), (44, 82, 40), (78, 112, 42), (96, 116, 40), (38, 70, 36)]
BARK: Colour = (72, 56, 44)


def building(
    rng: np.random.Generator, x: float, near: float, far: float, high: float, deep: float = 12.0
) -> list[Sprite]:
    """A block with its front at `x` from `near` to `far`, and its gable towards the camera."""
    paint, pane, roof = pick(rng, FACADES), pick(rng, PANES), pick(rng, ROOFS)
    pattern = Pattern.BRICKS if rng.random() < 0.4 else Pattern.PLASTER
    style = _Style(rng, paint, pane, roof, pattern)
    front = style.face(rng, far - near, high, shop=bool(rng.random() < 0.4))
    gable = style.face(rng, deep, high, shop=False)
    surface = Surface.LEFT if x > 0 else Surface.RIGHT
    left = x if x > 0 else x - deep
    return [
        Sprite(front, x, near, side=True, surface=surface),
        Sprite(moved(gable, left), 0.0, near),
    ]


class _Style:
    """The look shared by the faces of one building."""

    def __init__(
        self,
        rng: np.random.Generator,
        paint: Colour,
        pane: Colour,
        roof: Colour,
        pattern: Pattern,
    ) -> None:
        self.paint, self.pane, self.roof, self.pattern = paint, pane, roof, pattern
        self.pitch, self.storey = float(rng.uniform(1.9, 2.9)), float(rng.uniform(2.8, 3.5))
        self.size = (float(rng.uniform(0.9, 1.4)), float(rng.uniform(1.3, 1.8)))
        self.slope = float(rng.uniform(0.5, 2.2))
        self.shop = pick(rng, SHOPS)

    def face(self, rng: np.random.Generator, long: float, high: float, shop: bool) -> list[Shape]:
        """One face from 0 to `long`."""
        shapes = [Shape(box(0, 0, long, high), self.paint, BUILDING, pattern=self.pattern)]
        shapes += self._windows(rng, long, high)
        if shop:
            shapes.append(Shape(box(0, 0, long, 2.9), self.shop, BUILDING))
            glass = boxes(np.arange(0.4, long - 1.5, 2.6), np.array([0.5]), 2.1, 1.7)
            shapes.append(Shape(glass, self.pane, BUILDING, Glow.WINDOW))
        edge = poly(
            (0, high), (long, high), (long - 0.4, high + self.slope), (0.4, high + self.slope)
        )
        shapes.append(Shape(edge, self.roof, BUILDING, surface=Surface.ROOF, pattern=Pattern.GRAIN))
        shapes.append(Shape(box(0, high - 0.2, long, high), darker(self.paint, 0.7), BUILDING))
        return shapes

    def _windows(self, rng: np.random.Generator, long: float, high: float) -> list[Shape]:
        wide, tall = self.size
        lefts = np.arange(0.7, long - wide - 0.2, self.pitch)
        bottoms = np.arange(0.9, high - tall - 0.3, self.storey)
        if not len(lefts) or not len(bottoms):
            return []
        frames = boxes(lefts - 0.14, bottoms - 0.14, wide + 0.28, tall + 0.28)
        panes = boxes(lefts, bottoms, wide, tall)
        lit = rng.random(len(panes)) < 0.3
        shapes = [Shape(frames, darker(self.paint, 1.25), BUILDING)]
        if (~lit).any():
            shapes.append(Shape(panes[~lit], self.pane, BUILDING))
        if lit.any():
            shapes.append(Shape(panes[lit], darker(self.pane, 1.15), BUILDING, Glow.WINDOW))
        return shapes


def wall(rng: np.random.Generator, x: float, near: float, far: float) -> list[Sprite]:
    """A free-standing wall of grey blocks along the street."""
    high, stone = float(rng.uniform(1.9, 2.9)), pick(rng, MASONRY, 10)
    shapes = [
        Shape(box(0, 0, far - near, high), stone, WALL, pattern=Pattern.BLOCKS),
        Shape(
            box(0, high - 0.16, far - near, high), darker(stone, 1.2), WALL, surface=Surface.ROOF
        ),
    ]
    return _both_ways(shapes, _end(stone, high, WALL), x, near)


def fence(rng: np.random.Generator, x: float, near: float, far: float) -> list[Sprite]:
    """A fence of upright planks or palings between rails along the street."""
    high, long = float(rng.uniform(1.2, 1.9)), far - near
    close = bool(rng.random() < 0.6)
    wood = pick(rng, PLANKS if close else PALINGS)
    pitch = float(rng.uniform(0.3, 0.42))
    gap = tint(rng, (58, 46, 34), 8)
    slats = boxes(np.arange(0, long - pitch, pitch), np.array([0.05]), pitch * 0.62, high - 0.05)
    rails = boxes(np.array([0.0]), np.array([0.3 * high, 0.75 * high]), long, 0.12)
    shapes = [
        Shape(box(0, 0.1, long, high - 0.12), darker(wood, 0.55) if close else gap, FENCE),
        Shape(rails, darker(wood, 0.8), FENCE),
        Shape(slats, wood, FENCE, pattern=Pattern.GRAIN),
    ]
    return _both_ways(shapes, _end(wood, high, FENCE), x, near)


def hedge(rng: np.random.Generator, x: float, near: float, far: float) -> list[Sprite]:
    """A clipped hedge along the street."""
    high, green = float(rng.uniform(1.1, 2.4)), pick(rng, LEAVES)
    body = box(0, 0, far - near, high)
    shapes = [
        Shape(body, green, VEGETATION, surface=Surface.FOLIAGE, pattern=Pattern.LEAVES),
    ]
    end = [Shape(box(0, 0, 1.2, high), green, VEGETATION, pattern=Pattern.LEAVES)]
    return _both_ways(shapes, end, x, near)


def tree(rng: np.random.Generator, x: float, z: float) -> Sprite:
    """A broad-leaved tree or a conifer."""
    green = pick(rng, LEAVES)
    trunk = float(rng.uniform(1.4, 2.6))
    shapes = [Shape(box(-0.16, 0, 0.16, trunk + 1), tint(rng, BARK, 8), VEGETATION)]
    shapes += _conifer(rng, green) if rng.random() < 0.25 else _crown(rng, green, trunk)
    return Sprite(shapes, x, z, surface=Surface.FOLIAGE, shadow=0.9)


def bush(rng: np.random.Generator, x: float, z: float) -> Sprite:
    """A low bush."""
    shapes = [_clump(rng, pick(rng, LEAVES), dx, 0.5, 0.6) for dx in rng.uniform(-0.7, 0.7, 4)]
    return Sprite(shapes, x, z, surface=Surface.FOLIAGE, shadow=0.8)


def _crown(rng: np.random.Generator, green: Colour, trunk: float) -> list[Shape]:
    wide, high = float(rng.uniform(1.3, 2.3)), float(rng.uniform(1.2, 2.2))
    angles = rng.uniform(0, 2 * np.pi, 9)
    radii = np.sqrt(rng.uniform(0.1, 1, 9))
    middle = trunk + high
    return [_clump(rng, green, 0.0, middle, 0.8 * wide)] + [
        _clump(rng, green, r * wide * np.cos(a), middle + r * high * np.sin(a), 0.48 * wide)
        for a, r in zip(angles, radii, strict=True)
    ]


def _conifer(rng: np.random.Generator, green: Colour) -> list[Shape]:
    dark, high = darker(green, 0.75), float(rng.uniform(4.5, 7.0))
    return [
        Shape(
            poly((-1.5 * (1 - t), 0.6 + t * high), (1.5 * (1 - t), 0.6 + t * high),
                 (0, 0.6 + (t + 0.42) * high)),
            tint(rng, dark, 7), VEGETATION, pattern=Pattern.LEAVES,
        )
        for t in (0.0, 0.2, 0.4, 0.6)
    ]  # fmt: skip


def _clump(rng: np.random.Generator, green: Colour, x: float, y: float, radius: float) -> Shape:
    middle = np.array((x, max(y, 0.0)), np.float32)
    ragged = 1 + 0.16 * rng.standard_normal((1, 14, 1), np.float32)
    outline = middle + disc(0.0, 0.0, radius) * ragged
    np.maximum(outline[..., 1], 0, out=outline[..., 1])
    return Shape(outline, tint(rng, green, 12), VEGETATION, pattern=Pattern.LEAVES)


def _end(colour: Colour, high: float, label: int) -> list[Shape]:
    return [Shape(box(0, 0, 0.3, high), darker(colour, 0.9), label)]


def _both_ways(side: list[Shape], end: list[Shape], x: float, near: float) -> list[Sprite]:
    """A strip along the street and the narrow end that looks at the camera."""
    surface = Surface.LEFT if x > 0 else Surface.RIGHT
    thick = float(end[0].points[0, 1, 0])
    left = x if x > 0 else x - thick
    return [
        Sprite(side, x, near, side=True, surface=surface),
        Sprite(moved(end, left), 0.0, near),
    ]
