"""Cityscapes with a condition."""

from __future__ import annotations

from typing import Any

from mmseg.datasets import CityscapesDataset
from mmseg.registry import DATASETS

from sympie_seg.datasets.conditions import ConditionMixin
from sympie_seg.datasets.preparation.layouts import CITYSCAPES

__all__ = ["ConditionCityscapesDataset"]


@DATASETS.register_module()
class ConditionCityscapesDataset(ConditionMixin, CityscapesDataset):
    """mmseg's CityscapesDataset whose images have a condition, for tables by condition.

    Args:
        condition (str): Defaults to 'clean'.
        **kwargs: as in mmseg's CityscapesDataset, and ``bad_sample`` and ``early_check`` of ConditionMixin.

    Raises:
        FileNotFoundError: if a folder is missing or holds no image, or an image has no label.
        BadSampleError: if a file is broken or a label holds no trainIds.
    """

    PREPARATION = CITYSCAPES

    def __init__(self, condition: str | None = "clean", **kwargs: Any) -> None:
        super().__init__(condition=condition, **kwargs)
