"""SINet's encoder: extremely light spatial squeeze blocks (Park et al., 2019, arXiv 1911.09099).

Written from the facts of the published network; the attribute names are those of the published weights, so that their
names need no table. Every BatchNorm has eps 1e-3: some running variances of the published weights are nearly 0.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import torch
from mmengine.model import BaseModule
from mmseg.registry import MODELS
from torch import Tensor, nn
from torch.nn import functional

__all__ = ["SIDE", "BatchNormPReLU", "SINetEncoder", "pointwise", "sinet_batch_norm"]

#: Height and width of what the network takes are multiples of this.
SIDE = 128

#: (kernel, pooling) of both branches, output channels and whether the input is added, of each module.
_MODULES_AT_8 = (
    (((3, 1), (5, 1)), 60, False),
    (((3, 0), (3, 1)), 60, True),
    (((3, 0), (3, 1)), 60, True),
)
_MODULES_AT_16 = (
    (((3, 1), (5, 1)), 84, False),
    (((3, 0), (3, 1)), 84, True),
    (((5, 1), (5, 4)), 84, True),
    (((3, 2), (5, 8)), 84, True),
    (((3, 1), (5, 1)), 84, True),
    (((3, 1), (5, 1)), 108, False),
    (((3, 0), (3, 1)), 108, True),
    (((5, 1), (5, 8)), 108, True),
    (((3, 2), (5, 4)), 108, True),
    (((3, 0), (5, 2)), 108, True),
)


@MODELS.register_module()
class SINetEncoder(BaseModule):
    """The encoder of SINet; 113 thousand parameters.

    Inputs whose sides are no multiples of 128 are resized to the nearest ones (bilinear), never padded: the gates read
    the mean over the whole image, so padding would change every pixel. The head's scores are resized back by mmseg.

    Args:
        init_cfg (dict, optional): as in mmengine. Defaults to None.
    """

    def __init__(self, init_cfg: dict | None = None) -> None:
        super().__init__(init_cfg)
        self.level1 = _Stem()
        self.level2_0 = _Down(16, 19)
        self.level3_0 = _Down(19, 24)
        self.level3 = _modules(24, _MODULES_AT_8)
        self.BR3 = BatchNormPReLU(84)
        self.level4_0 = _Down(84, 60, hidden=42)
        self.level4 = _modules(60, _MODULES_AT_16)
        self.BR4 = BatchNormPReLU(168)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Encode images.

        Args:
            images: RGB / 255 with ImageNet's mean and standard deviation, (N, 3, H, W).

        Returns:
            Features of 19 channels at 1/4, 60 at 1/8 and 168 at 1/16 of the size that is a multiple of 128.
        """
        quarter = self.level2_0(self.level1(to_multiples(images)))
        down = self.level3_0(quarter)
        eighth = self.level3(down)
        down = self.level4_0(self.BR3(torch.cat([down, eighth], dim=1)))
        return quarter, eighth, self.BR4(torch.cat([down, self.level4(down)], dim=1))


