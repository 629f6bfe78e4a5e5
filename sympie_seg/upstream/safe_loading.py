"""Let ``torch.load(weights_only=True)`` read the checkpoints that mmengine writes.

mmengine stores its log history (``HistoryBuffer``, numpy arrays) beside the weights, and torch >= 2.6
refuses classes that it does not know. The cure is a short list of harmless classes; ``weights_only``
itself is never switched off, so a checkpoint that wants to run code is still refused.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from mmengine.logging import HistoryBuffer

__all__ = ["allow_mmengine_checkpoint_classes", "history_statistic"]

STATISTICS = ("min", "max", "mean", "current")


def history_statistic(owner: Any, name: str) -> Callable[..., Any]:
    """Stand in for ``builtins.getattr`` in a checkpoint; knows HistoryBuffer's statistics only.

    ``HistoryBuffer`` pickles its table of statistics as ``getattr(HistoryBuffer, 'mean')`` and so on. The
    real ``getattr`` would let a hostile file walk from any allowed class to any function.

    Raises:
        ValueError: if anything else is asked for.
    """
    if owner is not HistoryBuffer or name not in STATISTICS:
        raise ValueError(
            f"this checkpoint asks for getattr({owner!r}, {name!r}), which no mmengine checkpoint "
            "needs: it is damaged or tries to run code. Do not use it; get it again from its source"
        )
    result: Callable[..., Any] = getattr(HistoryBuffer, name)
    return result


def allow_mmengine_checkpoint_classes() -> None:
    """Add the classes of mmengine's checkpoints to torch's allow-list."""
    multiarray = np.empty(0).__reduce__()[0].__module__  # numpy._core or numpy.core .multiarray
    arrays = __import__(multiarray, fromlist=["_reconstruct", "scalar"])
    allowed: list[Any] = [
        HistoryBuffer,
        np.ndarray,
        np.dtype,
        (history_statistic, "builtins.getattr"),
    ]
    allowed += [np.dtypes.Float64DType, np.dtypes.Int64DType]
    # A file written under numpy 1 names numpy.core, one written under numpy 2 numpy._core.
    for package in ("numpy.core", "numpy._core"):
        for name in ("_reconstruct", "scalar"):
            allowed.append((getattr(arrays, name), f"{package}.multiarray.{name}"))
    torch.serialization.add_safe_globals(allowed)
