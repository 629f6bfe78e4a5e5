"""Parameters and floating-point operations, counted by PyTorch's own counter."""

from __future__ import annotations

import copy

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from sympie_seg.enhancer import SyMPIE

__all__ = ["count_operations"]


@torch.no_grad()
def count_operations(
    enhancer: SyMPIE, network: nn.Module | None, width: int, height: int
) -> dict[str, int]:
    """Count for one image; a multiplication with its addition counts as two.

    The counter (``torch.utils.flop_counter``) knows convolutions and matrix products, which are all but a percent of
    the work. No pixel is computed: everything runs on PyTorch's "meta" device.

    Args:
        enhancer: any SyMPIE.
        network: the frozen network without its data preprocessor, or None.
        width: of the image.
        height: of the image.

    Returns:
        ``nem``, ``dwm``, ``total`` and, with a network, ``network``.
    """
    enhancer = copy.deepcopy(enhancer).to("meta").eval()
    image = torch.empty(1, 3, height, width, device="meta")
    side = enhancer.thumbnail_crop
    thumbnail = torch.empty(1, 3, side, side, device="meta")
    with FlopCounterMode(display=False) as counter:
        parameters = enhancer.estimate(thumbnail)
    counts = {"nem": counter.get_total_flops()}
    with FlopCounterMode(display=False) as counter:
        enhancer.enhance(image, parameters)
    counts["dwm"] = counter.get_total_flops()
    counts["total"] = counts["nem"] + counts["dwm"]
    if network is not None:
        network = copy.deepcopy(network).to("meta").eval()
        with FlopCounterMode(display=False) as counter:
            network(image)
        counts["network"] = counter.get_total_flops()
    return counts
