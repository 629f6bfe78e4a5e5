"""A dead zone around identity: estimates that hardly change an image change nothing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from numbers import Real

import torch
from torch import Tensor

from .parameters import WarpParameters
from .precision import at_least_float32

__all__ = ["check_distances", "leave_near_identity", "share_by_distance"]


def check_distances(
    distances: Sequence[float] | None, name: str = "dead_zone"
) -> tuple[float, float] | None:
    """Give two distances from identity as floats, or None.

    Raises:
        TypeError: if it is no pair of numbers.
        ValueError: if they are not finite, below 0, or the second is not above the first.
    """
    if distances is None:
        return None
    values = tuple(distances) if isinstance(distances, (list, tuple)) else ()
    if len(values) != 2 or any(isinstance(v, bool) or not isinstance(v, Real) for v in values):
        raise TypeError(f"expected {name} as two numbers or None, got {distances!r}")
    low, high = (float(value) for value in values)
    if not (0 <= low < high and math.isfinite(high)):  # NaN is none of these
        raise ValueError(
            f"expected {name}=(low, high) with 0 <= low < high, got ({low}, {high}); None turns it off"
        )
    return low, high


def share_by_distance(parameters: WarpParameters, distances: tuple[float, float]) -> Tensor:
    """Give 0 up to the first distance from identity, 1 from the second on, a straight line between; shape (N,)."""
    low, high = distances
    return ((parameters.distance_to_identity() - low) / (high - low)).clamp(0, 1)


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
    parameters = WarpParameters.from_vector(numbers.to(at_least_float32(numbers)))
    share = share_by_distance(parameters, dead_zone).unsqueeze(1)
    neutral = WarpParameters.identity(1, numbers.device, share.dtype).to_vector()
    moved = neutral + share * (parameters.to_vector() - neutral)
    return torch.where(share < 1, moved.to(numbers.dtype), numbers)
