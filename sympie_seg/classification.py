"""What the classification branch adds to mmpretrain's registries; the one module here that imports mmpretrain.

A classification config has ``custom_imports = dict(imports=['sympie_seg', 'sympie_seg.classification'])``. Segmentation
never imports this module, so that mmpretrain stays optional.

Raises:
    MissingExtraError: if mmpretrain is not installed, with the command that installs it.
"""

from __future__ import annotations

from sympie_seg.utils.extras import require_mmpretrain

require_mmpretrain()

from sympie_seg.datasets.classification import (  # noqa: E402
    ConditionClassFolderDataset,
    ConditionImageNetDataset,
    ImageNetCDataset,
    ImageNetCMixedDataset,
    PackSyMPIEInputs,
    VizWizClassificationDataset,
)
from sympie_seg.engine.hooks.condition_cls_visualization_hook import (  # noqa: E402
    ConditionClsVisualizationHook,
)
from sympie_seg.models.data_preprocessors.sympie_cls_data_preprocessor import (  # noqa: E402
    SyMPIEClsDataPreprocessor,
)
from sympie_seg.models.heads.zero_shot_head import ZeroShotClsHead  # noqa: E402

__all__ = [
    "ConditionClassFolderDataset",
    "ConditionClsVisualizationHook",
    "ConditionImageNetDataset",
    "ImageNetCDataset",
    "ImageNetCMixedDataset",
    "PackSyMPIEInputs",
    "SyMPIEClsDataPreprocessor",
    "VizWizClassificationDataset",
    "ZeroShotClsHead",
]
