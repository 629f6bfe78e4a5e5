"""Repairs of the unmaintained OpenMMLab stack, applied once by ``import sympie_seg``.

=========================  ==============================================================================
file                       what is broken upstream
=========================  ==============================================================================
``mmcv_ops``               mmseg imports ``mmcv.ops`` unguarded; mmcv-lite has no compiled ops
``safe_loading``           torch >= 2.6 refuses mmengine's own checkpoints (``weights_only``)
``checkpoint_reading``     downloads, and in onedl-mmengine every file, are read without ``weights_only``
``config_package``         ``_base_ = 'sympie_seg::...'`` works for mmengine's own packages only
``onedl_names``            ``mmseg::...`` is not found where the fork onedl-mmsegmentation is installed
``albumentations_check``   albumentations asks the network for a newer version on import
``mmpretrain_multimodal``  with a recent transformers and pycocotools ``mmpretrain.models`` is not importable
=========================  ==============================================================================

Nothing here switches a safety off, and nothing here is needed once upstream is fixed.
"""

from __future__ import annotations

from sympie_seg.upstream.albumentations_check import silence_albumentations_update_check
from sympie_seg.upstream.checkpoint_reading import install_safe_checkpoint_loader
from sympie_seg.upstream.config_package import make_configs_known
from sympie_seg.upstream.mmcv_ops import install_mmcv_ops_stand_in
from sympie_seg.upstream.mmpretrain_multimodal import leave_out_multimodal_models
from sympie_seg.upstream.onedl_names import name_onedl_forks
from sympie_seg.upstream.safe_loading import allow_mmengine_checkpoint_classes

__all__ = ["apply_repairs"]


def apply_repairs() -> None:
    """Apply every repair; safe to call more than once."""
    silence_albumentations_update_check()
    install_mmcv_ops_stand_in()
    allow_mmengine_checkpoint_classes()
    install_safe_checkpoint_loader()
    make_configs_known()
    name_onedl_forks()
    leave_out_multimodal_models()
