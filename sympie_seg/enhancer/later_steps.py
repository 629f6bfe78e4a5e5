"""What follows NEM's first estimate where a file asks for it: the same steps in every way to enhance."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from .dead_zone import leave_near_identity
from .parameters import WarpParameters
from .refinement import refine

__all__ = ["finish_estimate"]


def finish_estimate(
    first: Tensor,
    thumbnails: Tensor,
    dead_zone: tuple[float, float] | None,
    refinement: tuple[float, float] | None,
    predict: Callable[[Tensor], Tensor],
    warp: Callable[[Tensor, WarpParameters], Tensor],
) -> Tensor:
    """Apply the dead zone, then estimate a second time; each only where it is asked for.

    Args:
        first: (N, 37), NEM's estimate.
        thumbnails: (N, 3, h, w), what it was made from.
        dead_zone: see `leave_near_identity`, or None.
        refinement: see `refine`, or None.
        predict: NEM.
        warp: applies parameters to thumbnails, and clamps.

    Returns:
        (N, 37), before any strength.
    """
    if dead_zone is not None:
        first = leave_near_identity(first, dead_zone)
    if refinement is not None:
        first = refine(first, thumbnails, refinement, predict, warp)
    return first
