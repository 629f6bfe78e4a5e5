"""The plug-ins for mmseg and mmpretrain, and what they share."""

from typing import Any

from mmengine.registry import MODELS

from sympie_seg.models.data_preprocessors.enhancement import EnhancementMixin
from sympie_seg.models.data_preprocessors.sympie_seg_data_preprocessor import (
    SyMPIESegDataPreProcessor,
)

__all__ = ["EnhancementMixin", "SyMPIESegDataPreProcessor"]


@MODELS.register_module(name="SyMPIEClsDataPreprocessor")
def _build_sympie_cls_data_preprocessor(**options: Any) -> Any:
    """Find the class for configs that import ``sympie_seg`` only; mmpretrain is not imported before it is built."""
    from sympie_seg.classification import SyMPIEClsDataPreprocessor

    return SyMPIEClsDataPreprocessor(**options)
