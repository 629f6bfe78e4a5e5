"""Metrics that need the network itself, not only its predictions."""

from sympie_seg.metrics.clean_agreement import CleanAgreement

__all__ = ["CleanAgreement"]
