"""From the labelIds of Cityscapes to trainIds."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from sympie_seg.datasets.cityscapes_classes import IGNORE, LABEL_IDS
from sympie_seg.utils.labels import read_labels

__all__ = ["LARGEST_LABEL_ID", "TRAIN_ID_OF_LABEL_ID", "train_ids_from_label_ids"]

LARGEST_LABEL_ID = 33

TRAIN_ID_OF_LABEL_ID = np.full(256, IGNORE, np.uint8)
"""The trainId of each labelId: 0..18 for the classes that are evaluated, else 255."""
TRAIN_ID_OF_LABEL_ID[list(LABEL_IDS)] = np.arange(len(LABEL_IDS))


def train_ids_from_label_ids(path: Path) -> np.ndarray:
    """Read a file of labelIds as trainIds.

    Args:
        path: PNG with one channel of labelIds 0..33; 255 (-1, the licence plate) is ignored too.

    Returns:
        trainIds, uint8, shape (H, W).

    Raises:
        ValueError: if the file is broken, has several channels or holds other values.
    """
    label_ids = read_labels(path)
    values = np.unique(label_ids)
    wrong = values[(values > LARGEST_LABEL_ID) & (values != IGNORE)]
    if wrong.size:
        raise ValueError(f"'{path}' holds the value {wrong[0]}; labelIds are 0..33 and 255")
    result: np.ndarray = TRAIN_ID_OF_LABEL_ID[label_ids]
    return result
