"""The rows of a comparison: scores, differences with intervals and activity, by condition, pooled and as a mean."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sympie_seg.comparison.activity import VISIBLE
from sympie_seg.comparison.bootstrap import Bootstrap
from sympie_seg.comparison.conditions import ImageGroup
from sympie_seg.comparison.result import Activity, Difference, Row, Scores
from sympie_seg.enhancer.parameters import WarpParameters
from sympie_seg.metrics.scorer import (
    ALL,
    EVERYTHING,
    MEAN,
    RowScorer,
    ScoredRow,
    class_scores,
    defined_or_none,
    plan_rows,
)
from sympie_seg.metrics.tasks import Task

__all__ = ["ALL", "EVERYTHING", "MEAN", "GroupResult", "build_rows", "group_result"]


@dataclass(frozen=True, eq=False)
class GroupResult:
    """What is left of the records of one row and one enhancer; N images in the row's order.

    Attributes:
        matrix: what the task sums, (N, K).
        class_sums: what scores by class need.
        image_scores: of each image in percent, NaN where it has none, (N,).
        change: mean absolute change of each image in grey levels, (N,).
        parameters: (N, 37), or None.
        sizes: how many images the network got at which (height, width).
    """

    matrix: np.ndarray
    class_sums: np.ndarray
    image_scores: np.ndarray
    change: np.ndarray
    parameters: np.ndarray | None
    sizes: Counter


def group_result(
    group: ImageGroup, records: Mapping[int, dict[str, Any]], task: Task
) -> GroupResult:
    """Gather the records of a row.

    Raises:
        ValueError: if an image has no record.
    """
    absent = [
        image
        for index, image in zip(group.indices, group.images, strict=True)
        if index not in records
    ]
    if absent:
        raise ValueError(
            f"{len(absent)} of {len(group.images)} images of '{group.name}' have no record, the first '{absent[0]}'. "
            "All processes have to write to one folder: put --work-dir on a disk that they share"
        )
    own = [records[index] for index in group.indices]
    scores = [task.image_score(record) for record in own]
    parameters = [record["parameters"] for record in own]
    return GroupResult(
        matrix=task.matrix(own),
        class_sums=task.class_sums(own),
        image_scores=np.array([np.nan if score is None else score for score in scores]),
        change=np.array([record["change"] for record in own]),
        parameters=None if None in parameters else np.array(parameters),
        sizes=Counter(tuple(record["size"]) for record in own),
    )


Results = Sequence[Mapping[str, GroupResult]]
"""For each group the results by enhancer, the reference first."""


def build_rows(
    groups: Sequence[ImageGroup],
    results: Results,
    task: Task,
    bootstrap: Bootstrap,
    exclude: Sequence[str] = (),
) -> list[Row]:
    """Make a row for each condition, then those that join several.

    Which rows there are, and their scores, is the scorer's (:func:`sympie_seg.metrics.scorer.plan_rows`). Resamples
    are drawn within each condition.

    Args:
        groups: images by condition.
        results: for each group by enhancer, the reference first.
        task: how sums become scores.
        bootstrap: how intervals are drawn.
        exclude: conditions that 'all' and the mean leave out, such as 'clean'.
    """
    scorer = RowScorer(plan_rows([group.name for group in groups], exclude), task)
    for group, result in zip(groups, results, strict=True):
        scorer.add(_totals(group, result, bootstrap))
    return [_row(groups, results, task, bootstrap, scored) for scored in scorer.scored()]


def _totals(
    group: ImageGroup, results: Mapping[str, GroupResult], bootstrap: Bootstrap
) -> np.ndarray:
    """Sums over the images of a condition, then over the images of each resample: (1 + R, E, K)."""
    matrices = [result.matrix for result in results.values()]
    joined = np.concatenate(matrices, axis=1)  # one draw for all enhancers
    names = [image.rsplit("/", 1)[-1] for image in group.images]
    sums = np.concatenate([joined.sum(0)[None], bootstrap.totals(joined, names)])
    return sums.reshape(-1, len(matrices), matrices[0].shape[1])


def _row(
    groups: Sequence[ImageGroup],
    results: Results,
    task: Task,
    bootstrap: Bootstrap,
    scored: ScoredRow,
) -> Row:
    plan, members = scored.plan, scored.plan.members
    own = [groups[member] for member in members]
    enhancers = list(results[members[0]])
    by_enhancer = {e: [results[member][e] for member in members] for e in enhancers}
    return Row(
        name=plan.name,
        dataset=_joined(group.dataset for group in own),
        kind=plan.kind,
        members=None if plan.kind == "condition" else [group.name for group in own],
        split=_joined(split for group in own for split in group.splits) or None,
        test_size=_test_size(by_enhancer[enhancers[0]]),
        images=sum(len(group.indices) for group in own),
        scores={
            e: Scores(
                {m: defined_or_none(scored.scores[m][0, i]) for m in task.metrics},
                class_scores(plan, [r.class_sums for r in by_enhancer[e]], task),
            )
            for i, e in enumerate(enhancers)
        },
        differences={
            e: {metric: _difference(scored, metric, i, bootstrap) for metric in task.metrics}
            for i, e in enumerate(enhancers)
            if i > 0
        },
        activity={e: _activity(own_results) for e, own_results in by_enhancer.items()},
    )


def _difference(scored: ScoredRow, metric: str, enhancer: int, bootstrap: Bootstrap) -> Difference:
    gains = scored.scores[metric][:, enhancer] - scored.scores[metric][:, 0]
    low, high = bootstrap.interval(gains[1:]) or (None, None)
    return Difference(defined_or_none(gains[0]), low, high)


def _activity(results: Sequence[GroupResult]) -> Activity:
    change = np.concatenate([result.change for result in results])
    activity = Activity(
        visibly_changed=int((change > VISIBLE).sum()), mean_change=float(change.mean())
    )
    own = [result.parameters for result in results if result.parameters is not None]
    if len(own) < len(results):
        return activity
    parameters = np.concatenate(own)
    identity = WarpParameters.identity().to_vector().numpy()
    return replace(
        activity,
        distance=float(np.linalg.norm(parameters - identity, axis=1).mean()),
        parameters=parameters.mean(0).tolist(),
    )


def _test_size(results: Sequence[GroupResult]) -> str:
    """Width x height of what the network gets; the most frequent ones where there are several."""
    sizes: Counter = sum((result.sizes for result in results), Counter())
    shown = [f"{size[1]}x{size[0]}" for size, _ in sizes.most_common(3) if size]
    return ", ".join(shown) + (", ..." if len(sizes) > 3 else "")


def _joined(names: Any) -> str:
    return " + ".join(dict.fromkeys(names))
