"""Small files for the tests of dataset preparation."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write an array as PNG or JPEG below tmp_path; a grey 6 x 4 image of zeros by default."""

    def write_image(name: str, pixels: np.ndarray | None = None) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        assert cv2.imwrite(str(path), np.zeros((4, 6), np.uint8) if pixels is None else pixels)
        return path

    return write_image


@pytest.fixture
def write_polygons(tmp_path: Path) -> Write:
    """Write a polygon file of an image of 8 x 6 pixels."""

    def write_json(*objects: tuple[str, list], name: str = "a.json", **extra: object) -> Path:
        things = [dict(label=label, polygon=polygon, **extra) for label, polygon in objects]
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(dict(imgHeight=6, imgWidth=8, objects=things)))
        return path

    return write_json
