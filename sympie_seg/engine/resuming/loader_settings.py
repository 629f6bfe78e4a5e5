"""Settings of data loaders that contradict each other, put right before torch refuses them."""

from __future__ import annotations

import copy
import logging
from typing import Any

from mmengine.logging import print_log

__all__ = ["workable"]

_WORKERS_ONLY = ("persistent_workers", "prefetch_factor")


def workable(loader: Any) -> Any:
    """Leave out what only workers have, where there are none (``num_workers=0``), and log it.

    Args:
        loader: config of a data loader, which stays as it was; anything else is given back.
    """
    if not isinstance(loader, dict) or loader.get("num_workers") != 0:
        return loader
    unfit = [key for key in _WORKERS_ONLY if loader.get(key)]
    if not unfit:
        return loader
    loader = copy.copy(loader)
    for key in unfit:
        loader.pop(key)
    verb = "is" if len(unfit) == 1 else "are"
    print_log(
        f"num_workers=0 has no workers, so {' and '.join(unfit)} of this data loader {verb} not used",
        logger="current",
        level=logging.WARNING,
    )
    return loader
