"""Text on pictures."""

from __future__ import annotations

import os
from functools import lru_cache

import matplotlib
from PIL import ImageFont

__all__ = ["font"]


@lru_cache(maxsize=8)
def font(size: int) -> ImageFont.FreeTypeFont:
    """A font with accents and Greek, which is wherever mmengine is, for matplotlib ships it.

    Args:
        size: in pixels.
    """
    path = os.path.join(matplotlib.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf")
    return ImageFont.truetype(path, size)
