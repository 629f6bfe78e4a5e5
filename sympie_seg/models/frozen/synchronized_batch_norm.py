"""BatchNorm of the enhancer, and of nothing else, over all ranks."""

from __future__ import annotations

import torch
from mmengine.logging import print_log
from mmengine.model import BaseDataPreprocessor
from torch import nn

__all__ = ["synchronize_batch_norm"]


def synchronize_batch_norm(preprocessor: BaseDataPreprocessor) -> bool:
    """Turn the enhancer's BatchNorm into SyncBatchNorm where there is CUDA; to be called before DDP wraps.

    ``torch.nn.SyncBatchNorm`` does not run on the CPU: there each rank normalises by its own images, and only the
    running statistics are averaged over the ranks after each step. The teacher, always in eval mode, stays as it
    is.

    Args:
        preprocessor: the data preprocessor; its ``enhancer`` is changed in place.

    Returns:
        Whether it was converted.
    """
    layers = [m for m in preprocessor.enhancer.modules() if isinstance(m, nn.BatchNorm2d)]
    if not layers:
        return False
    if not torch.cuda.is_available():
        print_log(
            f"NEM keeps {len(layers)} plain BatchNorm layers: SyncBatchNorm does not run on the CPU. Each rank "
            "normalises by its own images, the running statistics are averaged",
            logger="current",
        )
        return False
    preprocessor.enhancer = nn.SyncBatchNorm.convert_sync_batchnorm(preprocessor.enhancer)
    print_log(f"NEM's {len(layers)} BatchNorm layers are synchronised", logger="current")
    return True
