"""Options and shares that go by how far an estimate lies from identity."""

from __future__ import annotations

import math
from collections.abc import Sequence
from numbers import Real

from torch import Tensor

from .parameters import WarpParameters

__all__ = ["check_distances", "share_by_distance", "towards_identity"]


def check_distances(distances: Sequence[float] | None, name: str) -> tuple[float, float] | None:
    """Give two distances from identity as floats, or None.

    Args:
        distances: the value of the option.
        name: of the option, for the message.

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


def towards_identity(numbers: Tensor, share: Tensor) -> Tensor:
    """Keep of every set of 37 numbers (N, 37) its share (N,) of the way from identity, without a check."""
    neutral = WarpParameters.identity(1, numbers.device, numbers.dtype).to_vector()
    return neutral + share.unsqueeze(1) * (numbers - neutral)
