"""Times of several variants, taken in turns so that noise of the machine meets all of them."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping

import torch

__all__ = ["median", "median_ratio", "take_turns"]

# PyTorch's own threads spin for some milliseconds after their last operation: not in the next variant's time.
_PAUSE = 0.01


def take_turns(
    variants: Mapping[str, Callable[[], object]], seconds: float, least: int = 3, most: int = 30
) -> dict[str, list[float]]:
    """Run every variant once a round, after one round to warm up.

    Args:
        variants: what to run, by name.
        seconds: no further round begins after this time.
        least: rounds that are run in any case.
        most: rounds at most.

    Returns:
        Milliseconds of each round, by name.
    """
    times: dict[str, list[float]] = {name: [] for name in variants}
    for run in variants.values():
        run()
    end = time.perf_counter() + seconds
    for index in range(most):
        if index >= least and time.perf_counter() > end:
            break
        for name, run in variants.items():
            times[name].append(_milliseconds(run))
    return times


def median(times: list[float]) -> float:
    """Give the middle time."""
    return statistics.median(times)


def median_ratio(slow: list[float], quick: list[float]) -> float:
    """Give the middle of the rounds' own ratios: both of a ratio were measured within one round."""
    return statistics.median(a / b for a, b in zip(slow, quick, strict=False))


def _milliseconds(run: Callable[[], object]) -> float:
    _synchronize()
    time.sleep(_PAUSE)
    start = time.perf_counter()
    result = run()
    _synchronize()
    passed = time.perf_counter() - start
    del result  # after the clock: giving memory back is no part of the work
    return 1000 * passed


def _synchronize() -> None:
    if torch.cuda.is_available():
        torch.cuda.synchronize()
