"""Heads of the frozen networks."""

from sympie_seg.models.decode_heads.deeplabv2_head import DeepLabV2Head

__all__ = ["DeepLabV2Head"]
