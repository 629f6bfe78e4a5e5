"""Heads of classifiers; they need mmpretrain (``sympie_seg.classification`` registers them)."""

from sympie_seg.models.heads.zero_shot_head import ZeroShotClsHead

__all__ = ["ZeroShotClsHead"]
