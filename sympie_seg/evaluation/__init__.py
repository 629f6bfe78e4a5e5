"""Metrics."""

from sympie_seg.evaluation.condition_accuracy import ConditionAccuracy
from sympie_seg.evaluation.condition_iou_metric import ConditionIoUMetric
from sympie_seg.evaluation.repeated import RepeatedEnhancer
from sympie_seg.evaluation.vizwiz_submission import VizWizSubmission

__all__ = ["ConditionAccuracy", "ConditionIoUMetric", "RepeatedEnhancer", "VizWizSubmission"]
