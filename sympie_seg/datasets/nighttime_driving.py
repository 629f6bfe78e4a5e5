"""Nighttime Driving (Dai and Van Gool, ITSC 2018) with a condition."""

from __future__ import annotations

from typing import Any

from mmseg.datasets import NightDrivingDataset
from mmseg.registry import DATASETS

from sympie_seg.datasets.conditions import ConditionMixin
from sympie_seg.datasets.preparation.layouts import NIGHTTIME_DRIVING

__all__ = ["SyMPIENightDrivingDataset"]


@DATASETS.register_module()
class SyMPIENightDrivingDataset(ConditionMixin, NightDrivingDataset):
    """mmseg's NightDrivingDataset whose images have a condition and whose files are checked.

    Args:
        condition (str): Defaults to 'nighttime_driving'.
        data_root (str): folder that holds ``leftImg8bit`` and ``gtCoarse_daytime_trainvaltest``. Defaults to
            'data/NighttimeDrivingTest'.
        data_prefix (dict, optional): other folders, relative to data_root. Defaults to None (those of the archive).
        **kwargs: as in mmseg's NightDrivingDataset, and ``bad_sample`` and ``early_check`` of ConditionMixin.

    Raises:
        FileNotFoundError: if a folder is missing or holds no image, or an image has no label.
        BadSampleError: if a file is broken or a label holds no trainIds.
    """

    PREPARATION = NIGHTTIME_DRIVING

    def __init__(
        self,
        condition: str = "nighttime_driving",
        data_root: str = "data/NighttimeDrivingTest",
        data_prefix: dict[str, str] | None = None,
        **kwargs: Any,
    ) -> None:
        if data_prefix is None:
            below = dict(split="test", condition="night")
            data_prefix = dict(
                img_path=self.PREPARATION.images.format(**below),
                seg_map_path=self.PREPARATION.labels.format(**below),
            )
        super().__init__(
            condition=condition, data_root=data_root, data_prefix=data_prefix, **kwargs
        )
