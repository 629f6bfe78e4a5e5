"""An enhancer file as the start of a training."""

from __future__ import annotations

import os

from mmengine.registry import MODELS

from sympie_seg.enhancer import SyMPIE, load_enhancer

__all__ = ["SyMPIEFromFile"]


@MODELS.register_module()
def SyMPIEFromFile(path: str | os.PathLike[str]) -> SyMPIE:
    """Give the enhancer of a file, to continue its training.

    ``enhancer=dict(type='SyMPIEFromFile', path=FILE)`` in a config differs from ``enhancer=FILE``: a
    checkpoint that is loaded later replaces it, as it should where the checkpoint comes from that training. The file's
    own strength is not kept: it was chosen for the weights that the training changes.

    Args:
        path: an enhancer file.

    Raises:
        FileNotFoundError: if it is missing.
        ValueError: if it holds no enhancer.
    """
    enhancer = load_enhancer(path)[0]
    enhancer.strength = 1.0
    return enhancer
