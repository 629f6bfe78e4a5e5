"""From the polygons of Cityscapes (``*_gtFine_polygons.json``) to trainIds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np

from sympie_seg.datasets.cityscapes_classes import IGNORE, LABEL_IDS, NAMES
from sympie_seg.datasets.preparation.label_ids import TRAIN_ID_OF_LABEL_ID
from sympie_seg.utils.foreign import naming, read_json_object

__all__ = ["train_ids_from_polygons"]

_NOT_DRAWN = -1
# Cityscapes has 2048 x 1024 pixels and at most some thousand corners an image, a few of them just outside.
_MAX_PIXELS = 1 << 27
_MAX_CORNERS = 500_000
_FARTHEST = 32767

_LABEL_ID_OF_NAME = {
    **dict(zip(NAMES, LABEL_IDS, strict=True)),
    "unlabeled": 0,
    "ego vehicle": 1,
    "rectification border": 2,
    "out of roi": 3,
    "static": 4,
    "dynamic": 5,
    "ground": 6,
    "parking": 9,
    "rail track": 10,
    "guard rail": 14,
    "bridge": 15,
    "tunnel": 16,
    "polegroup": 18,
    "caravan": 29,
    "trailer": 30,
    "license plate": _NOT_DRAWN,
}


def train_ids_from_polygons(path: Path) -> np.ndarray:
    """Draw the polygons of a file, in its order, later ones over earlier ones.

    As in the labelIds of the archive, objects marked as deleted and licence plates are not drawn
    (a plate keeps the class of its car), a group such as 'cargroup' has the class of its members,
    and what no polygon covers is ignored.

    OpenCV draws here, and includes all pixels that a polygon's edge touches; cityscapesScripts
    draws with Pillow, which rounds slanted edges in another way. So borders between objects may
    differ by a pixel from the labelIds of the archive, which are to be preferred where they exist.

    Args:
        path: polygon file of one image.

    Returns:
        trainIds, uint8, shape (H, W).

    Raises:
        ValueError: if the file is damaged or no such file, has a class that Cityscapes does not have, or declares
            sizes or corners that no image has.
    """
    annotation = read_json_object(path)
    with naming(path, "is no polygon file of Cityscapes"):
        canvas = np.full(_size(annotation), IGNORE, np.uint8)
        things = annotation["objects"]
        corners = sum(len(thing["polygon"]) for thing in things)
        if corners > _MAX_CORNERS:
            raise ValueError(f"its polygons have {corners} corners, more than {_MAX_CORNERS}")
        for thing in things:
            _draw(canvas, thing, path)
    return canvas


def _size(annotation: dict[str, Any]) -> tuple[int, int]:
    size = annotation["imgHeight"], annotation["imgWidth"]
    if not all(type(side) is int and side > 0 for side in size):
        raise ValueError(f"expected a height and a width of whole numbers, got {size}")
    if size[0] * size[1] > _MAX_PIXELS:
        raise ValueError(f"declares {size[1]} x {size[0]} pixels, more than {_MAX_PIXELS}")
    return size


def _draw(canvas: np.ndarray, thing: dict[str, Any], path: Path) -> None:
    if thing.get("deleted"):
        return
    label_id = _label_id(thing["label"], path)
    if label_id == _NOT_DRAWN:
        return
    corners = np.rint(np.asarray(thing["polygon"], np.float64)).reshape(-1, 2)
    # NaN would become a pixel, and far corners keep fillPoly busy for minutes.
    if not (np.abs(corners) <= _FARTHEST).all():
        raise ValueError(
            f"a polygon of class '{thing['label']}' has a corner that is no number, or farther than {_FARTHEST} away"
        )
    corners = corners.astype(np.int32)
    if len(corners):
        cv2.fillPoly(canvas, [corners], int(TRAIN_ID_OF_LABEL_ID[label_id]))


def _label_id(name: str, path: Path) -> int:
    base = name if name in _LABEL_ID_OF_NAME else name.removesuffix("group")
    if base not in _LABEL_ID_OF_NAME:
        raise ValueError(
            f"'{path}' has an object of class '{name}', which Cityscapes does not have"
        )
    return _LABEL_ID_OF_NAME[base]
