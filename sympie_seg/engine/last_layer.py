"""NEM's last layer fitted to many images at once, with its features held fixed."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from sympie_seg.engine.output_preconditioner import preconditioner
from sympie_seg.enhancer.patch_moments import PatchMoments, remaining_difference

__all__ = ["Fit", "fit_last_layer"]

_CHUNK = 2000  # images at once: bounds the memory
_STEPS = 20  # between two looks at the images held out


class Fit(NamedTuple):
    """What a fit did: mean difference on the images that it read and on those held out, before and after."""

    before: tuple[float, float]
    after: tuple[float, float]
    steps: int


def fit_last_layer(
    layer: nn.Linear,
    features: Tensor,
    moments: PatchMoments,
    held_out: float = 0.1,
    max_steps: int = 400,
    ridge: float = 0.01,
) -> Fit:
    """Minimise the mean of :func:`~sympie_seg.enhancer.patch_moments.remaining_difference` over the layer's weights.

    A step of Adam on a batch moves the layer by what a few images say; a dark image needs numbers far from those of the
    others, and few batches hold one. L-BFGS on all images at once follows these directions. It stops where the images
    held out gain nothing more.

    Args:
        layer: ``nem.out``; its weight and bias change in place.
        features: what it reads, float32 (N, 512).
        moments: of the same images.
        held_out: share of the images, the last ones, that only say when to stop.
        max_steps: of L-BFGS.
        ridge: times the sum of squared changes of the weights, added to the mean. Without it the weights grow
            twentyfold along features that hardly vary; the next training then diverges.

    Raises:
        ValueError: if fewer than 20 images come, or the counts differ.
    """
    if len(features) < 20 or len(features) != len(moments.energy):
        raise ValueError(
            f"expected features and moments of the same 20 images or more, got {len(features)} and "
            f"{len(moments.energy)}"
        )
    turn = preconditioner()
    mean, spread = features.mean(0), features.std(0) + 1e-3
    inputs = torch.cat([(features - mean) / spread, features.new_ones(len(features), 1)], 1)
    with torch.no_grad():
        start = layer(features)
    change = torch.zeros(inputs.shape[1], 37, requires_grad=True)
    read = len(features) - max(1, round(held_out * len(features)))
    chunks = [(first, min(first + _CHUNK, read)) for first in range(0, read, _CHUNK)]

    def difference(first: int, last: int) -> Tensor:
        numbers = start[first:last] + inputs[first:last] @ change @ turn
        part = PatchMoments(*(field[first:last] for field in moments))
        return remaining_difference(numbers, part).sum()

    def both() -> tuple[float, float]:
        with torch.no_grad():
            return (
                sum(float(difference(*chunk)) for chunk in chunks) / read,
                float(difference(read, len(features))) / (len(features) - read),
            )

    def closure() -> float:
        optimizer.zero_grad()
        total = 0.0
        for chunk in chunks:
            loss = difference(*chunk) / read
            loss.backward()
            total += loss.item()
        penalty = ridge * (change[:-1] @ turn / spread[:, None]).square().sum()
        penalty.backward()
        return total + penalty.item()

    optimizer = torch.optim.LBFGS(
        [change], max_iter=_STEPS, history_size=20, line_search_fn="strong_wolfe"
    )
    before = after = both()
    best, steps = change.detach().clone(), 0
    while steps < max_steps:
        optimizer.step(closure)
        now = both()
        if not now[1] < after[1]:
            break
        best, after, steps = change.detach().clone(), now, steps + _STEPS
    with torch.no_grad():
        moved = best @ turn  # (513, 37)
        weight = (moved[:-1] / spread[:, None]).T
        layer.weight.add_(weight)
        layer.bias.add_(moved[-1] - weight @ mean)
    return Fit(before, after, steps)
