"""Backbones of the frozen networks."""

from sympie_seg.models.backbones.clip_resnet import CLIPResNet
from sympie_seg.models.backbones.deeplabv2_resnet import DeepLabV2ResNet
from sympie_seg.models.backbones.sinet import SINetEncoder

__all__ = ["CLIPResNet", "DeepLabV2ResNet", "SINetEncoder"]
