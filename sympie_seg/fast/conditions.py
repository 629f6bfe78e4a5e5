"""When the fast path may stand in for the plain one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from ..enhancer.dwm import DifferentiableWarpingModule
from ..enhancer.recording import is_recorded
from ..enhancer.sympie import SyMPIE
from . import cuda

_TYPES = (
    torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64, torch.float16, torch.float32,
)  # fmt: skip


def applies(enhancer: nn.Module, images: Sequence[Tensor]) -> bool:
    """Whether `images` can take the fast path through `enhancer` with the same result.

    It needs a SyMPIE in eval mode with float32 weights whose own methods and DWM are at work, without hooks on them,
    nobody who wants gradients or records the operations (exporters, compilers, counters), and colour images in a
    usual type on the enhancer's device: the CPU, or a CUDA device on which the kernel works. The attribute
    ``enhancer.fast = False`` forbids it.
    """
    return (
        getattr(enhancer, "fast", True)
        and not enhancer.training
        and _is_the_method(enhancer)
        and is_free(enhancer.parameters())
        and all(weight.dtype == torch.float32 for weight in enhancer.parameters())
        and are_fast_images(images)
        and _on_one_fast_device([*images, *enhancer.parameters()])
    )


def are_fast_images(images: Sequence[Tensor]) -> bool:
    """Whether these are colour images of a type that can be read."""
    return len(images) > 0 and all(
        type(image) is Tensor
        and image.layout is torch.strided
        and image.dtype in _TYPES
        and image.dim() == 3
        and image.shape[0] == 3
        and image.numel() > 0
        and not (image.requires_grad and torch.is_grad_enabled())
        for image in images
    )


def is_free(parameters: Iterable[Tensor]) -> bool:
    """Whether nothing watches the operations: no gradient and no recording."""
    if is_recorded() or torch._C._len_torch_dispatch_stack() > 0:
        return False
    return not (torch.is_grad_enabled() and any(p.requires_grad for p in parameters))


def _on_one_fast_device(tensors: Iterable[Tensor]) -> bool:
    devices = {tensor.device for tensor in tensors}
    if len(devices) > 1:
        return False
    (device,) = devices
    return device.type == "cpu" or (device.type == "cuda" and cuda.works(device))


def has_hooks(module: nn.Module) -> bool:
    """Whether a call of the module does more than its forward."""
    return bool(module._forward_hooks or module._forward_pre_hooks)


def _is_the_method(enhancer: Any) -> bool:
    own = ("forward", "estimate", "enhance")
    return (
        isinstance(enhancer, SyMPIE)
        and all(getattr(type(enhancer), name) is getattr(SyMPIE, name) for name in own)
        and not any(name in vars(enhancer) for name in own)
        and type(enhancer.dwm) is DifferentiableWarpingModule
        and not enhancer.dwm.training
        and not has_hooks(enhancer)
        and not has_hooks(enhancer.dwm)
        and enhancer._compiled_call_impl is None
    )
