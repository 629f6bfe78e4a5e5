"""Heads; those of classifiers need mmpretrain (``sympie_seg.classification`` imports them)."""

from sympie_seg.models.heads.deeplabv2_head import DeepLabV2Head

__all__ = ["DeepLabV2Head"]
