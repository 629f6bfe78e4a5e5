"""Image corruptions by name and severity: ImageNet-C, its extra ones, colour, ImageNet-C-bar, driving weather.

Every corruption is a plain function ``(image, severity, rng) -> image`` on RGB ``uint8`` arrays of
shape (H, W, 3) with severity 1..5 and an explicit ``numpy.random.Generator``; no global random
state is read or changed.

Example:
    >>> import numpy as np
    >>> from sympie_seg.corruptions import corrupt
    >>> image = np.full((8, 8, 3), 100, dtype=np.uint8)
    >>> int(corrupt(image, "darken", 1, np.random.default_rng(0))[0, 0, 0])
    50
"""

from __future__ import annotations

from sympie_seg.corruptions.grid_name import GridName
from sympie_seg.corruptions.mixture import draw_mixture, image_seed
from sympie_seg.corruptions.registry import (
    CORRUPTIONS,
    DRIVING_MIX,
    GROUPS,
    MOVES_PIXELS,
    TRAINING,
    corrupt,
)

__all__ = [
    "CORRUPTIONS",
    "DRIVING_MIX",
    "GROUPS",
    "MOVES_PIXELS",
    "TRAINING",
    "GridName",
    "corrupt",
    "draw_mixture",
    "image_seed",
]
