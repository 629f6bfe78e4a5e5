"""Images to look at: for each condition those with the best, the median and the worst gain, tested once more."""

from __future__ import annotations

import os.path as osp
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from mmengine.dataset import pseudo_collate
from torch import Tensor

from sympie_seg.comparison.activity import ActivityWatch
from sympie_seg.comparison.enhancers import EnhancerChoice
from sympie_seg.comparison.remaining_images import RemainingImages
from sympie_seg.comparison.run import Comparison
from sympie_seg.corruptions import GridName
from sympie_seg.report import Example, View

__all__ = ["Choice", "choose_examples", "make_examples"]

_MOST = 24  # examples of a page that can still be looked through


@dataclass(frozen=True)
class Choice:
    """An image that was chosen.

    Attributes:
        group: number of its condition.
        index: of the image in the whole test set.
        image: its file.
        choice: 'best', 'median' or 'worst'.
        enhancer: whose gain it is.
        gain: in points.
    """

    group: int
    index: int
    image: str
    choice: str
    enhancer: str
    gain: float


def choose_examples(comparison: Comparison, most: int = _MOST) -> list[Choice]:
    """Choose by each image's own score (mIoU; in classification the probability of its class).

    Enhancer files come before classical enhancers, which are looked at only where there is no file. Of a corruption
    grid the middle severity is shown.

    Args:
        comparison: what was compared.
        most: how many to choose at most; conditions are left out from the end.

    Returns:
        Up to three images per condition and enhancer; fewer where a condition has fewer images.
    """
    others = comparison.choices[1:]
    files = [choice for choice in others if choice.is_file] or others
    chosen: list[Choice] = []
    for group in _groups_to_show(comparison):
        here = [one for choice in files for one in _choose(comparison, group, choice.name)]
        if len(chosen) + len(here) > most:
            break
        chosen += here
    return chosen


def make_examples(comparison: Comparison, chosen: Sequence[Choice]) -> list[Example]:
    """Test the chosen images again, behind every enhancer, and keep what can be seen.

    Args:
        comparison: what was compared; its network is used, and ends behind the last enhancer.
        chosen: from :func:`choose_examples`.

    Returns:
        One example for each.
    """
    indices = list(dict.fromkeys(choice.index for choice in chosen))
    seen: dict[int, dict[str, Any]] = {index: {} for index in indices}
    for enhancer in comparison.choices:
        for index, (shown, view) in _views(comparison, enhancer, indices).items():
            seen[index].setdefault("shown", shown)
            seen[index].setdefault("views", {})[enhancer.name] = view
    return [_example(comparison, choice, **seen[choice.index]) for choice in chosen]


def _groups_to_show(comparison: Comparison) -> list[int]:
    """Conditions outside the grid, then the grid's middle severity."""
    grid = comparison.result.grid
    names = [group.name for group in comparison.groups]
    if not grid:
        return list(range(len(names)))
    middle = grid.severities[len(grid.severities) // 2]
    shown = [str(GridName(corruption, middle)) for corruption in grid.corruptions]
    cells = {str(GridName(c, s)) for c in grid.corruptions for s in grid.severities}
    outside = [position for position, name in enumerate(names) if name not in cells]
    return outside + [position for position, name in enumerate(names) if name in shown]


def _choose(comparison: Comparison, group: int, enhancer: str) -> list[Choice]:
    results, own = comparison.results[group], comparison.groups[group]
    gains = results[enhancer].image_scores - results[comparison.choices[0].name].image_scores
    order = [
        position for position in np.argsort(-gains, kind="stable") if np.isfinite(gains[position])
    ]
    if not order:
        return []
    ranks = {order[0]: "best"}
    if len(order) > 1:
        ranks[order[-1]] = "worst"
    if len(order) > 2:
        ranks[order[len(order) // 2]] = "median"
    return [
        Choice(group, own.indices[p], own.images[p], ranks[p], enhancer, float(gains[p]))
        for p in order
        if p in ranks
    ]


@torch.no_grad()
def _views(
    comparison: Comparison, enhancer: EnhancerChoice, indices: Sequence[int]
) -> dict[int, tuple[dict[str, Any], View]]:
    network, task = comparison.network, comparison.task
    watch = ActivityWatch(network.put_in_front(enhancer.config, enhancer.strength), network.plain)
    watch.keep_pictures = True
    images = RemainingImages(comparison.dataset, indices)
    views = {}
    for position, index in enumerate(indices):
        (sample,) = network.model.test_step(pseudo_collate([images[position]]))
        plain, enhanced = watch.pictures.pop(index)
        view = View(
            enhanced=_pixels(enhanced),
            prediction=task.prediction(sample),
            score=task.image_score(task.record(sample)),
            parameters=watch.activities.pop(index)["parameters"],
            top=task.top(sample),
        )
        views[index] = ({"input": _pixels(plain), "truth": task.truth(sample)}, view)
    watch.stop()
    return views


def _example(comparison: Comparison, choice: Choice, shown: dict, views: dict) -> Example:
    group = comparison.groups[choice.group]
    return Example(
        row=group.name,
        dataset=group.dataset,
        image=osp.basename(choice.image),
        choice=choice.choice,
        enhancer=choice.enhancer,
        gain=choice.gain,
        palette=comparison.task.palette or None,
        views=views,
        **shown,
    )


def _pixels(image: Tensor) -> np.ndarray:
    """(3, H, W) in grey levels as uint8 (H, W, 3)."""
    return image.round().clamp(0, 255).byte().permute(1, 2, 0).contiguous().cpu().numpy()
