"""The frozen network alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from mmengine.registry import MODELS
from torch import nn

__all__ = ["NoEnhancer", "without_enhancer"]


@MODELS.register_module()
class NoEnhancer(nn.Module):
    """Gives back what it gets: the frozen network alone."""

    def forward(self, images: Any) -> Any:
        """A batch (N, 3, H, W), or a sequence of (3, H, W), unchanged."""
        return images


@contextmanager
def without_enhancer(preprocessor: nn.Module) -> Iterator[None]:
    """Let the network behind a data preprocessor see the images as they are, inside the block.

    Args:
        preprocessor: a data preprocessor with an ``enhancer``, which is put back at the end.
    """
    enhancer = preprocessor.enhancer
    preprocessor.enhancer = NoEnhancer()
    try:
        yield
    finally:
        preprocessor.enhancer = enhancer
