"""The 19 classes of Cityscapes: names and colours as mmseg has them, and their two numberings.

A *trainId* (0 .. 18) is the index of a class in training and in scores; a *labelId* is its number in the public label
table of Cityscapes and in the files that its test server takes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from mmseg.datasets import CityscapesDataset
from mmseg.registry import DATASETS

__all__ = ["COLOURS", "IGNORE", "LABEL_IDS", "NAMES", "are_tested"]

IGNORE = 255
"""trainId of pixels that count neither in training nor in evaluation."""

NAMES: tuple[str, ...] = tuple(CityscapesDataset.METAINFO["classes"])
"""By trainId."""

COLOURS = np.array(CityscapesDataset.METAINFO["palette"], dtype=np.uint8)
"""RGB by trainId, (19, 3)."""

LABEL_IDS = (7, 8, 11, 12, 13, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 31, 32, 33)
"""labelId of each trainId."""


def are_tested(cfg: Mapping[str, Any]) -> bool:
    """Whether a config's test images are scored in the 19 classes, so that its network was trained for Cityscapes.

    Args:
        cfg: a config of mmseg; its test set, else its validation set is looked at.

    Returns:
        Also False where the classes cannot be told: an unknown dataset, or a config of another library.
    """
    loader = cfg.get("test_dataloader") or cfg.get("val_dataloader") or {}
    class_lists = list(_classes(loader.get("dataset")))
    return bool(class_lists) and all(tuple(classes or ()) == NAMES for classes in class_lists)


def _classes(dataset: Any) -> Iterator[Any]:
    """The class names of every dataset that is named below a config."""
    if isinstance(dataset, (list, tuple)):
        for one in dataset:
            yield from _classes(one)
        return
    if not isinstance(dataset, Mapping):
        return
    inner = [dataset[key] for key in ("dataset", "datasets", "parts") if key in dataset]
    if inner:
        yield from _classes(inner)
        return
    own = (dataset.get("metainfo") or {}).get("classes")
    kind = dataset.get("type")
    known = DATASETS.get(kind) if isinstance(kind, str) else kind
    yield own or getattr(known, "METAINFO", {}).get("classes")
