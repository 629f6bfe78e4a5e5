"""How far a warp leaves an image from its clean one, from second moments of its 5x5 patches instead of its pixels.

Every pixel that DWM writes is linear in the 75 values of the patch around it and in 1: the weights are products of
kernel, colour matrix and shift. So the mean squared difference to the clean image is a quadratic form in these
weights, whose matrices are moments of the image. They are taken once; afterwards any 37 numbers are judged without a
pixel, exactly as on the sampled pixels.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from .parameters import KERNEL_SIZE, WarpParameters
from .precision import without_autocast

__all__ = ["PatchMoments", "patch_moments", "remaining_difference"]

_EPSILON = 1e-4  # keeps the square root's gradient finite where nothing remains
_CHROMA = 3.0  # natural pictures vary about a third as much in colour as in lightness


def _colour_metric() -> Tensor:
    """G in ``d @ G @ d``: squared lightness, and the squares of two opponent colours, which weigh more."""
    axes = torch.tensor([[1.0, 1.0, 1.0], [1.0, 0.0, -1.0], [1.0, -2.0, 1.0]])
    axes = axes / axes.norm(dim=1, keepdim=True)
    weights = torch.tensor([1.0, _CHROMA**2, _CHROMA**2])
    metric: Tensor = axes.T @ (weights[:, None] * axes)
    return metric


_METRIC = _colour_metric()


class PatchMoments(NamedTuple):
    """Moments of the patches of N images; float32.

    A patch is a vector of 76: red, green and blue, each 25 values row by row, and 1.
    """

    second: Tensor
    """(N, 76, 76): mean of patch times patch."""
    cross: Tensor
    """(N, 76, 3): mean of patch times the clean image's colour at its centre."""
    energy: Tensor
    """(N,): mean of the clean colour's squared length, as `remaining_difference` measures it."""


def patch_moments(image: Tensor, clean: Tensor, rows: Tensor, columns: Tensor) -> PatchMoments:
    """Take the moments of one image at given places.

    Args:
        image: ImageNet-normalised RGB, float32 (3, H, W), H and W at least 5.
        clean: what it should become, likewise.
        rows: int64 (P,), upper rows of patches, from 0 to H - 5: no patch leaves the image.
        columns: int64 (P,), their left columns, from 0 to W - 5.

    Raises:
        ValueError: if the shapes differ or no 5x5 patch fits.
    """
    if image.shape != clean.shape or image.dim() != 3 or min(image.shape[1:]) < KERNEL_SIZE:
        raise ValueError(
            f"expected two images (3, H, W) of one size, at least {KERNEL_SIZE} x {KERNEL_SIZE} pixels, got "
            f"{tuple(image.shape)} and {tuple(clean.shape)}"
        )
    steps = torch.arange(KERNEL_SIZE).repeat(KERNEL_SIZE, 1)
    down, right = steps.T.reshape(-1, 1), steps.reshape(-1, 1)
    patches = image[:, rows + down, columns + right].flatten(0, 1)  # (75, P)
    patches = torch.cat([patches, patches.new_ones(1, patches.shape[1])])
    middle = KERNEL_SIZE // 2
    colours = clean[:, rows + middle, columns + middle]  # (3, P)
    count = patches.shape[1]
    return PatchMoments(
        (patches @ patches.T / count)[None],
        (patches @ colours.T / count)[None],
        ((_METRIC @ colours) * colours).sum().div(count)[None],
    )


def remaining_difference(parameters: Tensor, moments: PatchMoments) -> Tensor:
    """Give the root mean square difference between warped and clean image, for each image.

    Differences of colour (red against blue, green against both) count three times. In normalised red, green and blue
    they would hardly count, and the numbers that leave least would turn pictures grey.

    Args:
        parameters: the 37 numbers of each image, (N, 37).
        moments: of the same images.

    Returns:
        float32 (N,), in units of the normalised space (about 0.23 of the range from black to white) for grey
        differences, at least 0.01. The warped image is not clamped, as in training.
    """
    with without_autocast(parameters):
        weights = _patch_weights(parameters.float())  # (N, 76, 3)
        measured = weights @ _METRIC.to(weights.device)
        image = ((moments.second @ weights) * measured).sum((1, 2))
        both = (measured * moments.cross).sum((1, 2))
        square = (image - 2 * both + moments.energy).clamp_min(0) / 3
        result: Tensor = (square + _EPSILON).sqrt()
        return result


def _patch_weights(parameters: Tensor) -> Tensor:
    """What each of the 76 values adds to each colour of the warped pixel."""
    warp = WarpParameters.from_vector(parameters)
    kernel = warp.kernel.flatten(1)  # (N, 25)
    of_values = torch.einsum("nk,ndc->ndkc", kernel, warp.color_matrix).flatten(1, 2)
    offset = torch.einsum("ni,nic->nc", warp.color_shift, warp.color_matrix)
    return torch.cat([of_values, (offset * kernel.sum(1, keepdim=True))[:, None]], 1)
