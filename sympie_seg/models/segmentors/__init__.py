"""Segmentors."""

from sympie_seg.models.segmentors.class_mapped import ClassMappedEncoderDecoder
from sympie_seg.models.segmentors.deeplabv2 import DeepLabV2

__all__ = ["ClassMappedEncoderDecoder", "DeepLabV2"]
