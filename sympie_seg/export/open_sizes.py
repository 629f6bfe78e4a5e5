"""Let a frozen mmseg network be recorded with sizes that stay unknown until the file runs."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

__all__ = ["AveragePoolOfAnySize", "resizing_without_questions", "with_open_sizes"]


class AveragePoolOfAnySize(nn.Module):
    """Equal `nn.AdaptiveAvgPool2d` by two matrix products; ONNX has no pooling into a number of bins.

    Args:
        bins: rows and columns of the output.
    """

    def __init__(self, bins: tuple[int, int]) -> None:
        super().__init__()
        self.bins = bins

    def forward(self, images: Tensor) -> Tensor:
        """Average (N, C, H, W) into (N, C, *bins)."""
        rows = _bins(images.shape[2], self.bins[0], images)
        columns = _bins(images.shape[3], self.bins[1], images)
        return rows @ images @ columns.transpose(0, 1)


def _bins(length: int, count: int, like: Tensor) -> Tensor:
    """Weights (count, length) of each pixel in each bin; neighbouring bins may share a pixel."""
    index = torch.arange(count, device=like.device).unsqueeze(1)
    start = torch.div(index * length, count, rounding_mode="floor")
    end = torch.div((index + 1) * length + (count - 1), count, rounding_mode="floor")
    pixel = torch.arange(length, device=like.device).unsqueeze(0)
    inside = (pixel >= start) & (pixel < end)
    return inside.to(like.dtype) / (end - start).to(like.dtype)


def with_open_sizes(network: nn.Module) -> nn.Module:
    """Copy a network for inference, with every adaptive average pooling of several bins replaced."""
    copied = copy.deepcopy(network).cpu().float().eval().requires_grad_(False)
    for parent in list(copied.modules()):
        for name, child in parent.named_children():
            if isinstance(child, nn.AdaptiveAvgPool2d) and (bins := _fixed_bins(child)):
                setattr(parent, name, AveragePoolOfAnySize(bins))
    return copied


def _fixed_bins(pool: nn.AdaptiveAvgPool2d) -> tuple[int, int] | None:
    size = pool.output_size
    height, width = size if isinstance(size, (tuple, list)) else (size, size)
    if height is None or width is None or (height, width) == (1, 1):
        return None
    return height, width


@contextmanager
def resizing_without_questions() -> Iterator[None]:
    """Keep mmseg's ``resize`` from looking at sizes to warn of misaligned corners, which would fix them.

    All of mmseg imports this function by name, so its default for ``warning`` is what can be changed.
    """
    from mmseg.models.utils import resize

    before = resize.__defaults__
    resize.__defaults__ = (*before[:-1], False)
    try:
        yield
    finally:
        resize.__defaults__ = before
