"""The data preprocessor of classification, for configs that import ``sympie_seg`` only."""

from __future__ import annotations

from typing import Any

from mmengine.registry import MODELS

__all__ = ["build_cls_data_preprocessor"]


@MODELS.register_module(name="SyMPIEClsDataPreprocessor")
def build_cls_data_preprocessor(**options: Any) -> Any:
    """Build ``SyMPIEClsDataPreprocessor``; mmpretrain is not imported before the first call.

    Raises:
        MissingExtraError: if mmpretrain is not installed, with the command that installs it.
    """
    from sympie_seg.classification import SyMPIEClsDataPreprocessor

    return SyMPIEClsDataPreprocessor(**options)
