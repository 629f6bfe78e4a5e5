"""mmpretrain's packing step, with everything that our models, hooks and metrics read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mmengine.registry import TRANSFORMS
from mmpretrain.datasets import PackInputs

from sympie_seg.datasets.transforms.pack import CLEAN_KEYS

__all__ = ["PackSyMPIEInputs"]


@TRANSFORMS.register_module()
class PackSyMPIEInputs(PackInputs):
    """mmpretrain's PackInputs, whose ``meta_keys`` need not be written out.

    By default it packs mmpretrain's own keys, ``pad_shape``, ``condition``, ``corruption`` and ``severity``, and
    ``clean_img`` and ``clean_map`` where a transform kept them. A key that an image does not have is left out.

    Args:
        meta_keys (Sequence[str]): further keys. Defaults to ().
        **kwargs: as in mmpretrain.
    """

    DEFAULT_META_KEYS = (
        *PackInputs.DEFAULT_META_KEYS, "pad_shape", "condition", "corruption", "severity", *CLEAN_KEYS,
    )  # fmt: skip

    def __init__(self, meta_keys: Sequence[str] = (), **kwargs: Any) -> None:
        keys = tuple(dict.fromkeys((*self.DEFAULT_META_KEYS, *meta_keys)))
        super().__init__(meta_keys=keys, **kwargs)
