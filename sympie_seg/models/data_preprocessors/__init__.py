"""The plug-ins for mmseg and mmpretrain, and what they share."""

from sympie_seg.models.data_preprocessors.enhancement import EnhancementMixin
from sympie_seg.models.data_preprocessors.shared_enhancement import SharedEnhancement
from sympie_seg.models.data_preprocessors.sympie_seg_data_preprocessor import (
    SyMPIESegDataPreProcessor,
)

__all__ = ["EnhancementMixin", "SharedEnhancement", "SyMPIESegDataPreProcessor"]
