"""The ResNet-50 of CLIP's image encoder (Radford et al., ICML 2021), which mmpretrain does not have."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from mmengine.registry import MODELS
from torch import Tensor, nn

__all__ = ["CLIPResNet"]


@MODELS.register_module()
class CLIPResNet(BaseModule):
    """CLIP's modified ResNet: image in, embedding out.

    Three 3x3 convolutions and an average pool are its stem; where a stride is, an average pool stands before a 1x1
    convolution instead (anti-aliasing); an attention pool, whose query is the mean of all places, gives the
    embedding. Weights have OpenAI's names without ``visual.``.

    Args:
        layers (Sequence[int]): blocks of the four stages. Defaults to (3, 4, 6, 3), RN50.
        width (int): channels of the stem. Defaults to 64.
        embed_dims (int): size of the embedding. Defaults to 1024.
        num_heads (int): of the attention pool. Defaults to 32 for width 64, as CLIP has: width / 2.
        img_size (int): side of the square input, a multiple of 32; the attention pool's positions belong to
            it. Defaults to 224.
        init_cfg (dict, optional): as in mmengine. Defaults to None.
    """

    def __init__(
        self,
        layers: Sequence[int] = (3, 4, 6, 3),
        width: int = 64,
        embed_dims: int = 1024,
        num_heads: int | None = None,
        img_size: int = 224,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        if img_size % 32:
            raise ValueError(f"expected img_size as a multiple of 32, got {img_size}")
        self.img_size = img_size
        channels = (3, width // 2, width // 2, width)
        for index in (1, 2, 3):
            stride = 2 if index == 1 else 1
            conv = nn.Conv2d(channels[index - 1], channels[index], 3, stride, 1, bias=False)
            self.add_module(f"conv{index}", conv)
            self.add_module(f"bn{index}", nn.BatchNorm2d(channels[index]))
        self.avgpool = nn.AvgPool2d(2)
        incoming = width
        for index, count in enumerate(layers):
            planes, stride = width * 2**index, 1 if index == 0 else 2
            blocks = []
            for block in range(count):
                blocks.append(_Block(incoming, planes, stride if block == 0 else 1))
                incoming = planes * _Block.expansion
            self.add_module(f"layer{index + 1}", nn.Sequential(*blocks))
        heads = width // 2 if num_heads is None else num_heads
        self.attnpool = _AttentionPool(img_size // 32, incoming, heads, embed_dims)

    def forward(self, images: Tensor) -> tuple[Tensor]:
        """Embed images.

        Args:
            images: (N, 3, img_size, img_size), normalised with CLIP's mean and standard deviation.

        Returns:
            A tuple with the embedding (N, embed_dims), not normalised, as mmpretrain's heads expect it.

        Raises:
            ValueError: if the images have another size.
        """
        if images.shape[-2:] != (self.img_size, self.img_size):
            raise ValueError(
                f"CLIP's attention pool belongs to images of {self.img_size} x {self.img_size}, got "
                f"{tuple(images.shape[-2:])} (height, width); crop them, or build it with backbone.img_size"
            )
        x = images
        for index in (1, 2, 3):
            x = F.relu(getattr(self, f"bn{index}")(getattr(self, f"conv{index}")(x)))
        x = self.layer4(self.layer3(self.layer2(self.layer1(self.avgpool(x)))))
        return (self.attnpool(x),)


class _Block(nn.Module):
    """A bottleneck whose stride is an average pool, in its branch and in its shortcut."""

    expansion = 4

    def __init__(self, incoming: int, planes: int, stride: int) -> None:
        super().__init__()
        outgoing = planes * self.expansion
        self.conv1, self.bn1 = nn.Conv2d(incoming, planes, 1, bias=False), nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.avgpool = nn.AvgPool2d(stride) if stride > 1 else nn.Identity()
        self.conv3, self.bn3 = nn.Conv2d(planes, outgoing, 1, bias=False), nn.BatchNorm2d(outgoing)
        self.downsample = None
        if stride > 1 or incoming != outgoing:
            # "-1" is what OpenAI's file calls the pool, so that the weights are "0" and "1".
            pool, conv = nn.AvgPool2d(stride), nn.Conv2d(incoming, outgoing, 1, bias=False)
            parts = {"-1": pool, "0": conv, "1": nn.BatchNorm2d(outgoing)}
            self.downsample = nn.Sequential(OrderedDict(parts))

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.bn1(self.conv1(x)))
        y = F.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(self.avgpool(y)))
        return F.relu(y + (x if self.downsample is None else self.downsample(x)))


class _AttentionPool(nn.Module):
    """Multi-head attention over all places, asked by their mean."""

    def __init__(self, side: int, channels: int, heads: int, outgoing: int) -> None:
        super().__init__()
        self.heads = heads
        positions = side * side + 1
        self.positional_embedding = nn.Parameter(torch.randn(positions, channels) / channels**0.5)
        self.q_proj, self.k_proj = nn.Linear(channels, channels), nn.Linear(channels, channels)
        self.v_proj, self.c_proj = nn.Linear(channels, channels), nn.Linear(channels, outgoing)

    def forward(self, x: Tensor) -> Tensor:
        tokens = x.flatten(2).transpose(1, 2)
        tokens = torch.cat([tokens.mean(1, keepdim=True), tokens], 1) + self.positional_embedding
        q, k, v = self.q_proj(tokens[:, :1]), self.k_proj(tokens), self.v_proj(tokens)
        q, k, v = (part.unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in (q, k, v))
        pooled = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)
        result: Tensor = self.c_proj(pooled[:, 0])
        return result
