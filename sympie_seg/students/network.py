"""A small segmenter: an encoder of any make and a feature pyramid. Plain PyTorch."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

__all__ = ["StudentNetwork"]

_SIDE = 64  # pixels of the picture that tells the encoder's channels


class StudentNetwork(nn.Module):
    """Encoder, one 1x1 convolution for each of its maps, their sum at the finest stride, a 3x3 convolution, classes.

    The pyramid is that of Lin et al. (Feature Pyramid Networks, CVPR 2017), with one output. The encoder's BatchNorms
    keep their statistics, also in training: batches are small.

    Args:
        encoder: gives a list of maps (N, C, h, w), the finest first: those of :mod:`sympie_seg.students`, or
            ``timm.create_model(NAME, features_only=True)``.
        num_classes: of the teacher, 19 for Cityscapes.
        width: channels of the pyramid.

    Raises:
        TypeError: if the encoder gives no list of maps.

    Example:
        >>> encoder = nn.Sequential(nn.Conv2d(3, 8, 3, stride=2), nn.ReLU())
        >>> class Maps(nn.Module):
        ...     def forward(self, images): return [encoder(images)]
        >>> StudentNetwork(Maps(), num_classes=5)(torch.zeros(2, 3, 64, 48)).shape
        torch.Size([2, 5, 64, 48])
    """

    def __init__(self, encoder: nn.Module, num_classes: int = 19, width: int = 64) -> None:
        super().__init__()
        self.encoder = encoder
        self.laterals = nn.ModuleList(
            nn.Conv2d(channels, width, 1) for channels in _channels(encoder)
        )
        self.output = nn.Sequential(
            nn.Conv2d(width, width, 3, padding=1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.Conv2d(width, num_classes, 1),
        )

    def train(self, mode: bool = True) -> StudentNetwork:
        """As in PyTorch; the encoder's BatchNorms stay in eval mode."""
        super().train(mode)
        for module in self.encoder.modules():
            if isinstance(module, nn.modules.batchnorm._BatchNorm):
                module.eval()
        return self

    def forward(self, images: Tensor) -> Tensor:
        """Give logits of the images' size.

        Args:
            images: (N, 3, H, W), normalised as the encoder wants it.

        Returns:
            (N, num_classes, H, W), before softmax.
        """
        total: Tensor | None = None
        for lateral, features in zip(
            reversed(self.laterals), reversed(self.encoder(images)), strict=True
        ):
            own = lateral(features)
            total = own if total is None else own + _resize(total, own.shape[2:])
        return _resize(self.output(total), images.shape[2:])


def _resize(maps: Tensor, size: torch.Size) -> Tensor:
    return functional.interpolate(maps, size=size, mode="bilinear", align_corners=False)


def _channels(encoder: nn.Module) -> list[int]:
    """Ask the encoder on an empty picture, and leave it as it was."""
    modes = [(module, module.training) for module in encoder.modules()]
    encoder.eval()
    with torch.no_grad():
        maps = encoder(torch.zeros(1, 3, _SIDE, _SIDE))
    for module, training in modes:
        module.training = training
    if not isinstance(maps, (list, tuple)) or not all(
        isinstance(one, Tensor) and one.ndim == 4 for one in maps
    ):
        raise TypeError(
            f"{type(encoder).__name__} gives no list of feature maps (N, C, h, w); with timm: "
            "timm.create_model(NAME, features_only=True)"
        )
    return [one.shape[1] for one in maps]
