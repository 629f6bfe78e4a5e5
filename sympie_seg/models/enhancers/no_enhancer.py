"""The frozen network alone."""

from __future__ import annotations

from typing import Any

from mmengine.registry import MODELS
from torch import nn

__all__ = ["NoEnhancer"]


@MODELS.register_module()
class NoEnhancer(nn.Module):
    """Gives back what it gets: the frozen network alone."""

    def forward(self, images: Any) -> Any:
        """A batch (N, 3, H, W), or a sequence of (3, H, W), unchanged."""
        return images
