"""Images of one size as a batch, or of several sizes as a sequence: thumbnails of both, and the warp of both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar, cast

import torch
from torch import Tensor, nn

from .parameters import WarpParameters
from .thumbnail import make_thumbnail

Images = TypeVar("Images", Tensor, Sequence[Tensor])
"""A batch (N, 3, H, W), or a sequence of images (3, H, W) whose sizes may differ."""


def make_thumbnails(images: Tensor | Sequence[Tensor], resize: int, crop: int) -> Tensor:
    """Make one thumbnail for each image, shape (N, 3, crop, crop).

    Args:
        images: a batch (N, 3, H, W) or a sequence of (3, H, W), not empty.
        resize: as for `make_thumbnail`.
        crop: as for `make_thumbnail`.

    Raises:
        TypeError: if images are not floating tensors.
        ValueError: if a shape is not as above.
    """
    if isinstance(images, Tensor):
        return make_thumbnail(images, resize, crop)
    check_sequence(images)
    return torch.cat([make_thumbnail(image.unsqueeze(0), resize, crop) for image in images])


def warp_all(warp: nn.Module, images: Images, parameters: WarpParameters) -> Images:
    """Warp a batch, or a sequence, whose images of equal size go together.

    Args:
        warp: takes a batch and its parameters, and gives the batch warped.
        images: as for `make_thumbnails`.
        parameters: one set for each image.

    Returns:
        A batch for a batch, a list for a sequence.

    Raises:
        ValueError: if there is not one set of parameters per image.
    """
    if isinstance(images, Tensor):
        result: Images = warp(images, parameters)
        return result
    return cast("Images", _warp_by_size(warp, images, parameters))


def _warp_by_size(
    warp: nn.Module, images: Sequence[Tensor], parameters: WarpParameters
) -> list[Tensor]:
    if len(images) != len(parameters):
        raise ValueError(
            f"expected one set of parameters per image, got {len(parameters)} sets "
            f"for {len(images)} images"
        )
    groups: dict[tuple[int, ...], list[int]] = {}
    for index, image in enumerate(images):
        groups.setdefault(tuple(image.shape), []).append(index)
    enhanced: dict[int, Tensor] = {}
    for indices in groups.values():
        batch = torch.stack([images[index] for index in indices])
        enhanced |= zip(indices, warp(batch, parameters[indices]), strict=True)
    return [enhanced[index] for index in range(len(images))]


def check_sequence(images: Sequence[Tensor]) -> None:
    """Check the types and shapes of a sequence.

    Raises:
        TypeError: if one is no tensor.
        ValueError: if one is not (3, H, W).
    """
    for index, image in enumerate(images):
        if not isinstance(image, Tensor):
            raise TypeError(f"expected tensors, got {type(image).__name__} at position {index}")
        if image.dim() != 3:
            raise ValueError(
                f"expected images of shape (3, H, W) in a sequence, got {tuple(image.shape)} "
                f"at position {index}; pass a batch (N, 3, H, W) as one tensor"
            )
