"""Metrics."""

from sympie_seg.metrics.clean_agreement import CleanAgreement
from sympie_seg.metrics.condition_accuracy import ConditionAccuracy
from sympie_seg.metrics.condition_iou_metric import ConditionIoUMetric
from sympie_seg.metrics.vizwiz_submission import VizWizSubmission

__all__ = ["CleanAgreement", "ConditionAccuracy", "ConditionIoUMetric", "VizWizSubmission"]
