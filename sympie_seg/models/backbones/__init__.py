"""Backbones of the frozen networks."""

from sympie_seg.models.backbones.deeplabv2_resnet import DeepLabV2ResNet

__all__ = ["DeepLabV2ResNet"]
