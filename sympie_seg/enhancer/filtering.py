"""How much an enhancer filters: its kernels moved towards the gain that they have."""

from __future__ import annotations

import copy

import torch

from .parameters import KERNEL, KERNEL_SIZE, check_factor
from .sympie import SyMPIE


def scale_filtering(enhancer: SyMPIE, share: float) -> SyMPIE:
    """Keep a share of what the kernels filter, for every image; brightness and colours stay as they are.

    A kernel K with the sum s is a gain of s and a filter K - s D, where D is 1 at the centre. The result predicts
    s D + share (K - s D): noise is smoothed less, and edges are sharpened less. That is linear in K, so it goes into
    the weights of NEM's last layer, and costs nothing in use.

    Args:
        enhancer: stays as it is.
        share: in [0, 2]. 0 keeps the gain alone, 1 changes nothing.

    Returns:
        A copy, with its strength, second estimate and dead zone, of the same type and on the same device.

    Raises:
        TypeError: if the share is no number.
        ValueError: if it is outside [0, 2].
    """
    check_factor(share, "the share of the filter", "0 keeps the gain alone, 1 changes nothing")
    scaled = copy.deepcopy(enhancer)
    with torch.no_grad():
        for numbers in (scaled.nem.out.weight, scaled.nem.out.bias):
            kernels = numbers[KERNEL].cpu().double()  # a row for each of the 25 positions
            filtered = share * kernels
            filtered[KERNEL_SIZE**2 // 2] += (1 - share) * kernels.sum(0)
            numbers[KERNEL] = filtered.to(numbers)
    return scaled
