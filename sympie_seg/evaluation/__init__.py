"""Metrics."""

from sympie_seg.evaluation.condition_accuracy import ConditionAccuracy
from sympie_seg.evaluation.condition_iou_metric import ConditionIoUMetric

__all__ = ["ConditionAccuracy", "ConditionIoUMetric"]
