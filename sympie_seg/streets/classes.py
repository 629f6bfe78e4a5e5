"""The 19 Cityscapes classes, their two numberings, and the ignored kinds of pixels.

Source: the public Cityscapes label table (trainId, id, name, colour).
"""

from __future__ import annotations

import numpy as np

IGNORE = 255
"""trainId of pixels that count neither in training nor in evaluation."""

NAMES = (
    "road", "sidewalk", "building", "wall", "fence", "pole", "traffic light", "traffic sign",
    "vegetation", "terrain", "sky", "person", "rider", "car", "truck", "bus", "train",
    "motorcycle", "bicycle",
)  # fmt: skip

LABEL_IDS = (7, 8, 11, 12, 13, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 31, 32, 33)
"""labelId of each trainId 0..18."""

COLOURS = np.array(
    [
        (128, 64, 128), (244, 35, 232), (70, 70, 70), (102, 102, 156), (190, 153, 153),
        (153, 153, 153), (250, 170, 30), (220, 220, 0), (107, 142, 35), (152, 251, 152),
        (70, 130, 180), (220, 20, 60), (255, 0, 0), (0, 0, 142), (0, 0, 70), (0, 60, 100),
        (0, 80, 100), (0, 0, 230), (119, 11, 32),
    ],
    dtype=np.uint8,
)  # fmt: skip

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


def colourise(label_train_ids: np.ndarray) -> np.ndarray:
    """Paint a trainId map with the Cityscapes colours; ignored pixels are black.

    Args:
        label_train_ids: trainIds, uint8, shape (H, W).

    Returns:
        RGB picture, uint8, shape (H, W, 3).
    """
    table = np.zeros((256, 3), dtype=np.uint8)
    table[: len(COLOURS)] = COLOURS
    return table[label_train_ids]
