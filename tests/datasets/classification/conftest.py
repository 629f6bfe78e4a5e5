"""Tiny copies of the published trees."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import pytest
from mmengine.registry import DefaultScope

if find_spec("mmpretrain") is None:  # the optional extra
    collect_ignore_glob = ["test_*.py"]
else:
    import sympie_seg.classification  # noqa: F401  (registers the datasets)

WNIDS = ("n01440764", "n02129165", "n15075141")
LABELS = (0, 291, 999)


@pytest.fixture(autouse=True)
def _mmpretrain_scope() -> Iterator[None]:
    with DefaultScope.overwrite_default_scope("mmpretrain"):
        yield


@pytest.fixture(scope="session")
def jpeg() -> bytes:
    """A JPEG file of 24 x 20 pixels."""
    image = np.random.default_rng(0).integers(0, 256, (20, 24, 3), dtype=np.uint8)
    return cv2.imencode(".jpg", image)[1].tobytes()


@pytest.fixture
def classes(jpeg: bytes) -> Callable[..., Path]:
    """Fill a folder with class folders of two images each."""

    def fill(folder: Path, names: tuple[str, ...] = WNIDS, count: int = 2) -> Path:
        for wnid in names:
            (folder / wnid).mkdir(parents=True)
            for index in range(count):
                (folder / wnid / f"ILSVRC2012_val_{index:08}.JPEG").write_bytes(jpeg)
        return folder

    return fill


@pytest.fixture
def vizwiz(jpeg: bytes) -> Callable[..., Path]:
    """Make a tree of VizWiz-Classification, its images split or flat."""

    def make(root: Path, split: bool = True) -> Path:
        names = [f"VizWiz_{part}_0000{i}.jpg" for i, part in enumerate(("val", "train", "test"))]
        for name in names:
            path = root / (name.split("_")[1] if split else "") / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(jpeg)
        categories = [dict(id=i, wordnet_id=w) for i, w in zip(LABELS[1:], WNIDS[1:], strict=True)]
        (root / "annotations.json").write_text(
            json.dumps(dict(categories=categories, images=names))
        )
        return root

    return make
