"""A dead zone around identity: estimates that hardly change an image change nothing."""

from __future__ import annotations

import torch
from torch import Tensor

from .distances import share_by_distance, towards_identity
from .parameters import WarpParameters
from .precision import at_least_float32

__all__ = ["leave_near_identity"]


def leave_near_identity(numbers: Tensor, dead_zone: tuple[float, float]) -> Tensor:
    """Move estimates near identity to identity.

    What an enhancer does to clean images is small and nearly the same for all of them: it is of no use there.

    Args:
        numbers: (N, 37), NEM's estimate.
        dead_zone: distances from identity (`WarpParameters.distance_to_identity`): up to the first the image stays as
            it is, from the second on the estimate counts in full, between them by a straight line.

    Returns:
        (N, 37). Estimates that count in full keep every bit.
    """
    exact = numbers.to(at_least_float32(numbers))
    share = share_by_distance(WarpParameters.from_vector(exact), dead_zone)
    moved = towards_identity(exact, share)
    return torch.where((share < 1).unsqueeze(1), moved.to(numbers.dtype), numbers)
