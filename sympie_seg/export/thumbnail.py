"""The thumbnail for exported files: `make_thumbnail` whose sizes stay unknown until the file runs.

No branch depends on a size, for a recorded graph has none; whole numbers do what the branches do.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

__all__ = ["thumbnail_of_any_size"]


def thumbnail_of_any_size(images: Tensor, resize: int, crop: int, by_index: bool = False) -> Tensor:
    """Equal `sympie_seg.enhancer.make_thumbnail` for float32 images, which says what comes out.

    Args:
        images: float32, shape (N, 3, H, W).
        resize: length of the short side after resizing, in pixels.
        crop: side of the square that is kept, in pixels.
        by_index: cut very long images by an index. A slice is faster, but torch.export notes for it that it cut
            nothing in the example, and refuses other images.

    Returns:
        Shape (N, 3, crop, crop).
    """
    height: Any = images.shape[2]  # or a torch.SymInt, while a graph is recorded
    width: Any = images.shape[3]
    # Python's own max would decide while the graph is recorded; torch's becomes part of it.
    # Images that are crop x crop already must come out as they are: resize those to themselves.
    away = torch.sym_max(height - crop, crop - height) + torch.sym_max(width - crop, crop - width)
    resize = resize - torch.sym_max(1 - away, 0) * (resize - crop)
    # Beyond an aspect ratio of 8 only the middle of the long side is resized.
    top, left = torch.sym_max(height - 8 * width, 0) // 2, torch.sym_max(width - 8 * height, 0) // 2
    height, width = height - 2 * top, width - 2 * left
    if by_index:
        images = _take(_take(images, 2, top, height), 3, left, width)
    else:
        images = images.narrow(2, top, height).narrow(3, left, width)
    short = torch.sym_min(height, width)
    size = [resize * height // short, resize * width // short]
    resized = F.interpolate(images, size, mode="bilinear", align_corners=False, antialias=True)
    return _centre(_centre(resized, 2, size[0], crop), 3, size[1], crop)


def _centre(images: Tensor, dim: int, length: int, crop: int) -> Tensor:
    half = (length - crop) // 2
    start = half + (length - crop) % 2 * (half % 2)  # half pixels go to the even side
    return _take(images, dim, start, crop)


def _take(images: Tensor, dim: int, start: int, length: int) -> Tensor:
    """Take a range by an index; that keeps its length known where a slice would not."""
    return images.index_select(dim, torch.arange(length, device=images.device) + start)
