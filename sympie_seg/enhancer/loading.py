"""Read an enhancer file into a SyMPIE, to apply it or to train it."""

from __future__ import annotations

import os
from typing import Any

import torch

from .files import read_enhancer
from .shipped import resolve_enhancer
from .sympie import SyMPIE


def load_enhancer(
    path: str | os.PathLike[str], map_location: torch.device | str = "cpu"
) -> tuple[SyMPIE, dict[str, Any]]:
    """Read an enhancer; nothing in the file is executed.

    Args:
        path: a file of `save_enhancer`; the short name of a shipped one (`SHIPPED`); or a plain
            state dict such as the public `sympie.pth` (`backbone.*` and `out.*`, also behind
            "module." or "nem.").
        map_location: device of the result.

    Returns:
        The enhancer, in training mode like any new module, and its provenance (empty for a plain
        state dict).

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if the file is damaged, of another kind, or its weights do not fit or are not
            finite; the message names the file and the fix.
    """
    return read_enhancer(SyMPIE, resolve_enhancer(path), map_location)


def forget_inference_options(enhancer: SyMPIE) -> SyMPIE:
    """Take an enhancer as the start of a training.

    Its strength, refinement and dead zone were chosen for weights that change.

    Returns:
        The same enhancer, with strength 1, without refinement and dead zone.
    """
    enhancer.strength = 1.0
    enhancer.refinement = enhancer.dead_zone = None
    return enhancer
