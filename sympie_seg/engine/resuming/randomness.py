"""Randomness as a function of (seed, what is drawn): nothing to save, nothing that a restart could lose.

Every random state is set again for every sample and for every iteration from a number that depends on the run's
seed and on the sample's place in the order of draws, or on the iteration. So a run that continues at iteration 700
draws what it would have drawn, whatever the number of workers, and whatever was drawn before.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterable, Iterator
from typing import Any

import cv2
import numpy as np
import torch

from sympie_seg.utils.seeds import hashed_seed

__all__ = ["albumentations_in", "derive_seed", "set_random_states"]


def derive_seed(*key: int | str | None) -> int:
    """Give a seed of 32 bits that depends on all parts of the key, the same on every machine.

    Args:
        *key: for example ``(run_seed, 'draw', 123)``.
    """
    return hashed_seed(*key) & 0xFFFFFFFF


def set_random_states(seed: int, albumentations: Iterable[Any] = ()) -> None:
    """Set the states of Python, NumPy, torch (every device), OpenCV and of albumentations' transforms.

    Args:
        seed: 0 .. 2**32 - 1.
        albumentations: transforms or compositions; albumentations 2 keeps a state of its own in each, which
            ``np.random.seed`` does not reach.
    """
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    cv2.setRNGSeed(seed & 0x7FFFFFFF)
    for transform in albumentations:
        transform.set_random_seed(seed)


def albumentations_in(holder: Any) -> list[Any]:
    """Find albumentations' transforms in a dataset: in its pipeline, and in the datasets that it wraps.

    Args:
        holder: a dataset, a pipeline, or anything that holds one.

    Returns:
        The outermost transforms, each once; empty where albumentations was never imported.
    """
    module = sys.modules.get("albumentations")
    if module is None:
        return []
    kinds = (module.BaseCompose, module.BasicTransform)
    return list(_find(holder, kinds, set()))


def _find(holder: Any, kinds: tuple[type, ...], seen: set[int]) -> Iterator[Any]:
    if id(holder) in seen:
        return
    seen.add(id(holder))
    if isinstance(holder, kinds):
        yield holder
    elif isinstance(holder, (list, tuple)):
        # Long lists are lists of samples; a pipeline has a few steps.
        for item in holder if len(holder) <= 1000 else ():
            yield from _find(item, kinds, seen)
    elif isinstance(holder, dict):
        for item in holder.values():
            yield from _find(item, kinds, seen)
    elif not isinstance(holder, (type, np.ndarray, torch.Tensor)):
        for item in getattr(holder, "__dict__", {}).values():
            yield from _find(item, kinds, seen)
