"""Cars, trucks, buses and trains: two visible faces each, an end and a flank."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .classes import BUS, CAR, TRAIN, TRUCK
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
    flipped,
    moved,
    pick,
    poly,
)

CAR_PAINT: list[Colour] = [
    (28, 28, 32), (232, 232, 230), (160, 164, 168), (32, 58, 128), (158, 24, 28), (70, 74, 80),
]  # fmt: skip
CARGO: list[Colour] = [(226, 222, 210), (178, 186, 190), (52, 96, 60), (150, 120, 84)]
CABS: list[Colour] = [(190, 40, 36), (40, 70, 150), (230, 228, 220), (40, 120, 70)]
BUS_PAINT: list[Colour] = [(238, 184, 24), (240, 140, 24), (228, 208, 60)]
TRAIN_PAINT: list[Colour] = [(184, 28, 44), (32, 124, 140), (24, 96, 92), (150, 30, 70)]
TRIM: list[Colour] = [(236, 232, 220), (214, 214, 210)]
GLASS: Colour = (44, 56, 68)
TYRE: Colour = (22, 22, 23)
RIM: Colour = (140, 142, 146)
WHITE_LAMP: Colour = (240, 236, 214)
RED_LAMP: Colour = (186, 22, 24)


@dataclass(frozen=True)
class Vehicle:
    """Faces of a vehicle and its size in metres.

    Attributes:
        end: the face that looks at the camera, middle of its foot at the origin.
        flank: the side, from 0 to `length` along the street, near end first.
        width: metres.
        length: metres.
    """

    end: list[Shape]
    flank: list[Shape]
    width: float
    length: float


def along(vehicle: Vehicle, x: float, z: float) -> list[Sprite]:
    """Place a vehicle that stands along the street with its near end at (x, z)."""
    half = vehicle.width / 2
    sprites = [Sprite(vehicle.end, x, z, shadow=half)]
    if abs(x) > half:
        inner, surface = (x - half, Surface.LEFT) if x > 0 else (x + half, Surface.RIGHT)
        sprites.insert(0, Sprite(vehicle.flank, inner, z, side=True, surface=surface))
    return sprites


def across(vehicle: Vehicle, x: float, z: float, to_right: bool) -> list[Sprite]:
    """Place a vehicle that crosses the street, its middle at (x, z)."""
    shapes = moved(vehicle.flank, -vehicle.length / 2)
    return [Sprite(flipped(shapes) if to_right else shapes, x, z, shadow=vehicle.length / 2)]


def car(rng: np.random.Generator, back: bool) -> Vehicle:
    """A passenger car."""
    paint = pick(rng, CAR_PAINT)
    w, tall, long = rng.uniform(1.75, 1.95), rng.uniform(1.42, 1.72), rng.uniform(3.9, 4.8)
    belt = 0.6 * tall
    half, roof = w / 2, w / 2 - 0.24
    lamp = _lamps(back, half - 0.34, half - 0.05, 0.66, 0.86, CAR)
    end = [
        Shape(boxes(np.array([-half + 0.06, half - 0.32]), np.array([0.0]), 0.26, 0.4), TYRE, CAR),
        Shape(poly((-half, belt), (half, belt), (roof, tall), (-roof, tall)), paint, CAR),
        Shape(box(-roof, tall - 0.07, roof, tall), darker(paint, 1.1), CAR, surface=Surface.ROOF),
        Shape(
            poly(
                (-half + 0.14, belt + 0.04), (half - 0.14, belt + 0.04),
                (roof - 0.06, tall - 0.12), (0.06 - roof, tall - 0.12),
            ),
            GLASS, CAR,
        ),
        Shape(box(-half, 0.24, half, belt + 0.02), paint, CAR),
        Shape(box(-half + 0.02, 0.2, half - 0.02, 0.42), darker(paint, 0.5), CAR),
        Shape(box(-0.27, 0.46, 0.27, 0.6), (222, 222, 214), CAR, Glow.REFLECTOR),
        *lamp,
    ]  # fmt: skip
    return Vehicle(end, _car_flank(paint, back, tall, long, belt), float(w), float(long))


def _car_flank(paint: Colour, back: bool, tall: float, long: float, belt: float) -> list[Shape]:
    """Side of a car: the cabin nearer to the rear end."""
    a, b = (0.06, 0.78) if back else (0.22, 0.94)
    cabin = [(a * long, belt), (b * long, belt), ((b - 0.2) * long, tall), ((a + 0.1) * long, tall)]
    pane = [
        ((a + 0.06) * long, belt + 0.02), ((b - 0.06) * long, belt + 0.02),
        ((b - 0.2) * long, tall - 0.1), ((a + 0.12) * long, tall - 0.1),
    ]  # fmt: skip
    post = (a + b) / 2 * long
    return [
        Shape(poly(*cabin), paint, CAR),
        Shape(poly(*pane), GLASS, CAR),
        Shape(box(post - 0.06, belt, post + 0.06, tall - 0.05), paint, CAR),
        Shape(box(0, 0.26, long, belt + 0.02), paint, CAR),
        Shape(box(0, 0.22, long, 0.36), darker(paint, 0.5), CAR),
        *_wheels((0.2 * long, 0.8 * long), 0.34, CAR),
    ]


def truck(rng: np.random.Generator, back: bool) -> Vehicle:
    """A lorry: a coloured cab and a plain cargo box without windows."""
    cargo, cab = pick(rng, CARGO), pick(rng, CABS)
    w, tall, long = rng.uniform(2.3, 2.5), rng.uniform(3.0, 3.6), rng.uniform(6.5, 9.0)
    half = w / 2
    load = Shape(box(-half, 0.85, half, tall), cargo, TRUCK, pattern=Pattern.PLASTER)
    wheels = Shape(
        boxes(np.array([-half + 0.1, half - 0.5]), np.array([0.0]), 0.4, 0.8), TYRE, TRUCK
    )
    if back:
        end = [
            wheels,
            Shape(box(-half, 0.5, half, 0.9), (52, 52, 54), TRUCK),
            load,
            Shape(box(-0.04, 0.9, 0.04, tall - 0.1), darker(cargo, 0.55), TRUCK),
            Shape(boxes(np.array([-half, half - 0.1]), np.array([0.85]), 0.1, tall - 0.85),
                  darker(cargo, 0.7), TRUCK),
            Shape(box(-half, 0.62, half, 0.76), (216, 60, 40), TRUCK, Glow.REFLECTOR),
            *_lamps(True, half - 0.45, half - 0.1, 0.52, 0.74, TRUCK),
        ]  # fmt: skip
    else:
        end = [
            wheels,
            load,
            Shape(box(-half + 0.06, 0.4, half - 0.06, 0.82 * tall), cab, TRUCK),
            Shape(box(-half + 0.2, 0.52 * tall, half - 0.2, 0.77 * tall), GLASS, TRUCK),
            Shape(box(-half + 0.3, 0.75, half - 0.3, 0.45 * tall), darker(cab, 0.45), TRUCK),
            *_lamps(False, half - 0.5, half - 0.14, 0.58, 0.82, TRUCK),
        ]
    cap = Shape(box(-half, tall - 0.12, half, tall), cargo, TRUCK, surface=Surface.ROOF)
    flank = _truck_flank(cargo, cab, tall, long)
    return Vehicle([*end, cap], flank if not back else _turned(flank, long), float(w), float(long))


def _truck_flank(cargo: Colour, cab: Colour, tall: float, long: float) -> list[Shape]:
    ribs = np.linspace(2.6, long - 0.2, 6)
    return [
        Shape(box(2.1, 0.5, long, 0.9), (50, 50, 52), TRUCK),
        Shape(box(2.2, 0.85, long, tall), cargo, TRUCK, pattern=Pattern.PLASTER),
        Shape(boxes(ribs, np.array([0.9]), 0.07, tall - 1.0), darker(cargo, 0.7), TRUCK),
        Shape(box(2.2, tall - 0.12, long, tall), cargo, TRUCK, surface=Surface.ROOF),
        Shape(poly((0, 0.4), (2.1, 0.4), (2.1, 0.84 * tall), (0.5, 0.84 * tall)), cab, TRUCK),
        Shape(box(0.5, 0.52 * tall, 1.5, 0.77 * tall), GLASS, TRUCK),
        *_wheels((1.0, long - 2.3, long - 1.2), 0.48, TRUCK),
    ]


def bus(rng: np.random.Generator, back: bool) -> Vehicle:
    """A city bus: one warm colour, large separate windows, a dark skirt."""
    paint = pick(rng, BUS_PAINT)
    w, tall, long = 2.5, float(rng.uniform(2.85, 3.2)), float(rng.uniform(8.0, 11.0))
    half = w / 2
    end = [
        Shape(boxes(np.array([-half + 0.1, half - 0.42]), np.array([0.0]), 0.32, 0.5), TYRE, BUS),
        Shape(box(-half, 0.3, half, tall), paint, BUS),
        Shape(box(-half + 0.14, 1.25, half - 0.14, 0.8 * tall), GLASS, BUS),
        Shape(box(-half + 0.3, 0.84 * tall, half - 0.3, 0.95 * tall), (20, 20, 22), BUS),
        Shape(box(-0.7, 0.86 * tall, 0.6, 0.93 * tall), (250, 150, 30), BUS, Glow.SIGNAL),
        Shape(box(-half, 0.28, half, 0.5), (40, 40, 44), BUS),
        Shape(box(-half, tall - 0.08, half, tall), paint, BUS, surface=Surface.ROOF),
        *_lamps(back, half - 0.5, half - 0.12, 0.62, 0.9, BUS),
    ]
    panes = np.arange(0.5, long - 1.2, 1.45)
    flank = [
        Shape(box(0, 0.3, long, tall), paint, BUS),
        Shape(boxes(panes, np.array([1.3]), 1.2, 0.78 * tall - 1.3), GLASS, BUS, Glow.WINDOW),
        Shape(box(long * 0.45, 0.4, long * 0.45 + 1.1, 0.78 * tall), (66, 70, 76), BUS),
        Shape(box(0, 0.28, long, 0.5), (40, 40, 44), BUS),
        Shape(box(0, tall - 0.08, long, tall), paint, BUS, surface=Surface.ROOF),
        *_wheels((2.0, long - 2.4), 0.46, BUS),
    ]
    return Vehicle(end, flank, w, long)


def train(rng: np.random.Generator, back: bool) -> Vehicle:
    """A tram: two colours in bands, a continuous row of windows, no wheels to be seen."""
    paint, trim = pick(rng, TRAIN_PAINT), pick(rng, TRIM, 8)
    w, tall, long = 2.5, float(rng.uniform(3.3, 3.7)), float(rng.uniform(15.0, 24.0))
    half = w / 2
    hull = poly(
        (-half, 0.25), (half, 0.25), (half, 2.4), (half - 0.35, tall - 0.2),
        (0.35 - half, tall - 0.2), (-half, 2.4),
    )  # fmt: skip
    front = poly((0.2 - half, 1.5), (half - 0.2, 1.5), (half - 0.35, 2.65), (0.35 - half, 2.65))
    end = [
        Shape(hull, trim, TRAIN),
        Shape(box(-half, 0.25, half, 1.15), paint, TRAIN),
        Shape(front, (30, 38, 46), TRAIN),
        Shape(box(-0.6, 2.75, 0.6, 3.02), (250, 170, 40), TRAIN, Glow.SIGNAL),
        Shape(box(-0.7, tall - 0.2, 0.7, tall), (90, 92, 96), TRAIN, surface=Surface.ROOF),
        *_lamps(back, half - 0.55, half - 0.2, 0.95, 1.2, TRAIN),
    ]
    panes = np.arange(0.4, long - 1.8, 1.75)
    doors = np.arange(3.0, long - 2.0, 5.0)
    flank = [
        Shape(box(0, 0.25, long, tall - 0.2), trim, TRAIN),
        Shape(box(0, 0.25, long, 1.15), paint, TRAIN),
        Shape(box(0, 2.62, long, 2.9), paint, TRAIN),
        Shape(box(0.3, 1.5, long - 0.3, 2.55), darker(paint, 0.45), TRAIN),
        Shape(boxes(panes, np.array([1.55]), 1.6, 0.95), GLASS, TRAIN, Glow.WINDOW),
        Shape(boxes(doors, np.array([0.35]), 1.0, 2.2), darker(paint, 0.6), TRAIN),
        Shape(box(0.6, tall - 0.2, long - 0.6, tall), (90, 92, 96), TRAIN, surface=Surface.ROOF),
        Shape(box(0, 0.0, long, 0.28), (36, 34, 34), TRAIN),
    ]
    return Vehicle(end, flank, w, long)


BUILDERS: dict[int, Callable[[np.random.Generator, bool], Vehicle]] = {
    CAR: car, TRUCK: truck, BUS: bus, TRAIN: train,
}  # fmt: skip


def _turned(flank: list[Shape], long: float) -> list[Shape]:
    """Swap the near and the far end of a flank."""
    return moved(flipped(flank), long)


def _lamps(
    back: bool, inner: float, outer: float, bottom: float, top: float, label: int
) -> list[Shape]:
    colour, glow = (RED_LAMP, Glow.TAIL) if back else (WHITE_LAMP, Glow.HEAD)
    pair = boxes(np.array([-outer, inner]), np.array([bottom]), outer - inner, top - bottom)
    return [Shape(pair, colour, label, glow)]


def _wheels(positions: tuple[float, ...], radius: float, label: int) -> list[Shape]:
    tyres = np.concatenate([disc(x, radius, radius) for x in positions])
    rims = np.concatenate([disc(x, radius, 0.55 * radius) for x in positions])
    return [Shape(tyres, TYRE, label), Shape(rims, RIM, label)]
