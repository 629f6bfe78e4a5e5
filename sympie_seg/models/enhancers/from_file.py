"""An enhancer file as the start of a training."""

from __future__ import annotations

import os

from mmengine.registry import MODELS

from sympie_seg.enhancer import SyMPIE, load_enhancer

__all__ = ["SyMPIEFromFile"]


@MODELS.register_module()
def SyMPIEFromFile(path: str | os.PathLike[str]) -> SyMPIE:
    """Give the enhancer of a file, to go on training it.

    ``enhancer=dict(type='SyMPIEFromFile', path=FILE)`` in a config differs from ``enhancer=FILE``: a
    checkpoint that is loaded later replaces it, as it should where the checkpoint comes from that training.

    Args:
        path: an enhancer file.

    Raises:
        FileNotFoundError: if it is missing.
        ValueError: if it holds no enhancer.
    """
    return load_enhancer(path)[0]
