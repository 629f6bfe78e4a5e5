"""People on foot, and the upper bodies of people who ride."""

from __future__ import annotations

import numpy as np

from .classes import PERSON, RIDER
from .shapes import Colour, Pattern, Shape, bar, box, darker, disc, pick, poly

SKIN: list[Colour] = [(224, 180, 150), (198, 144, 110), (141, 96, 70), (92, 62, 46)]
HAIR: list[Colour] = [(36, 28, 24), (86, 58, 36), (150, 116, 70), (120, 118, 116)]
TOPS: list[Colour] = [
    (186, 52, 60), (210, 96, 120), (226, 206, 196), (64, 46, 74), (170, 84, 40), (52, 52, 60),
]  # fmt: skip
BOTTOMS: list[Colour] = [(40, 48, 78), (34, 34, 38), (98, 86, 70), (70, 84, 112)]
HELMETS: list[Colour] = [(240, 236, 228), (236, 60, 40), (250, 190, 40), (30, 30, 34)]
RIDER_TOPS: list[Colour] = [(238, 214, 40), (250, 130, 30), (150, 220, 60), (236, 90, 50)]


def walker(rng: np.random.Generator) -> list[Shape]:
    """A standing or walking person, feet at the origin, 1.45 to 1.95 m tall."""
    tall = float(rng.uniform(1.45, 1.95))
    legs, top = pick(rng, BOTTOMS), pick(rng, TOPS)
    stride = float(rng.uniform(0.02, 0.3))
    hip, neck = 0.50 * tall, 0.83 * tall
    wide = float(rng.uniform(0.21, 0.29))
    swing = float(rng.uniform(-0.15, 0.2))
    shapes = [
        Shape(bar((0.06, hip), (stride, 0), 0.19), legs, PERSON),
        Shape(bar((-0.06, hip), (-stride, 0), 0.19), darker(legs, 0.8), PERSON),
        Shape(bar((-wide, neck), (-wide - 0.08 - swing, hip), 0.13), darker(top, 0.8), PERSON),
        Shape(bar((wide, neck), (wide + 0.08 + swing, hip), 0.13), darker(top, 0.85), PERSON),
        Shape(_torso(wide, hip - 0.08, neck), top, PERSON, pattern=Pattern.GRAIN),
    ]
    if rng.random() < 0.3:  # a long coat or a skirt
        hem = poly((-wide, hip), (wide, hip), (wide + 0.06, 0.28 * tall), (-wide, 0.28 * tall))
        shapes.append(Shape(hem, darker(top, 0.9), PERSON))
    return shapes + _head(rng, 0.0, 0.91 * tall, 0.13, PERSON, pick(rng, HAIR))


def rider(rng: np.random.Generator, seat: float, helmet: bool, lean: float) -> list[Shape]:
    """The body of someone who rides, seated at the given height (metres), leaning by `lean`."""
    top, legs = pick(rng, RIDER_TOPS), pick(rng, BOTTOMS)
    hip, neck = (0.0, seat), (lean, seat + 0.56)
    crown = pick(rng, HELMETS) if helmet else pick(rng, HAIR)
    shapes = [
        Shape(bar(hip, (0.24, seat - 0.42), 0.2), legs, RIDER),
        Shape(bar((0.24, seat - 0.38), (0.12, seat - 0.75), 0.16), legs, RIDER),
        Shape(bar(neck, (lean + 0.42, seat + 0.2), 0.14), darker(top, 0.8), RIDER),
        Shape(bar(hip, neck, 0.44), top, RIDER, pattern=Pattern.GRAIN),
    ]
    return shapes + _head(rng, lean + 0.06, seat + 0.76, 0.16, RIDER, crown)


def rider_ahead(rng: np.random.Generator, seat: float, helmet: bool, back: bool) -> list[Shape]:
    """A rider seen from the front or the back."""
    top, legs = pick(rng, RIDER_TOPS), pick(rng, BOTTOMS)
    crown = pick(rng, HELMETS) if helmet else pick(rng, HAIR)
    shapes = [
        Shape(bar((-0.2, seat), (-0.26, seat - 0.6), 0.18), legs, RIDER),
        Shape(bar((0.2, seat), (0.26, seat - 0.6), 0.18), legs, RIDER),
        Shape(bar((-0.27, seat + 0.5), (-0.42, seat + 0.16), 0.14), darker(top, 0.8), RIDER),
        Shape(bar((0.27, seat + 0.5), (0.42, seat + 0.16), 0.14), darker(top, 0.8), RIDER),
        Shape(_torso(0.28, seat - 0.1, seat + 0.6), top, RIDER, pattern=Pattern.GRAIN),
    ]
    return shapes + _head(rng, 0.0, seat + 0.76, 0.16, RIDER, crown, face=not back)


def _torso(wide: float, bottom: float, top: float) -> np.ndarray:
    return poly((-0.8 * wide, bottom), (0.8 * wide, bottom), (wide, top), (-wide, top))


def _head(
    rng: np.random.Generator,
    x: float,
    y: float,
    radius: float,
    label: int,
    crown: Colour,
    face: bool = True,
) -> list[Shape]:
    shapes = [Shape(box(x - 0.06, y - 0.2, x + 0.06, y), pick(rng, SKIN, 6), label)]
    shapes.append(Shape(disc(x, y + 0.04, radius * 1.05, radius * 1.15), crown, label))
    if face:
        skin = pick(rng, SKIN, 6)
        shapes.append(Shape(disc(x, y - 0.03, 0.8 * radius, 0.85 * radius), skin, label))
    return shapes
