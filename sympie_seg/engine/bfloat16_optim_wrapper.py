"""Mixed precision without a GPU."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from mmengine.optim import OptimWrapper
from mmengine.registry import OPTIM_WRAPPERS
from mmengine.runner import autocast
from torch import nn

__all__ = ["Bfloat16OptimWrapper"]


@OPTIM_WRAPPERS.register_module()
class Bfloat16OptimWrapper(OptimWrapper):
    """OptimWrapper that trains in bfloat16 autocast, on the CPU too, where mmengine's AmpOptimWrapper refuses.

    bfloat16 has float32's range, so no loss is scaled. About twice as fast on CPUs with avx512_bf16 or AMX, slower on
    others. Takes the arguments of OptimWrapper.
    """

    @contextmanager
    def optim_context(self, model: nn.Module) -> Iterator[None]:
        """Accumulate as the parent does, in autocast."""
        with super().optim_context(model), autocast(dtype=torch.bfloat16):
            yield
