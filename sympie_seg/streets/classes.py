"""The classes of Cityscapes by name, as the renderer draws them, and the ignored kinds of pixels."""

from __future__ import annotations

import numpy as np

from sympie_seg.datasets.cityscapes_classes import IGNORE, LABEL_IDS

(
    ROAD, SIDEWALK, BUILDING, WALL, FENCE, POLE, LIGHT, SIGN, VEGETATION, TERRAIN, SKY, PERSON,
    RIDER, CAR, TRUCK, BUS, TRAIN, MOTORCYCLE, BICYCLE,
) = range(19)  # fmt: skip

# Ignored kinds, known to the renderer only: the tables below turn them into IGNORE.
EGO_VEHICLE, STATIC = 19, 20
EMPTY = 254
"""Marks a pixel of a patch on which nothing was drawn."""


def _table(values: tuple[int, ...], ego: int, static: int) -> np.ndarray:
    table = np.full(256, IGNORE, dtype=np.uint8)
    table[: len(values)] = values
    table[EGO_VEHICLE], table[STATIC] = ego, static
    return table


TO_TRAIN_ID = _table(tuple(range(19)), IGNORE, IGNORE)
TO_LABEL_ID = _table(LABEL_IDS, 1, 4)
