"""The normalised RGB space in which every image of the enhancer lives."""

from __future__ import annotations

import torch
from torch import Tensor

IMAGENET_MEAN: tuple[float, float, float] = (0.485, 0.456, 0.406)
"""Mean of each RGB channel, for values in [0, 1]."""

IMAGENET_STD: tuple[float, float, float] = (0.229, 0.224, 0.225)
"""Standard deviation of each RGB channel, for values in [0, 1]."""


def normalize(image: Tensor) -> Tensor:
    """Convert RGB in [0, 1] to normalised RGB.

    Args:
        image: floating RGB, shape (..., 3, H, W).

    Returns:
        (image - mean) / std, same shape and dtype.
    """
    return (image - _per_channel(IMAGENET_MEAN, image)) / _per_channel(IMAGENET_STD, image)


def denormalize(image: Tensor) -> Tensor:
    """Convert normalised RGB back to RGB in [0, 1]; the inverse of `normalize`.

    Args:
        image: normalised RGB, shape (..., 3, H, W).

    Returns:
        image * std + mean, same shape and dtype. Nothing is clamped.
    """
    return image * _per_channel(IMAGENET_STD, image) + _per_channel(IMAGENET_MEAN, image)


def normalized_bounds(
    device: torch.device | str | None = None, dtype: torch.dtype | None = None
) -> tuple[Tensor, Tensor]:
    """Give the normalised values of black (0) and of full intensity (1).

    Args:
        device: where the bounds go.
        dtype: their type. Defaults to PyTorch's default type.

    Returns:
        Two tensors of shape (3, 1, 1): lower and upper bound of each channel.
    """
    mean = torch.tensor(IMAGENET_MEAN, dtype=torch.float64).view(3, 1, 1)
    std = torch.tensor(IMAGENET_STD, dtype=torch.float64).view(3, 1, 1)
    dtype = dtype or torch.get_default_dtype()
    return (-mean / std).to(device, dtype), ((1 - mean) / std).to(device, dtype)


def _per_channel(values: tuple[float, ...], like: Tensor) -> Tensor:
    return torch.tensor(values, dtype=like.dtype, device=like.device).view(3, 1, 1)
