"""Which package a part of mmseg lacks where mmseg itself does not say so.

Without mmdet, or where mmdet cannot be imported, mmseg derives its Mask2Former and MaskFormer heads from an empty
class, whose error blames an argument of the config. Importing this module needs the standard library only.
"""

from __future__ import annotations

from importlib import import_module

__all__ = ["missing_package"]

_MMDET = ("mmdet", "mmdet.models.dense_heads", "pip install 'mmdet>=3.3,<3.4'")
_NEEDS = dict(Mask2FormerHead=_MMDET, MaskFormerHead=_MMDET)


def missing_package(kind: str) -> str:
    """Say which package a type of a config needs and lacks, and how to install it.

    Args:
        kind: the type as a config names it, with or without its scope (``mmseg.MaskFormerHead``).

    Returns:
        ``the package NAME, which cannot be imported (REASON): FIX``; empty where nothing is missing.
    """
    name, module, fix = _NEEDS.get(kind.rpartition(".")[2], ("", "", ""))
    if not name:
        return ""
    try:
        import_module(module)
    except ImportError as error:
        return f"the package {name}, which cannot be imported ({error}): {fix}"
    return ""
