"""The method once more, for speed: eval mode, no gradients; equal to the plain modules within 1e-4.

    raw pixels -- thumbnails_of --> predict (NEM, folded) --> 37 numbers --.
        `--------- strips of rows: mix, filter, clip <-- fold -------------'--> the network's input

`sympie_seg.enhancer.SyMPIE` and the data preprocessors choose it by themselves (`conditions`).
"""

from __future__ import annotations

from .affine import NORMALIZED, FoldedWarp, PixelFormat, fold
from .conditions import applies
from .pipeline import enhance_pixels, estimate_pixels, release_memory, warp_pixels

__all__ = [
    "NORMALIZED",
    "FoldedWarp",
    "PixelFormat",
    "applies",
    "enhance_pixels",
    "estimate_pixels",
    "fold",
    "release_memory",
    "warp_pixels",
]
