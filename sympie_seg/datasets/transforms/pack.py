"""mmseg's packing step, with everything that our models, hooks and metrics read."""

from __future__ import annotations

from collections.abc import Sequence

from mmengine.registry import TRANSFORMS
from mmseg.datasets.transforms import PackSegInputs

from sympie_seg.datasets.conditions import META_KEYS

__all__ = ["CLEAN_KEYS", "PackSyMPIESegInputs"]

CLEAN_KEYS = ("clean_img", "clean_map")
"""What RandomCorruption and KeepClean leave of the image before the corruption."""


@TRANSFORMS.register_module()
class PackSyMPIESegInputs(PackSegInputs):
    """mmseg's PackSegInputs, whose ``meta_keys`` need not be written out.

    By default it packs mmseg's own keys, ``condition``, ``corruption`` and ``severity``, and ``clean_img`` and
    ``clean_map`` where a transform kept them. A key that an image does not have is left out.

    Args:
        meta_keys (Sequence[str]): further keys. Defaults to ().
    """

    def __init__(self, meta_keys: Sequence[str] = ()) -> None:
        super().__init__(tuple(dict.fromkeys((*META_KEYS, *CLEAN_KEYS, *meta_keys))))
