"""SyMPIE-Seg: a small trainable enhancer in front of a frozen segmentation network.

Importing the package applies the repairs of ``sympie_seg.upstream`` and registers every data set, transform,
model, hook and metric with mmengine and mmseg; a config needs ``custom_imports = dict(imports=['sympie_seg'])``.
"""

from __future__ import annotations

from sympie_seg.upstream import apply_repairs

apply_repairs()  # before anything imports mmseg or albumentations

from sympie_seg import datasets, engine, evaluation, models  # noqa: E402
from sympie_seg.version import __version__  # noqa: E402

__all__ = ["__version__", "datasets", "engine", "evaluation", "models"]
