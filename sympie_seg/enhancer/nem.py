"""NEM, the noise estimation module: a small residual network from thumbnail to 37 numbers."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from .parameters import NUM_PARAMETERS, WarpParameters
from .precision import without_autocast

MIN_THUMBNAIL = 43
"""Shortest side in pixels that three poolings do not shrink to nothing: 43 -> 11 -> 3 -> 1."""

INITS = ("identity", "random")


class ResidualBlock(nn.Module):
    """Shrink the map by 4, widen it, and refine it with one residual step.

    With x0 = conv1(pool(x)), the output is x0 + relu(bn2(conv2(relu(bn1(x0))))).

    Args:
        in_channels: channels of the input.
        out_channels: channels of the output.
    """

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.pool = nn.AvgPool2d(kernel_size=5, stride=4, padding=1)
        self.conv1 = nn.Conv2d(in_channels, out_channels, kernel_size=3, padding=1)
        self.bn1 = nn.BatchNorm2d(out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(out_channels)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, in_channels, H, W) to (N, out_channels, (H + 1) // 4, (W + 1) // 4)."""
        x0 = self.conv1(self.pool(x))
        result: Tensor = x0 + self.bn2(self.conv2(self.bn1(x0).relu())).relu()
        return result


class NoiseEstimationModule(nn.Module):
    """Predict the parameters of the warp from a thumbnail.

    4.7 million parameters, 0.99 GMAC for a thumbnail of 224 x 224. The names of its state dict are
    those of the public checkpoint: `backbone.0`, `backbone.1`,
    `backbone.{3,4,5}.{conv1,bn1,conv2,bn2}` and `out`.

    Args:
        init: "identity" starts from a warp that changes nothing (last weight 0, last bias the
            identity), so that the frozen network behind behaves as before until training moves
            it; "random" is PyTorch's own initialisation, as in the paper.

    Attributes:
        norm_eval: keep BatchNorm in eval mode while training: NEM then learns with the statistics that it is used with.
        frozen_stem: keep the first convolution and its BatchNorm as they are, which saves a third of a training
            step. Both are False, belong to a training and are not saved.

    Raises:
        ValueError: if `init` is neither.
    """

    norm_eval = False

    def __init__(self, init: str = "identity") -> None:
        super().__init__()
        if init not in INITS:
            raise ValueError(f"expected init to be one of {INITS}, got {init!r}")
        self.backbone = nn.Sequential(
            nn.Conv2d(3, 64, kernel_size=3, padding=1),
            nn.BatchNorm2d(64),
            nn.ReLU(),
            ResidualBlock(64, 128),
            ResidualBlock(128, 256),
            ResidualBlock(256, 512),
        )
        self.out = nn.Linear(512, NUM_PARAMETERS)
        self.frozen_stem = False
        if init == "identity":
            self.reset_to_identity()

    @property
    def frozen_stem(self) -> bool:
        """Whether the first convolution and its BatchNorm stay as they are."""
        return self._frozen_stem

    @frozen_stem.setter
    def frozen_stem(self, frozen: bool) -> None:
        self._frozen_stem = frozen
        for layer in self.backbone[:2]:
            layer.requires_grad_(not frozen)
        self.train(self.training)

    def train(self, mode: bool = True) -> NoiseEstimationModule:
        """Set the mode as PyTorch does, except for what `norm_eval` and `frozen_stem` keep in eval mode."""
        super().train(mode)
        if self.norm_eval:
            for layer in self.modules():
                if isinstance(layer, _BatchNorm):
                    layer.eval()
        if self.frozen_stem:
            self.backbone[1].eval()
        return self

    @torch.no_grad()
    def reset_to_identity(self) -> None:
        """Make the module predict the identity for every image."""
        self.out.weight.zero_()
        self.out.bias.copy_(WarpParameters.identity(1).to_vector()[0])

    def forward(self, thumbnail: Tensor) -> Tensor:
        """Predict 37 numbers per image; `WarpParameters.from_vector` names them.

        Under autocast the convolutions run in the lower precision; the last average and the
        linear layer do not, as bfloat16 would round the colour matrix by up to 0.4 %.

        Args:
            thumbnail: ImageNet-normalised RGB, shape (N, 3, h, w), h and w at least 43.

        Returns:
            Shape (N, 37), in the type of the module's weights.

        Raises:
            ValueError: if the shape is another, or the thumbnail is too small.
        """
        features = self.features(thumbnail)
        with without_autocast(features):
            result: Tensor = self.out(features)
            return result

    def features(self, thumbnail: Tensor) -> Tensor:
        """Give what the last layer reads, (N, 512), in the type of the module's weights; otherwise as `forward`."""
        _check(thumbnail)
        # The convolutions are faster on this layout, with the same result up to rounding.
        thumbnail = thumbnail.contiguous(memory_format=torch.channels_last)
        maps = self.backbone(thumbnail)  # (N, 512, h', w')
        with without_autocast(maps):
            pooled: Tensor = maps.to(self.out.weight.dtype).mean(dim=(2, 3))
            return pooled


def _check(thumbnail: Tensor) -> None:
    if thumbnail.dim() != 4 or thumbnail.shape[1] != 3:
        raise ValueError(f"expected thumbnails of shape (N, 3, h, w), got {tuple(thumbnail.shape)}")
    if min(thumbnail.shape[2:]) < MIN_THUMBNAIL:
        raise ValueError(
            f"expected thumbnails of at least {MIN_THUMBNAIL} x {MIN_THUMBNAIL} pixels, since "
            f"three poolings by 4 follow, got {tuple(thumbnail.shape[2:])}; use make_thumbnail"
        )
