"""Heads of the frozen networks."""

from sympie_seg.models.decode_heads.deeplabv2_head import DeepLabV2Head
from sympie_seg.models.decode_heads.sinet_head import SINetHead

__all__ = ["DeepLabV2Head", "SINetHead"]
