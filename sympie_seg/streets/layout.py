"""Random street layouts, in metres: nothing here knows about pixels or weather."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from . import frontage, furniture, people, two_wheelers, vehicles
from .classes import BUILDING, BUS, CAR, FENCE, TRAIN, TRUCK, VEGETATION, WALL
from .keys import SceneKey, stream
from .shapes import Colour, Pattern, Shape, Sprite, Surface, box, disc, pick

# Chances that a scene holds a thing at all. High: every class must be common in small sets.
CHANCE = {
    "cross street": 0.6, "traffic light": 0.9, "traffic sign": 0.92, "train": 0.68, "bus": 0.68,
    "truck": 0.68, "rider on bicycle": 0.75, "rider on motorcycle": 0.7, "parked bicycle": 0.55,
    "parked motorcycle": 0.6, "verge": 0.7, "hood": 0.7, "bin": 0.5,
}  # fmt: skip

ASPHALT: list[Colour] = [(92, 90, 94), (112, 108, 108), (80, 82, 88), (104, 100, 94)]
PAVING: list[Colour] = [(176, 160, 158), (160, 148, 150), (190, 172, 160), (170, 140, 132)]
GRASS: list[Colour] = [(132, 150, 62), (150, 158, 84), (112, 142, 58), (158, 148, 92)]
ZENITH: list[Colour] = [(74, 122, 198), (98, 142, 208), (140, 160, 186), (120, 158, 214)]
SKYLINE: list[Colour] = [(206, 220, 236), (226, 226, 224), (196, 208, 224)]

BACKDROP = 110.0
"""Distance of the row that closes the street, metres."""


@dataclass(frozen=True)
class Verge:
    """What lies between the road and the houses on one side.

    Attributes:
        grass: width of the strip of grass next to the kerb, metres; 0 for none.
        walk: width of the sidewalk behind it, metres.
        open_spans: stretches (near, far) of the street with grass beyond the sidewalk.
        heights: (near, far, height) of what throws shadows from this side.
    """

    grass: float
    walk: float
    open_spans: list[tuple[float, float]] = field(default_factory=list)
    heights: list[tuple[float, float, float]] = field(default_factory=list)


@dataclass(frozen=True)
class Layout:
    """A street, complete but for camera size, weather and sensor.

    Attributes:
        pan: shift of the vanishing point, part of the width.
        horizon: row of the horizon, part of the height.
        eye: height of the camera, metres.
        left: x of the left edge of the road, metres.
        right: x of the right edge.
        verges: left and right side.
        cross: (near, far) of the crossing road, or None.
        rails: x of the middle of the tram track, or None.
        asphalt: colour of the road.
        paving: colour of the sidewalk.
        grass: colour of the terrain.
        sky: colours of the zenith and of the sky at the horizon.
        clouds: how cloudy the clear sky is, 0..1.
        sun: unit vector towards the sun.
        hood: part of the height hidden by the own car; 0 for none.
        lamps: heads of the street lamps (x, y, z).
        sprites: everything upright.
    """

    pan: float
    horizon: float
    eye: float
    left: float
    right: float
    verges: tuple[Verge, Verge]
    cross: tuple[float, float] | None
    rails: float | None
    asphalt: Colour
    paving: Colour
    grass: Colour
    sky: tuple[Colour, Colour]
    clouds: float
    sun: tuple[float, float, float]
    hood: float
    lamps: list[tuple[float, float, float]]
    sprites: list[Sprite]


def make_layout(key: SceneKey) -> Layout:
    """Draw the street of a scene.

    Args:
        key: the scene; its "layout" stream decides everything.

    Returns:
        The layout, the same at every image size.
    """
    return _Draughtsman(stream(key, "layout")).draw()


class _Draughtsman:
    """Draws one layout; holds what the steps share."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.middle = float(rng.uniform(-1.9, -1.2))
        half = float(rng.uniform(3.3, 4.6))
        self.left, self.right = self.middle - half, self.middle + half
        self.verges = (self._verge(), self._verge())
        near = float(rng.uniform(15, 25))
        self.cross = (near, near + float(rng.uniform(7, 10))) if self._has("cross street") else None
        self.sprites: list[Sprite] = []
        self.lamps: list[tuple[float, float, float]] = []
        self.rails: float | None = None

    def draw(self) -> Layout:
        rng = self.rng
        self._frontages()
        self._backdrop()
        self._traffic()
        self._kerb_side()
        return Layout(
            pan=float(rng.uniform(-0.1, 0.1)), horizon=float(rng.uniform(0.4, 0.5)),
            eye=float(rng.uniform(1.45, 1.85)), left=self.left, right=self.right,
            verges=self.verges, cross=self.cross, rails=self.rails,
            asphalt=pick(rng, ASPHALT, 10), paving=pick(rng, PAVING, 10),
            grass=pick(rng, GRASS, 10),
            sky=(pick(rng, ZENITH, 8), pick(rng, SKYLINE, 8)), clouds=float(rng.uniform(0, 0.8)),
            sun=self._sun(), hood=float(rng.uniform(0.04, 0.09)) if self._has("hood") else 0.0,
            lamps=self.lamps, sprites=self.sprites,
        )  # fmt: skip

    def _has(self, thing: str) -> bool:
        return bool(self.rng.random() < CHANCE[thing])

    def _verge(self) -> Verge:
        grass = float(self.rng.uniform(1.0, 2.2)) if self._has("verge") else 0.0
        return Verge(grass, float(self.rng.uniform(2.0, 3.2)))

    def _sun(self) -> tuple[float, float, float]:
        turn, height = self.rng.uniform(0, 2 * np.pi), np.deg2rad(self.rng.uniform(22, 65))
        flat = np.cos(height)
        return float(flat * np.sin(turn)), float(np.sin(height)), float(flat * np.cos(turn))

    def _edge(self, right: bool) -> float:
        """Return x of the kerb."""
        return self.right if right else self.left

    def _out(self, right: bool, metres: float) -> float:
        """Return x at a distance outwards from the kerb."""
        return self._edge(right) + (metres if right else -metres)

    def _reach(self, right: bool) -> float:
        """Metres from the kerb to the front of the houses."""
        verge = self.verges[int(right)]
        return verge.grass + verge.walk

    # Frontages ---------------------------------------------------------------------------------

    def _frontages(self) -> None:
        """Line both sides; the four nearest stretches always hold a building, a wall, a fence."""
        kinds = [BUILDING, FENCE, WALL, self._kind()]
        self.rng.shuffle(kinds)
        self._side(False, [int(kind) for kind in kinds[:2]])
        self._side(True, [int(kind) for kind in kinds[2:]])

    def _kind(self) -> int:
        return int(self.rng.choice([BUILDING, FENCE, WALL, VEGETATION], p=[0.55, 0.12, 0.13, 0.2]))

    def _side(self, right: bool, first: list[int]) -> None:
        near, queue = float(self.rng.uniform(5, 7)), list(first)
        while near < 95:
            far = near + float(self.rng.uniform(8, 13) if queue else self.rng.uniform(10, 20))
            if self.cross and near < self.cross[1] and far > self.cross[0]:
                if self.cross[0] - near < 7:
                    near = self.cross[1] + 1.0
                    continue
                far = self.cross[0] - 1.0
            self._stretch(right, queue.pop(0) if queue else self._kind(), near, far)
            near = far

    def _stretch(self, right: bool, kind: int, near: float, far: float) -> None:
        rng, x, verge = self.rng, self._out(right, self._reach(right)), self.verges[int(right)]
        if kind == BUILDING:
            high = float(rng.uniform(5.5, 13))
            self.sprites += frontage.building(rng, x, near, far - float(rng.uniform(0, 1.2)), high)
            verge.heights.append((near, far, high))
            return
        verge.open_spans.append((near, far))
        builders = {FENCE: frontage.fence, WALL: frontage.wall, VEGETATION: frontage.hedge}
        if kind != VEGETATION or rng.random() < 0.4:
            self.sprites += builders[kind](rng, x, near, far)
        if rng.random() < 0.5:
            back = self._out(right, self._reach(right) + float(rng.uniform(6, 10)))
            self.sprites += frontage.building(rng, back, near, far, float(rng.uniform(4.5, 9)))
        for _ in range(int(rng.integers(1, 4))):
            offset = self._out(right, self._reach(right) + float(rng.uniform(1.5, 4.5)))
            self.sprites.append(frontage.tree(rng, offset, float(rng.uniform(near + 1, far))))
        verge.heights.append((near, far, 2.0))

    def _backdrop(self) -> None:
        """Close the end of the street with far houses and trees."""
        x = -95.0
        while x < 95:
            wide, high = float(self.rng.uniform(8, 18)), float(self.rng.uniform(5, 16))
            if self.rng.random() < 0.6:
                paint = pick(self.rng, frontage.FACADES)
                shapes = [Shape(box(0, 0, wide, high), paint, BUILDING, pattern=Pattern.PLASTER)]
                self.sprites.append(Sprite(shapes, x, BACKDROP))
            else:
                green = pick(self.rng, frontage.LEAVES)
                blob = disc(wide / 2, 0.35 * high, 0.6 * wide, 0.65 * high)
                shapes = [Shape(blob, green, VEGETATION, pattern=Pattern.LEAVES)]
                self.sprites.append(Sprite(shapes, x, BACKDROP - 1, surface=Surface.FOLIAGE))
            x += wide

    # Traffic -----------------------------------------------------------------------------------

    def _traffic(self) -> None:
        rng = self.rng
        big = [
            kind
            for kind, name in ((TRAIN, "train"), (BUS, "bus"), (TRUCK, "truck"))
            if self._has(name)
        ]
        rng.shuffle(big)
        slots = ["own", "oncoming"] + (["cross left", "cross right"] if self.cross else ["parked"])
        rng.shuffle(slots)
        for kind, slot in zip(big, slots, strict=False):
            self._drive(int(kind), str(slot))
        for slot in slots[len(big) :]:
            if rng.random() < 0.8:
                self._drive(CAR, str(slot))
        for _ in range(int(rng.integers(1, 3))):
            self._park(bool(rng.random() < 0.5))
        for name, motor in (("rider on bicycle", False), ("rider on motorcycle", True)):
            if self._has(name):
                x = self._out(bool(rng.random() < 0.6), -float(rng.uniform(0.5, 2.2)))
                self._stand(two_wheelers.ridden(rng, motor), x, float(rng.uniform(6.5, 12)), 0.5)

    def _drive(self, kind: int, slot: str) -> None:
        """Put a vehicle on a lane, across the crossing, or at the kerb."""
        rng, oncoming = self.rng, slot == "oncoming"
        vehicle = vehicles.BUILDERS[kind](rng, not oncoming)
        if slot.startswith("cross") and self.cross:
            sign = 1 if slot.endswith("right") else -1
            x = sign * float(rng.uniform(0.6, 1.3)) * vehicle.length / 2 + sign * 1.5
            z = self.cross[0] + (2.0 if sign > 0 else 5.0)
            self.sprites += vehicles.across(vehicle, x, z, bool(rng.random() < 0.5))
            return
        x = self._lane(slot)
        z = float(rng.uniform(8.5, 19) if oncoming else rng.uniform(10, 20))
        if kind == TRAIN:
            self.rails = x
        self.sprites += vehicles.along(vehicle, x, z)

    def _lane(self, slot: str) -> float:
        if slot == "parked":
            return self.right - 0.4
        jitter = float(self.rng.uniform(-0.3, 0.3))
        return jitter if slot == "own" else 2 * self.middle - 0.2 + jitter

    def _park(self, right: bool) -> None:
        """A row of parked cars at the kerb."""
        z = float(self.rng.uniform(8, 18))
        for _ in range(int(self.rng.integers(1, 3))):
            vehicle = vehicles.car(self.rng, right)
            self.sprites += vehicles.along(vehicle, self._out(right, -0.7), z)
            z += vehicle.length + float(self.rng.uniform(0.8, 3))

    # The kerb ----------------------------------------------------------------------------------

    def _kerb_side(self) -> None:
        rng = self.rng
        self._lamp_posts()
        distances = [float(z) for z in (6.8, 7.6, 8.5, 9.5, 10.6, 11.8, 13.2, 15, 17.5, 20)]
        # More things than places are possible: a second round of places follows the first.
        free = {
            side: [*rng.permutation(distances), *rng.permutation(distances)]
            for side in (False, True)
        }
        if self._has("traffic light"):
            for right in (False, True) if rng.random() < 0.4 else (bool(rng.random() < 0.5),):
                self._stand(furniture.traffic_light(rng), self._out(right, 0.5), free[right].pop())
        if self._has("traffic sign"):
            for _ in range(int(rng.integers(1, 4))):
                right = bool(rng.random() < 0.5)
                self._stand(furniture.traffic_sign(rng), self._out(right, 0.6), free[right].pop())
        self._parked_two_wheelers(free)
        self._walkers(free)
        if self._has("bin"):
            right = bool(rng.random() < 0.5)
            self._stand(furniture.bin_box(rng), self._walk(right), free[right].pop(), 0.5)

    def _lamp_posts(self) -> None:
        rng = self.rng
        pitch = float(rng.uniform(14, 20))
        for right in (False, True):
            for z in np.arange(rng.uniform(7, 12), 85, pitch):
                if self.cross and self.cross[0] < z < self.cross[1]:
                    continue
                x, reach = self._out(right, 0.4), -1.2 if right else 1.2
                self._stand(furniture.street_lamp(rng, reach), x, float(z))
                self.lamps.append((x + reach, furniture.LAMP_HEIGHT, float(z)))

    def _parked_two_wheelers(self, free: dict[bool, list[float]]) -> None:
        makers = (
            ("parked bicycle", two_wheelers.bicycle),
            ("parked motorcycle", two_wheelers.motorcycle),
        )
        for name, make in makers:
            if self._has(name):
                right = bool(self.rng.random() < 0.5)
                x = self._out(right, float(self.rng.uniform(-0.9, 1.8)))
                self._stand(make(self.rng), x, free[right].pop(), 0.7)

    def _walkers(self, free: dict[bool, list[float]]) -> None:
        for _ in range(int(self.rng.integers(2, 6))):
            right = bool(self.rng.random() < 0.5)
            z = free[right].pop()
            for step in range(int(self.rng.integers(1, 3))):
                x = self._walk(right) + 0.6 * step
                self._stand(people.walker(self.rng), x, z + 0.3 * step, 0.35)
        if self.rng.random() < 0.4:
            x = float(self.rng.uniform(self.left, self.right))
            self._stand(people.walker(self.rng), x, float(self.rng.uniform(8, 14)), 0.35)

    def _walk(self, right: bool) -> float:
        """Return x of someone on the sidewalk."""
        verge = self.verges[int(right)]
        return self._out(right, verge.grass + float(self.rng.uniform(0.3, verge.walk - 0.4)))

    def _stand(self, shapes: list[Shape], x: float, z: float, shadow: float = 0.25) -> None:
        self.sprites.append(Sprite(shapes, x, float(z), surface=Surface.ROUND, shadow=shadow))
