"""Which package a part of mmseg lacks where mmseg itself does not say so.

Without mmdet, or where mmdet cannot be imported, mmseg derives its Mask2Former and MaskFormer heads from an empty
class, whose error blames an argument of the config. Importing this module needs the standard library only.
"""

from __future__ import annotations

from importlib import import_module

__all__ = ["HEADS_OF_MMDET", "missing_package"]

HEADS_OF_MMDET = ("Mask2FormerHead", "MaskFormerHead")


def missing_package(kind: str) -> str:
    """Say which package a type of a config needs and lacks, and how to install it.

    Args:
        kind: the type as a config names it, with or without its scope (``mmseg.MaskFormerHead``).

    Returns:
        ``the package NAME, which cannot be imported (REASON): FIX``; empty where nothing is missing.
    """
    if kind.rpartition(".")[2] not in HEADS_OF_MMDET:
        return ""
    try:
        import_module("mmdet.models.dense_heads")
    except ImportError as error:
        return (
            f"the package mmdet, which cannot be imported ({error}): pip install 'mmdet>=3.3,<3.4'"
        )
    return ""
