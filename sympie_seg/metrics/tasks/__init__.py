"""The tasks that a comparison knows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mmengine.config import Config

from sympie_seg.metrics.tasks.base import Task
from sympie_seg.metrics.tasks.classification import ClassificationTask
from sympie_seg.metrics.tasks.segmentation import SegmentationTask
from sympie_seg.utils.scopes import is_classification

__all__ = ["ClassificationTask", "SegmentationTask", "Task", "task_of"]


def task_of(cfg: Config, metainfo: Mapping[str, Any], ignore_index: int = 255) -> Task:
    """Give the task of a config: classification in mmpretrain's scope, else segmentation."""
    if is_classification(cfg):
        return ClassificationTask(metainfo)
    return SegmentationTask(metainfo, ignore_index)
