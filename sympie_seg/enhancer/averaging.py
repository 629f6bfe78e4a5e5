"""The weighted mean of enhancers that were trained from one start."""

from __future__ import annotations

import math
from collections.abc import Sequence

from .sympie import SyMPIE


def average_enhancers(enhancers: Sequence[SyMPIE], weights: Sequence[float]) -> SyMPIE:
    """Average the weights, and BatchNorm's statistics, of enhancers (Wortsman et al., 2022).

    It works for enhancers that continue one another or one common start: the loss on the line between their weights
    is then about as low as at its ends, and the mean keeps the skills of both. The mean of enhancers that were trained
    from different starts enhances nothing.

    Args:
        enhancers: at least two; they stay as they are.
        weights: one for each, not below 0, which sum to 1.

    Returns:
        A new enhancer in eval mode, float32, with strength 1, which reads thumbnails of the first one's size.

    Raises:
        ValueError: if the weights cannot be used.
    """
    if len(enhancers) < 2 or len(enhancers) != len(weights):
        raise ValueError(
            f"expected at least two enhancers and a weight for each, got {len(enhancers)} enhancers and "
            f"{len(weights)} weights"
        )
    if not all(math.isfinite(w) and w >= 0 for w in weights) or not math.isclose(
        sum(weights), 1, abs_tol=1e-6
    ):
        raise ValueError(f"expected weights not below 0 that sum to 1, got {list(weights)}")
    mean = SyMPIE(
        thumbnail_resize=enhancers[0].thumbnail_resize, thumbnail_crop=enhancers[0].thumbnail_crop
    ).eval()
    states = [enhancer.state_dict() for enhancer in enhancers]
    summed = {}
    for name, own in mean.state_dict().items():
        if own.is_floating_point():
            parts = [
                weight * state[name].float().cpu()
                for weight, state in zip(weights, states, strict=True)
            ]
            summed[name] = sum(parts[1:], parts[0])
        else:
            summed[name] = states[0][name]  # BatchNorm's count of batches
    mean.load_state_dict(summed)
    return mean
