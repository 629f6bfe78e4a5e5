"""Things that stand at the kerb: poles, lamps, traffic lights, signs, bins."""

from __future__ import annotations

import numpy as np

from .classes import LIGHT, POLE, SIGN, STATIC
from .shapes import Colour, Glow, Pattern, Shape, Surface, box, disc, pick, poly, tint

METAL: list[Colour] = [(120, 124, 126), (92, 96, 100), (150, 152, 150), (72, 84, 78)]
HOUSING: list[Colour] = [(24, 26, 26), (34, 38, 34), (44, 42, 36)]
LENSES: tuple[Colour, ...] = ((226, 30, 26), (246, 176, 20), (30, 210, 120))
BINS: list[Colour] = [(66, 60, 52), (80, 84, 96), (96, 66, 48)]

LAMP_HEIGHT = 6.2
"""Height of street lamps, metres."""


def post(rng: np.random.Generator, height: float, width: float = 0.2) -> list[Shape]:
    """A bare pole."""
    metal = pick(rng, METAL)
    shapes = [
        Shape(box(-width / 2, 0, width / 2, height), metal, POLE, surface=Surface.ROUND),
        Shape(box(-width * 0.8, 0, width * 0.8, 0.5), metal, POLE, surface=Surface.ROUND),
    ]
    return shapes


def street_lamp(rng: np.random.Generator, reach: float) -> list[Shape]:
    """A lamp on a pole; its arm reaches `reach` metres over the road."""
    shapes = post(rng, LAMP_HEIGHT + 0.15)
    colour = shapes[0].colour
    left, right = min(0.0, reach), max(0.0, reach)
    shapes.append(Shape(box(left, LAMP_HEIGHT, right, LAMP_HEIGHT + 0.15), colour, POLE))
    head = box(reach - 0.4, LAMP_HEIGHT - 0.12, reach + 0.4, LAMP_HEIGHT + 0.06)
    shapes.append(Shape(head, (216, 212, 196), POLE, Glow.LAMP))
    return shapes


def traffic_light(rng: np.random.Generator) -> list[Shape]:
    """A signal of three lenses on a pole, one lens lit."""
    bottom = float(rng.uniform(2.1, 2.8))
    lit = int(rng.integers(3))
    shapes = post(rng, bottom + 0.2)
    case = box(-0.32, bottom, 0.32, bottom + 1.5)
    rim = box(-0.38, bottom - 0.06, 0.38, bottom + 1.56)
    shapes.append(Shape(rim, tint(rng, (196, 190, 170), 8), LIGHT))
    shapes.append(Shape(case, pick(rng, HOUSING, 6), LIGHT))
    for index, lens in enumerate(LENSES):
        on = index == lit
        colour = lens if on else (int(0.28 * lens[0]), int(0.28 * lens[1]), int(0.28 * lens[2]))
        glow = Glow.SIGNAL if on else Glow.NONE
        shapes.append(Shape(disc(0, bottom + 1.25 - 0.5 * index, 0.21), colour, LIGHT, glow))
    return shapes


def traffic_sign(rng: np.random.Generator) -> list[Shape]:
    """One or two plates on a pole."""
    middle = float(rng.uniform(2.0, 2.6))
    shapes = post(rng, middle, 0.14) + _plate(rng, middle)
    return shapes + (_plate(rng, middle + 0.95) if rng.random() < 0.4 else [])


def _plate(rng: np.random.Generator, y: float) -> list[Shape]:
    red, blue = tint(rng, (206, 22, 34), 10), tint(rng, (24, 82, 190), 10)
    white, yellow = tint(rng, (240, 240, 236), 5), tint(rng, (250, 206, 30), 8)
    r = float(rng.uniform(0.42, 0.52))
    kind = int(rng.integers(5))
    if kind == 0:
        parts = [(disc(0, y, r), red), (disc(0, y, 0.66 * r), white)]
    elif kind == 1:
        parts = [(disc(0, y, r), blue), (box(-0.07, y - 0.5 * r, 0.07, y + 0.5 * r), white)]
    elif kind == 2:
        parts = [(_triangle(y, 1.1 * r), red), (_triangle(y - 0.02, 0.62 * r), white)]
    elif kind == 3:
        parts = [(_diamond(y, 1.1 * r), white), (_diamond(y, 0.8 * r), yellow)]
    else:
        parts = [
            (box(-r, y - 0.8 * r, r, y + 0.8 * r), blue),
            (box(-0.6 * r, y, 0.6 * r, y + 0.16), white),
        ]
    return [Shape(points, colour, SIGN, Glow.REFLECTOR) for points, colour in parts]


def _triangle(y: float, r: float) -> np.ndarray:
    return poly((-r, y - 0.75 * r), (r, y - 0.75 * r), (0, y + r))


def _diamond(y: float, r: float) -> np.ndarray:
    return poly((0, y - r), (r, y), (0, y + r), (-r, y))


def bin_box(rng: np.random.Generator) -> list[Shape]:
    """A bin or an electricity box; Cityscapes labels it "static" and ignores it."""
    wide, tall = float(rng.uniform(0.3, 0.5)), float(rng.uniform(0.9, 1.3))
    colour = pick(rng, BINS)
    return [
        Shape(box(-wide, 0, wide, tall), colour, STATIC, pattern=Pattern.PLASTER),
        Shape(box(-wide, tall - 0.1, wide, tall), colour, STATIC, surface=Surface.ROOF),
    ]
