"""Cityscapes with a condition."""

from __future__ import annotations

from typing import Any

from mmseg.datasets import CityscapesDataset
from mmseg.registry import DATASETS

from sympie_seg.datasets.conditions import ConditionMixin

__all__ = ["ConditionCityscapesDataset"]


@DATASETS.register_module()
class ConditionCityscapesDataset(ConditionMixin, CityscapesDataset):
    """mmseg's CityscapesDataset whose images have a condition, for tables by condition.

    Args:
        condition (str): Defaults to 'clean'.
        **kwargs: as in mmseg's CityscapesDataset.

    Raises:
        FileNotFoundError: if a folder is missing or holds no image, or an image has no label.
    """

    LAYOUT = (
        "leftImg8bit/<split>/<city>/*_leftImg8bit.png and gtFine/<split>/<city>/"
        "*_gtFine_labelTrainIds.png (the latter are not in the archive: csCreateTrainIdLabelImgs "
        "of cityscapesscripts makes them)"
    )

    def __init__(self, condition: str | None = "clean", **kwargs: Any) -> None:
        super().__init__(condition=condition, **kwargs)
