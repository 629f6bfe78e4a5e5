"""The plug-in and what it shares with the classification branch."""

from sympie_seg.models.data_preprocessors.enhancement import EnhancementMixin
from sympie_seg.models.data_preprocessors.sympie_seg_data_preprocessor import (
    SyMPIESegDataPreProcessor,
)

__all__ = ["EnhancementMixin", "SyMPIESegDataPreProcessor"]
