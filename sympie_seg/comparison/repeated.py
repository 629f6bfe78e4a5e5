"""An enhancer that is applied several times, and how far its output drifts: the paper's question of stability."""

from __future__ import annotations

import os
from typing import Any

import torch
from mmengine.registry import MODELS
from torch import Tensor, nn

from sympie_seg.enhancer import IMAGENET_STD, file_sha256, load_enhancer

__all__ = ["RepeatedEnhancer", "drift"]


@MODELS.register_module()
class RepeatedEnhancer(nn.Module):
    """Applies an enhancer to its own output, so that it plugs in as one enhancer.

    The output of each application goes into the next one as it is: clamped to valid colours in eval mode, not rounded
    to 8 bits.

    Args:
        enhancer (str | dict | nn.Module): an enhancer file, the config of a registered enhancer, or a module.
        times (int): how often, 0 for not at all.
        sha256 (str, optional): of the file; another file under this name is refused. Defaults to None.

    Raises:
        FileNotFoundError: if the file is missing.
        ValueError: if ``times`` is negative, or the file is another one.
    """

    def __init__(
        self,
        enhancer: str | os.PathLike[str] | dict | nn.Module,
        times: int,
        sha256: str | None = None,
    ) -> None:
        super().__init__()
        if times < 0:
            raise ValueError(f"expected times of at least 0, got {times}")
        self.times = times
        self.enhancer = _build(enhancer, sha256)

    def forward(self, images: Any) -> Any:
        """A batch (N, 3, H, W) or a sequence of (3, H, W), ImageNet-normalised RGB; the same out."""
        for _ in range(self.times):
            images = self.enhancer(images)
        return images

    def extra_repr(self) -> str:
        """Show the number when printed."""
        return f"times={self.times}"


def _build(enhancer: str | os.PathLike[str] | dict | nn.Module, sha256: str | None) -> nn.Module:
    if isinstance(enhancer, nn.Module):
        return enhancer
    if isinstance(enhancer, dict):
        result: nn.Module = MODELS.build(dict(enhancer))
        return result
    module, _ = load_enhancer(enhancer)
    if sha256 is not None and file_sha256(enhancer) != sha256:
        raise ValueError(f"'{enhancer}' is not the file with the SHA-256 {sha256[:16]}...")
    return module


@torch.no_grad()
def drift(enhancer: nn.Module, images: Tensor, times: int) -> Tensor:
    """How far the output of each application lies from the output of the first.

    Args:
        enhancer: in eval mode.
        images: (N, 3, H, W), ImageNet-normalised RGB.
        times: number of applications, at least 1.

    Returns:
        Mean absolute difference over pixels and channels in grey levels (0..255), (N, times); the first column is 0.
    """
    scale = 255 * torch.tensor(IMAGENET_STD, device=images.device).view(3, 1, 1)
    first = current = enhancer(images)
    distances = []
    for _ in range(times):
        distances.append(((current - first).abs() * scale).mean((1, 2, 3)))
        current = enhancer(current)
    return torch.stack(distances, 1)
