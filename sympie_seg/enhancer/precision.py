"""Where the enhancer leaves autocast: 37 numbers steer every pixel, so they keep full precision."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor


def without_autocast(tensor: Tensor) -> AbstractContextManager[object]:
    """Give a context in which autocast is off on the tensor's device.

    Entered only where autocast is on, so that plain float32 graphs stay free of autocast nodes
    when they are compiled or exported.
    """
    device_type = tensor.device.type
    # "meta", where operations are counted, has no autocast.
    if device_type != "meta" and torch.is_autocast_enabled(device_type):
        return torch.autocast(device_type, enabled=False)
    return nullcontext()


def at_least_float32(*tensors: Tensor) -> torch.dtype:
    """Give the widest type among float32 and the tensors' own types."""
    dtype = torch.float32
    for tensor in tensors:
        dtype = torch.promote_types(dtype, tensor.dtype)
    return dtype
