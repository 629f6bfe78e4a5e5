"""The small picture that NEM reads instead of the whole image."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

RESIZE, CROP = 232, 224
"""Short side of the resized image and side of the thumbnail, in pixels, unless an enhancer has others."""

# Beyond this aspect ratio only the middle of the long side is resized: the crop reads no more of
# it, and a 1 x 5000 image would otherwise grow to 232 x 1 160 000.
_MAX_ASPECT = 8


def make_thumbnail(images: Tensor, resize: int = RESIZE, crop: int = CROP) -> Tensor:
    """Resize the short side (bilinear, antialiased), then cut out the centre.

    Sizes are rounded like torchvision's `resize` and `center_crop`, with which the result agrees
    for aspect ratios up to 8; beyond, it may lie a fraction of a pixel aside.

    Args:
        images: shape (N, 3, H, W), any floating type, any H, W >= 1.
        resize: length of the short side after resizing, in pixels.
        crop: side of the square that is kept, in pixels, at most `resize`.

    Returns:
        Shape (N, 3, crop, crop), same type, differentiable. Images that are crop x crop already
        are returned themselves, as in training on crops.

    Raises:
        TypeError: if the images are not of a floating type.
        ValueError: if the shape is another, or `crop` exceeds `resize`.
    """
    _check(images, resize, crop)
    height, width = images.shape[2:]
    if height == width == crop:
        return images
    if images.shape[0] == 0:
        return images.new_zeros((0, 3, crop, crop))
    middle = middle_of_long_side(images)
    resized = _resize(middle, resized_size(middle.shape[2], middle.shape[3], resize))
    return _center_crop(resized, crop)


def middle_of_long_side(images: Tensor) -> Tensor:
    """Cut (..., H, W) to an aspect ratio that is resized; a view."""
    height, width = images.shape[-2:]
    short, long = min(height, width), max(height, width)
    if long <= _MAX_ASPECT * short:
        return images
    # Same parity as the long side, so that the centre stays where it was.
    length = _MAX_ASPECT * short + (long - _MAX_ASPECT * short) % 2
    return images.narrow(-2 if height > width else -1, (long - length) // 2, length)


def resized_size(height: int, width: int, resize: int) -> tuple[int, int]:
    """Give height and width with a short side of `resize`."""
    short, long = min(height, width), max(height, width)
    resized_long = resize * long // short
    return (resize, resized_long) if height <= width else (resized_long, resize)


def _resize(images: Tensor, size: tuple[int, int]) -> Tensor:
    # PyTorch's antialiased resampling lacks the half types on some devices.
    dtype = torch.promote_types(images.dtype, torch.float32)
    resized = F.interpolate(
        images.to(dtype), size=size, mode="bilinear", align_corners=False, antialias=True
    )
    return resized.to(images.dtype)


def _center_crop(images: Tensor, crop: int) -> Tensor:
    top, left = (start_of_crop(length, crop) for length in images.shape[2:])
    return images[:, :, top : top + crop, left : left + crop]


def start_of_crop(length: int, crop: int) -> int:
    """Give the first row (column) of the middle `crop` of `length` rows."""
    # Half pixels go to the even side, like torchvision's int(round(remaining / 2)); whole numbers
    # throughout let an exporter follow the size.
    remaining = length - crop
    half = remaining // 2
    return half + (remaining % 2) * (half % 2)


def _check(images: Tensor, resize: int, crop: int) -> None:
    if images.dim() != 4 or images.shape[1] != 3 or 0 in images.shape[2:]:
        raise ValueError(
            f"expected RGB images of shape (N, 3, H, W) with H, W >= 1, got {tuple(images.shape)}"
        )
    if not images.is_floating_point():
        raise TypeError(
            f"expected floating, ImageNet-normalised images, got {images.dtype}; "
            "normalise them first"
        )
    if not 1 <= crop <= resize:
        raise ValueError(f"expected 1 <= crop <= resize, got crop {crop} and resize {resize}")
