"""From the polygons of Cityscapes (``*_gtFine_polygons.json``) to trainIds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from sympie_seg.datasets.cityscapes_classes import IGNORE, LABEL_IDS, NAMES
from sympie_seg.datasets.preparation.label_ids import TRAIN_ID_OF_LABEL_ID

__all__ = ["train_ids_from_polygons"]

_NOT_DRAWN = -1

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
        ValueError: if the file is no such file, or has a class that Cityscapes does not have.
    """
    try:
        annotation = json.loads(path.read_text(encoding="utf-8"))
        canvas = np.full((annotation["imgHeight"], annotation["imgWidth"]), IGNORE, np.uint8)
        for thing in annotation["objects"]:
            _draw(canvas, thing, path)
    except (KeyError, TypeError, IndexError, OSError, UnicodeDecodeError, cv2.error) as error:
        raise ValueError(f"'{path}' is no polygon file of Cityscapes: {error!r}") from error
    except json.JSONDecodeError as error:
        raise ValueError(f"'{path}' is no whole JSON file: {error}") from error
    return canvas


def _draw(canvas: np.ndarray, thing: dict[str, Any], path: Path) -> None:
    if thing.get("deleted"):
        return
    label_id = _label_id(thing["label"], path)
    if label_id == _NOT_DRAWN:
        return
    corners = np.rint(np.asarray(thing["polygon"], np.float64)).astype(np.int32).reshape(-1, 2)
    if len(corners):
        cv2.fillPoly(canvas, [corners], int(TRAIN_ID_OF_LABEL_ID[label_id]))


def _label_id(name: str, path: Path) -> int:
    base = name if name in _LABEL_ID_OF_NAME else name.removesuffix("group")
    if base not in _LABEL_ID_OF_NAME:
        raise ValueError(
            f"'{path}' has an object of class '{name}', which Cityscapes does not have"
        )
    return _LABEL_ID_OF_NAME[base]
