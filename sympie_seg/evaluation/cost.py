"""What an enhancer costs: parameters, multiplications and time, beside those of the network."""

from __future__ import annotations

import time
from typing import Any

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

__all__ = ["enhancer_cost", "network_cost"]


@torch.no_grad()
def enhancer_cost(enhancer: nn.Module, size: tuple[int, int]) -> dict[str, float]:
    """Measure an enhancer on one random image.

    Args:
        enhancer: in eval mode, on its device.
        size: (width, height) of the image.

    Returns:
        ``parameters``, ``gmac`` and ``milliseconds`` (median of 5, after 2 to warm up).
    """
    image = _image(size, enhancer)
    return {
        "parameters": sum(parameter.numel() for parameter in enhancer.parameters()),
        "gmac": _gmac(enhancer, image),
        "milliseconds": _milliseconds(enhancer, image),
    }


@torch.no_grad()
def network_cost(model: nn.Module, size: tuple[int, int]) -> dict[str, float]:
    """Measure a network without its data preprocessor, as :func:`enhancer_cost`."""
    image = _image(size, model)
    own = (p for name, p in model.named_parameters() if not name.startswith("data_preprocessor."))
    return {
        "parameters": sum(parameter.numel() for parameter in own),
        "gmac": _gmac(model, image),
        "milliseconds": _milliseconds(model, image),
    }


def _image(size: tuple[int, int], module: nn.Module) -> torch.Tensor:
    parameter = next(module.parameters(), None)
    device = "cpu" if parameter is None else parameter.device
    return torch.randn(1, 3, size[1], size[0], device=device)


def _gmac(module: Any, image: torch.Tensor) -> float:
    with FlopCounterMode(display=False) as counter:
        module(image)
    return counter.get_total_flops() / 2e9


def _milliseconds(module: Any, image: torch.Tensor) -> float:
    times = []
    for _ in range(7):
        start = time.perf_counter()
        module(image)
        if image.is_cuda:
            torch.cuda.synchronize()
        times.append(1000 * (time.perf_counter() - start))
    return sorted(times[2:])[2]
