"""A second look: NEM reads what its first estimate makes of the thumbnail, and both become one set of 37 numbers."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from .distances import share_by_distance, towards_identity
from .parameters import KERNEL_SIZE, WarpParameters
from .precision import at_least_float32, without_autocast
from .recording import is_recorded

__all__ = ["compose", "refine"]

_LEAST_DETERMINANT = 0.05
_LEAST_SUM = 0.25


def refine(
    first: Tensor,
    thumbnails: Tensor,
    refinement: tuple[float, float],
    predict: Callable[[Tensor], Tensor],
    warp: Callable[[Tensor, WarpParameters], Tensor],
) -> Tensor:
    """Estimate again on what the first estimate makes of the thumbnails, and join both.

    An enhancer is timid in front of what it has not met, and less so once a part of it is undone. Clean images are told
    by an estimate near identity, and are left at that: the second estimate counts by how far the first lies from
    identity. Where the first can hardly be undone (a matrix that mixes all colours into one, a kernel that sums to
    nearly nothing), it stays alone.

    Args:
        first: (N, 37), NEM's estimate.
        thumbnails: (N, 3, h, w), what it was made from.
        refinement: distances of the first from identity (`WarpParameters.distance_to_identity`): up to the first
            number the second estimate does not count, from the second number on it counts in full, between them by a
            straight line.
        predict: NEM.
        warp: applies parameters to thumbnails, and clamps.

    Returns:
        (N, 37). Images whose second estimate does not count keep the first bit for bit, and cost nothing where values
        can be looked at.
    """
    start = WarpParameters.from_vector(first.to(at_least_float32(first)))
    share = share_by_distance(start, refinement)
    share = torch.where(_can_be_undone(start), share, torch.zeros_like(share))
    counts = share > 0
    if is_recorded():
        joined = _joined(start, thumbnails, share, predict, warp)
        return torch.where(counts.unsqueeze(1), joined.to(first.dtype), first)
    if not bool(counts.any()):
        return first
    joined = _joined(start[counts], thumbnails[counts], share[counts], predict, warp)
    return first.index_put((counts.nonzero().flatten(),), joined.to(first.dtype))


def compose(first: WarpParameters, second: WarpParameters) -> WarpParameters:
    """Give one set of parameters for two warps, one after the other, without the clamp between them.

    Colours are joined exactly, but for the zeros beyond the border. Both kernels together are 9x9; the middle 5x5 is
    kept, scaled so that its sum is that of the whole.

    Args:
        first: applied first; its matrix has an inverse and its kernel a sum.
        second: applied to the result.

    Returns:
        As many sets.
    """
    sums = first.kernel.sum((1, 2))
    # ((x + b1) M1 s1 + b2) M2 = (x + b1 + b2 M1^-1 / s1) M1 M2 s1
    moved = (second.color_shift.unsqueeze(1) @ _inverse(first.color_matrix)).squeeze(1)
    shift = first.color_shift + moved / sums.unsqueeze(1)
    kernel = _joined_kernels(first.kernel, second.kernel)
    wanted = sums * second.kernel.sum((1, 2))
    kept = kernel.sum((1, 2))
    scale = torch.where(kept.abs() > _LEAST_SUM, wanted / kept, torch.ones_like(kept))
    return WarpParameters(
        first.color_matrix @ second.color_matrix, shift, kernel * scale.reshape(-1, 1, 1)
    )


def _joined(
    first: WarpParameters,
    thumbnails: Tensor,
    share: Tensor,
    predict: Callable[[Tensor], Tensor],
    warp: Callable[[Tensor, WarpParameters], Tensor],
) -> Tensor:
    second = predict(warp(thumbnails, first)).to(first.kernel.dtype)
    second = towards_identity(second, share)
    with without_autocast(second):
        return compose(first, WarpParameters.from_vector(second)).to_vector()


def _can_be_undone(parameters: WarpParameters) -> Tensor:
    determinant = _determinant(parameters.color_matrix)
    sums = parameters.kernel.sum((1, 2))
    return (determinant.abs() > _LEAST_DETERMINANT) & (sums > _LEAST_SUM)


def _determinant(matrix: Tensor) -> Tensor:
    a, b, c = matrix.unbind(1)
    result: Tensor = (a * torch.linalg.cross(b, c)).sum(1)
    return result


def _inverse(matrix: Tensor) -> Tensor:
    """Invert by cofactors, which every exporter knows."""
    a, b, c = matrix.unbind(1)
    columns = [torch.linalg.cross(b, c), torch.linalg.cross(c, a), torch.linalg.cross(a, b)]
    return torch.stack(columns, 2) / _determinant(matrix).reshape(-1, 1, 1)


def _joined_kernels(first: Tensor, second: Tensor) -> Tensor:
    """Give the middle 5x5 of the kernel that does what both do: of cross-correlations, their convolution."""
    radius = KERNEL_SIZE // 2
    wide = F.pad(first, (radius,) * 4)
    total = torch.zeros_like(first)
    for row in range(KERNEL_SIZE):
        for column in range(KERNEL_SIZE):
            top, left = KERNEL_SIZE - 1 - row, KERNEL_SIZE - 1 - column
            part = wide[:, top : top + KERNEL_SIZE, left : left + KERNEL_SIZE]
            total = total + second[:, row, column].reshape(-1, 1, 1) * part
    return total
