"""Exported files: ONNX and torch.export, of the enhancer alone or with the frozen network behind it.

- ``write``: the two functions that write a checked file
- ``enhancer``, ``network``: what is recorded
- ``thumbnail``, ``filter_each``, ``open_sizes``: parts in a form that keeps batch, height and width open
- ``colours``: what the numbers of an image mean
- ``formats``, ``check``: the kinds of file, and the comparison with PyTorch

The enhancer alone needs no mmseg; ``network`` does.
"""

from __future__ import annotations

from sympie_seg.export.check import Difference
from sympie_seg.export.colours import Colours
from sympie_seg.export.formats import Shape
from sympie_seg.export.write import SIZES, export_enhancer, export_network

__all__ = ["SIZES", "Colours", "Difference", "Shape", "export_enhancer", "export_network"]
