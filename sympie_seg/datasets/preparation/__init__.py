"""Check unpacked datasets against their published numbers, and make the labels they lack.

The command line is ``sympie-seg convert-dataset``; ``docs/data.md`` describes them.
"""

from sympie_seg.datasets.preparation.command import add_arguments, prepare
from sympie_seg.datasets.preparation.layouts import (
    ACDC,
    ACDC_FLAT,
    CAMVID,
    CITYSCAPES,
    DARK_ZURICH,
    NIGHTTIME_DRIVING,
    Layout,
)
from sympie_seg.datasets.preparation.published import Part

__all__ = [
    "ACDC",
    "ACDC_FLAT",
    "CAMVID",
    "CITYSCAPES",
    "DARK_ZURICH",
    "NIGHTTIME_DRIVING",
    "Layout",
    "Part",
    "add_arguments",
    "prepare",
]
