"""The ResNet of DeepLabV2."""

from __future__ import annotations

from typing import Any

from mmseg.models.backbones import ResNet
from mmseg.registry import MODELS
from torch import nn

__all__ = ["DeepLabV2ResNet"]


@MODELS.register_module()
class DeepLabV2ResNet(ResNet):
    """mmseg's ResNet with the details of DeepLabV2 (Chen et al., 2017).

    The stride is in each block's first 1 x 1 convolution (``style='caffe'``), the max-pool rounds its
    output size up, and stages 3 and 4 trade their stride for dilation 2 and 4, so that the features
    have an eighth of the input's size.

    Args:
        depth (int): 18, 34, 50, 101 or 152. Defaults to 50.
        strides (tuple[int]): first stride of each stage. Defaults to (1, 2, 1, 1).
        dilations (tuple[int]): dilation of each stage. Defaults to (1, 1, 2, 4).
        style (str): 'caffe' or 'pytorch'. Defaults to 'caffe'.
        **kwargs: everything else that mmseg's ResNet takes.
    """

    def __init__(
        self,
        depth: int = 50,
        strides: tuple[int, ...] = (1, 2, 1, 1),
        dilations: tuple[int, ...] = (1, 1, 2, 4),
        style: str = "caffe",
        **kwargs: Any,
    ) -> None:
        super().__init__(depth, strides=strides, dilations=dilations, style=style, **kwargs)
        self.maxpool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1, ceil_mode=True)

    def train(self, mode: bool = True) -> DeepLabV2ResNet:
        """Switch as mmseg's ResNet does, which forgets to return itself."""
        super().train(mode)
        return self
