"""Heads; those of classifiers need mmpretrain (``sympie_seg.classification`` imports them)."""

from sympie_seg.models.heads.deeplabv2_head import DeepLabV2Head
from sympie_seg.models.heads.sinet_head import SINetHead

__all__ = ["DeepLabV2Head", "SINetHead"]
