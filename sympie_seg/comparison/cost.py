"""What an enhancer costs: parameters, multiplications and time, beside those of the network."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import torch
from mmengine.model import BaseDataPreprocessor
from mmengine.structures import BaseDataElement
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from sympie_seg.comparison.result import Cost
from sympie_seg.models.enhancers import NoEnhancer
from sympie_seg.utils.scopes import is_classification

__all__ = ["enhancer_cost", "network_cost", "usual_size"]


def usual_size(cfg: Mapping[str, Any]) -> tuple[int, int]:
    """The (width, height) at which cost is measured unless another is named: of the config's task."""
    return (224, 224) if is_classification(cfg) else (1024, 512)


@torch.no_grad()
def enhancer_cost(
    preprocessor: BaseDataPreprocessor, plain: BaseDataPreprocessor, size: tuple[int, int]
) -> Cost:
    """Measure what an enhancer adds to its data preprocessor, on one random image of 8 bits.

    Args:
        preprocessor: with the enhancer, in eval mode, on its device.
        plain: the same with NoEnhancer.
        size: (width, height) of the image.

    Returns:
        ``parameters``, ``gmac`` (what PyTorch's counter knows: convolutions and matrix products) and ``milliseconds``
        (median of 5 runs, after 2 to warm up, above the same of the plain one).
    """
    enhancer = preprocessor.enhancer
    image = torch.randint(0, 256, (3, size[1], size[0]), dtype=torch.uint8)
    data = dict(inputs=[image], data_samples=[BaseDataElement()])
    added = 0.0
    if not isinstance(enhancer, NoEnhancer):
        times = [_milliseconds(partial(front, data, False)) for front in (preprocessor, plain)]
        added = max(0.0, times[0] - times[1])
    normalized = (
        image[None].float().to(preprocessor.norm_mean.device) - preprocessor.norm_mean
    ) / preprocessor.norm_std
    return Cost(
        parameters=sum(parameter.numel() for parameter in enhancer.parameters()),
        gmac=_gmac(enhancer, normalized),
        milliseconds=added,
    )


@torch.no_grad()
def network_cost(model: nn.Module, size: tuple[int, int]) -> Cost:
    """Measure a network without its data preprocessor, as :func:`enhancer_cost`."""
    device = next(model.parameters()).device
    image = torch.randn(1, 3, size[1], size[0], device=device)
    own = (p for name, p in model.named_parameters() if not name.startswith("data_preprocessor."))
    return Cost(
        parameters=sum(parameter.numel() for parameter in own),
        gmac=_gmac(model, image),
        milliseconds=_milliseconds(lambda: model(image)),
    )


def _gmac(module: nn.Module, image: Tensor) -> float:
    with FlopCounterMode(display=False) as counter:
        module(image)
    result: float = counter.get_total_flops() / 2e9
    return result


def _milliseconds(call: Callable[[], object]) -> float:
    times = []
    for _ in range(7):
        start = time.perf_counter()
        call()
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        times.append(1000 * (time.perf_counter() - start))
    return sorted(times[2:])[2]
