"""The method once more, for speed: eval mode, no gradients; equal to the plain modules within 1e-4.

    raw pixels -- thumbnails_of --> predict (NEM, folded) --> 37 numbers --.
        `--------- strips of rows: mix, filter, clip <-- fold -------------'--> the network's input

One door: `enhance_pixels`, which says None where the plain modules have to do it. The API, the data preprocessors and
the benchmark use it; `sympie_seg.enhancer` knows nothing of it.
"""

from __future__ import annotations

from .affine import NORMALIZED, PixelFormat
from .pipeline import Enhanced, enhance_pixels

__all__ = ["NORMALIZED", "Enhanced", "PixelFormat", "enhance_pixels"]