def to_multiples(images: Tensor) -> Tensor:
    """Resize images (N, 3, H, W) so that each side is the nearest multiple of 128, 128 at least; halves go up."""
    size = [max(SIDE, (side + SIDE // 2) // SIDE * SIDE) for side in images.shape[-2:]]
    if size == list(images.shape[-2:]):
        return images
    return functional.interpolate(images, size=size, mode="bilinear", align_corners=False)


def sinet_batch_norm(channels: int) -> nn.BatchNorm2d:
    """Make a BatchNorm with SINet's eps."""
    return nn.BatchNorm2d(channels, eps=1e-3)


def pointwise(inputs: int, outputs: int, groups: int = 1) -> nn.Conv2d:
    """Make a 1 x 1 convolution without bias."""
    return nn.Conv2d(inputs, outputs, 1, groups=groups, bias=False)


class BatchNormPReLU(nn.Module):
    """BatchNorm, then one slope per channel."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.bn = sinet_batch_norm(channels)
        self.act = nn.PReLU(channels)

    def forward(self, features: Tensor) -> Tensor:
        """Normalise and activate (N, C, H, W)."""
        result: Tensor = self.act(self.bn(features))
        return result


class _Stem(BatchNormPReLU):
    def __init__(self) -> None:
        super().__init__(16)
        self.conv = nn.Conv2d(3, 16, 3, stride=2, padding=1, bias=False)

    def forward(self, images: Tensor) -> Tensor:
        return super().forward(self.conv(images))


class _Gate(nn.Module):
    """Channels times what two small linear layers make of their means; not bounded by a sigmoid."""

    def __init__(self, channels: int, hidden: int | None) -> None:
        super().__init__()
        sizes = [channels, channels] if hidden is None else [channels, hidden, channels]
        layers: list[nn.Module] = []
        for inputs, outputs in pairwise(sizes):
            layers += [nn.Linear(inputs, outputs), nn.PReLU(outputs)]
        self.dense = nn.Sequential(*layers)

    def forward(self, features: Tensor) -> Tensor:
        # Average pooling, as in the original: a mean differs by up to 2.5e-4 in float32 scores.
        means = functional.avg_pool2d(features, features.shape[-2:]).flatten(1)
        result: Tensor = features * self.dense(means)[:, :, None, None]
        return result


class _Down(BatchNormPReLU):
    """Halve the size: depthwise convolution, gate, 1 x 1 convolution."""

    def __init__(self, inputs: int, outputs: int, hidden: int | None = None) -> None:
        super().__init__(outputs)
        depthwise = nn.Conv2d(inputs, inputs, 3, stride=2, padding=1, groups=inputs, bias=False)
        self.conv = nn.Sequential(depthwise, _Gate(inputs, hidden), pointwise(inputs, outputs))

    def forward(self, features: Tensor) -> Tensor:
        return super().forward(self.conv(features))


class _PlainBranch(nn.Module):
    """A depthwise 3 x 3 convolution, then a 1 x 1 convolution."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        depthwise = nn.Conv2d(channels, channels, 3, padding=1, groups=channels, bias=False)
        self.conv = nn.Sequential(depthwise, sinet_batch_norm(channels))
        self.act_conv1x1 = nn.Sequential(nn.PReLU(channels), pointwise(channels, channels))
        self.bn = sinet_batch_norm(channels)

    def forward(self, features: Tensor) -> Tensor:
        result: Tensor = self.bn(self.act_conv1x1(self.conv(features)))
        return result


class _SqueezeBranch(nn.Module):
    """A tall and a wide depthwise kernel side by side, at a pooled size, then a 1 x 1 convolution."""

    def __init__(self, channels: int, kernel: int, pooling: int) -> None:
        super().__init__()
        self.pooling, pad = pooling, kernel // 2
        options: dict[str, Any] = dict(groups=channels, bias=False)
        self.vertical = nn.Conv2d(channels, channels, (kernel, 1), padding=(pad, 0), **options)
        self.horizontal = nn.Conv2d(channels, channels, (1, kernel), padding=(0, pad), **options)
        self.B_v = sinet_batch_norm(channels)
        self.B_h = sinet_batch_norm(channels)
        self.act_conv1x1 = nn.Sequential(nn.PReLU(channels), pointwise(channels, channels))
        self.bn = sinet_batch_norm(channels)

    def forward(self, features: Tensor) -> Tensor:
        size = features.shape[-2:]
        if self.pooling > 1:
            features = functional.avg_pool2d(features, self.pooling)
        features = self.B_v(self.vertical(features)) + self.B_h(self.horizontal(features))
        features = self.act_conv1x1(features)
        if self.pooling > 1:
            features = functional.interpolate(features, size, mode="bilinear", align_corners=True)
        result: Tensor = self.bn(features)
        return result


class _Module(nn.Module):
    """Halve the channels, shuffle them, and let two branches look at all of them."""

    def __init__(
        self, inputs: int, branches: tuple[tuple[int, int], ...], outputs: int, adds_input: bool
    ) -> None:
        super().__init__()
        half = outputs // 2
        self.adds_input = adds_input
        self.c1 = nn.Sequential()
        self.c1.add_module("conv", pointwise(inputs, half, groups=2))
        self.d1, self.d2 = (_branch(half, *branch) for branch in branches)
        self.BR = BatchNormPReLU(outputs)

    def forward(self, features: Tensor) -> Tensor:
        shuffled = functional.channel_shuffle(self.c1(features), 2)
        joined = torch.cat([self.d1(shuffled), self.d2(shuffled)], dim=1)
        result: Tensor = self.BR(joined + features if self.adds_input else joined)
        return result


def _branch(channels: int, kernel: int, pooling: int) -> nn.Module:
    return _SqueezeBranch(channels, kernel, pooling) if pooling else _PlainBranch(channels)


def _modules(channels: int, rows: tuple) -> nn.Sequential:
    inputs = [channels, *(outputs for _, outputs, _ in rows)]
    return nn.Sequential(*(_Module(i, *row) for i, row in zip(inputs, rows, strict=False)))
