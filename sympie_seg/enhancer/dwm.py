"""DWM, the differentiable warping module: 37 numbers per image applied at full resolution."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .normalization import normalized_bounds
from .parameters import KERNEL_SIZE, WarpParameters
from .precision import at_least_float32, without_autocast


def warp(image: Tensor, parameters: WarpParameters, clamp: bool = False) -> Tensor:
    """Shift the colours, mix them, then filter every channel with the image's own 5x5 kernel.

    Outside the image the kernel sees zeros of the normalised, already colour-mixed space.
    The arithmetic runs in float32 at least (float64 for float64), also under autocast: it is
    bound by memory, not by arithmetic, and a rounded kernel would tint the whole image.

    Args:
        image: ImageNet-normalised RGB, shape (N, 3, H, W), any floating type, any H, W >= 1.
        parameters: one set per image.
        clamp: limit every channel to the normalised values of 0 and 1.

    Returns:
        The warped image, with the shape, type and memory format of `image`.

    Raises:
        TypeError: if the image is not of a floating type.
        ValueError: if the image has another shape, or there is not one set per image.

    Example:
        >>> image = torch.randn(2, 3, 4, 4)
        >>> torch.equal(warp(image, WarpParameters.identity(2)), image)
        True
    """
    _check(image, parameters)
    if image.numel() == 0:
        return image
    dtype = at_least_float32(image, *parameters.tensors())
    with without_autocast(image):
        exact = parameters.to(dtype=dtype)
        mixed = mix_colors(image.to(dtype), exact.color_matrix, exact.color_shift)
        warped = _filter(mixed, exact.kernel)
    warped = warped.to(image.dtype).contiguous(memory_format=_memory_format(image))
    if clamp:
        warped = warped.clamp(*normalized_bounds(image.device, image.dtype))
    return warped


class DifferentiableWarpingModule(nn.Module):
    """`warp` as a module: it clamps in eval mode and never in training.

    Clamped pixels pass no gradient, hence the difference. The bounds are buffers, so that they
    follow the module from device to device, but no part of its state dict.
    """

    low: Tensor
    high: Tensor

    def __init__(self) -> None:
        super().__init__()
        low, high = normalized_bounds()
        self.register_buffer("low", low, persistent=False)
        self.register_buffer("high", high, persistent=False)

    def forward(self, image: Tensor, parameters: WarpParameters) -> Tensor:
        """Warp a batch; see `warp` for shapes and errors."""
        warped = warp(image, parameters)
        if self.training:
            return warped
        return warped.clamp(self.low.to(warped.dtype), self.high.to(warped.dtype))


def mix_colors(image: Tensor, matrix: Tensor, shift: Tensor) -> Tensor:
    """Shift the colours (N, 3), then mix them (N, 3, 3), as `warp` does before it filters."""
    # (x + shift) @ matrix = x @ matrix + shift @ matrix: one pass over the pixels instead of two.
    offset = shift.unsqueeze(1) @ matrix  # (N, 1, 3)
    pixels = image.flatten(2)  # (N, 3, H * W)
    mixed = torch.baddbmm(offset.transpose(1, 2), matrix.transpose(1, 2), pixels)
    result: Tensor = mixed.unflatten(2, image.shape[2:])
    return result


def _filter(image: Tensor, kernel: Tensor) -> Tensor:
    # One depthwise convolution for the whole batch: each channel of each image is a group. Images
    # as groups and colours as batch would store each kernel once, but measured slower on a CPU
    # (always), as did 25 shifted sums (from two images on).
    groups = 3 * kernel.shape[0]
    joined = image.reshape(1, groups, *image.shape[2:])  # (1, N * 3, H, W)
    weight = kernel.repeat_interleave(3, dim=0).unsqueeze(1)  # (N * 3, 1, 5, 5)
    filtered = F.conv2d(joined, weight, padding=KERNEL_SIZE // 2, groups=groups)
    return filtered.view_as(image)


def _memory_format(image: Tensor) -> torch.memory_format:
    if image.is_contiguous():
        return torch.contiguous_format
    channels_last = image.is_contiguous(memory_format=torch.channels_last)
    return torch.channels_last if channels_last else torch.contiguous_format


def _check(image: Tensor, parameters: WarpParameters) -> None:
    if image.dim() != 4 or image.shape[1] != 3 or 0 in image.shape[2:]:
        raise ValueError(
            f"expected RGB images of shape (N, 3, H, W) with H, W >= 1, got {tuple(image.shape)}"
        )
    if not image.is_floating_point():
        raise TypeError(
            f"expected floating, ImageNet-normalised images, got {image.dtype}; "
            "normalise them first"
        )
    if len(parameters) != image.shape[0]:
        raise ValueError(
            f"expected one set of parameters per image, got {len(parameters)} sets "
            f"for {image.shape[0]} images"
        )
