"""The 19 classes of Cityscapes: names and colours as mmseg has them, and their two numberings.

A *trainId* (0 .. 18) is the index of a class in training and in scores; a *labelId* is its number in the public label
table of Cityscapes and in the files that its test server takes.
"""

from __future__ import annotations

import numpy as np
from mmseg.datasets import CityscapesDataset

__all__ = ["COLOURS", "IGNORE", "LABEL_IDS", "NAMES"]

IGNORE = 255
"""trainId of pixels that count neither in training nor in evaluation."""

NAMES: tuple[str, ...] = tuple(CityscapesDataset.METAINFO["classes"])
"""By trainId."""

COLOURS = np.array(CityscapesDataset.METAINFO["palette"], dtype=np.uint8)
"""RGB by trainId, (19, 3)."""

LABEL_IDS = (7, 8, 11, 12, 13, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 31, 32, 33)
"""labelId of each trainId."""
