"""Segmentors."""

from sympie_seg.models.segmentors.deeplabv2 import DeepLabV2

__all__ = ["DeepLabV2"]
