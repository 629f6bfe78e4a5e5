"""Bicycles and motorcycles, parked or ridden."""

from __future__ import annotations

import numpy as np

from .classes import BICYCLE, MOTORCYCLE
from .people import rider, rider_ahead
from .shapes import Colour, Glow, Shape, bar, box, darker, disc, flipped, moved, pick, poly

FRAMES: list[Colour] = [(150, 30, 36), (30, 96, 130), (32, 120, 84), (206, 206, 204), (44, 44, 48)]
FAIRINGS: list[Colour] = [(28, 52, 200), (196, 24, 30), (24, 24, 28), (40, 130, 210)]
TYRE: Colour = (26, 25, 26)
SPOKES: Colour = (116, 112, 110)


def bicycle(rng: np.random.Generator) -> list[Shape]:
    """A bicycle from the side, middle at the origin, riding to the right."""
    frame, r, reach = pick(rng, FRAMES), 0.37, 0.56
    back, front, crank, head = (-reach, r), (reach, r), (-0.02, 0.34), (reach - 0.16, 0.92)
    shapes = [_wheel(x, r, BICYCLE, SPOKES) for x in (-reach, reach)]
    tubes = [(back, crank), (crank, head), (crank, (-0.2, 0.9)), ((-0.2, 0.84), head)]
    tubes += [(back, (-0.2, 0.84)), (front, head)]
    flat = [shape for pair in shapes for shape in pair]
    flat += [Shape(bar(a, b, 0.1), frame, BICYCLE) for a, b in tubes]
    flat.append(Shape(bar(head, (reach - 0.06, 1.06), 0.09), darker(frame, 0.6), BICYCLE))
    flat.append(Shape(box(-0.36, 0.9, -0.06, 1.0), TYRE, BICYCLE))
    return flat


def bicycle_ahead(rng: np.random.Generator, back: bool) -> list[Shape]:
    """A bicycle from the front or the back."""
    frame = pick(rng, FRAMES)
    light = Shape(box(-0.07, 0.72, 0.07, 0.84), (190, 30, 30), BICYCLE, Glow.TAIL)
    if not back:
        light = Shape(box(-0.07, 0.84, 0.07, 0.96), (230, 230, 220), BICYCLE, Glow.HEAD)
    return [
        Shape(disc(0, 0.37, 0.09, 0.37), TYRE, BICYCLE),
        Shape(box(-0.09, 0.45, 0.09, 0.95), frame, BICYCLE),
        Shape(box(-0.33, 0.96, 0.33, 1.05), darker(frame, 0.7), BICYCLE),
        light,
    ]


def motorcycle(rng: np.random.Generator) -> list[Shape]:
    """A motorcycle from the side, middle at the origin, riding to the right."""
    body, r, reach = pick(rng, FAIRINGS), 0.34, 0.72
    wheels = [_wheel(x, r, MOTORCYCLE, (70, 70, 74)) for x in (-reach, reach)]
    shapes = [shape for pair in wheels for shape in pair]
    hull = poly((-0.5, 0.36), (0.38, 0.3), (0.62, 0.62), (0.5, 1.0), (0.16, 0.98), (-0.3, 0.72))
    return [
        *shapes,
        Shape(box(-0.36, 0.24, 0.3, 0.5), (88, 88, 92), MOTORCYCLE),
        Shape(bar((0.5, 1.0), (reach, r), 0.13), (150, 150, 154), MOTORCYCLE),
        Shape(hull, body, MOTORCYCLE),
        Shape(poly((-0.86, 0.84), (-0.2, 0.72), (0.1, 0.86), (-0.7, 0.98)), TYRE, MOTORCYCLE),
        Shape(bar((-0.75, 0.3), (0.1, 0.32), 0.11), (176, 176, 180), MOTORCYCLE),
        Shape(poly((0.42, 0.9), (0.66, 0.86), (0.52, 1.2)), darker(body, 1.25), MOTORCYCLE),
        Shape(disc(0.64, 0.86, 0.09), (236, 232, 210), MOTORCYCLE, Glow.HEAD),
        Shape(box(-0.94, 0.82, -0.82, 0.94), (200, 24, 26), MOTORCYCLE, Glow.TAIL),
    ]


def motorcycle_ahead(rng: np.random.Generator, back: bool) -> list[Shape]:
    """A motorcycle from the front or the back."""
    body = pick(rng, FAIRINGS)
    glow, lens = (Glow.TAIL, (200, 24, 26)) if back else (Glow.HEAD, (236, 232, 210))
    return [
        Shape(disc(0, 0.34, 0.13, 0.34), TYRE, MOTORCYCLE),
        Shape(poly((-0.2, 0.35), (0.2, 0.35), (0.34, 0.9), (-0.34, 0.9)), body, MOTORCYCLE),
        Shape(box(-0.46, 0.9, 0.46, 1.0), (60, 60, 64), MOTORCYCLE),
        Shape(disc(0, 0.76, 0.14), lens, MOTORCYCLE, glow),
    ]


def ridden(rng: np.random.Generator, motor: bool) -> list[Shape]:
    """A two-wheeler with its rider, from any side."""
    seat = 0.92 if motor else 1.0
    helmet = motor or bool(rng.random() < 0.7)
    if rng.random() < 0.4:
        back = bool(rng.random() < 0.5)
        vehicle = motorcycle_ahead(rng, back) if motor else bicycle_ahead(rng, back)
        return vehicle + rider_ahead(rng, seat, helmet, back)
    lean = float(rng.uniform(0.08, 0.3))
    body = moved(rider(rng, seat, helmet, lean), -0.2)
    shapes = (motorcycle(rng) if motor else bicycle(rng)) + body
    return shapes if rng.random() < 0.5 else flipped(shapes)


def _wheel(x: float, radius: float, label: int, spokes: Colour) -> list[Shape]:
    return [
        Shape(disc(x, radius, radius), TYRE, label),
        Shape(disc(x, radius, 0.68 * radius), spokes, label),
        Shape(disc(x, radius, 0.16 * radius), TYRE, label),
    ]
