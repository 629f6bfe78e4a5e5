"""The rows of a comparison: scores, differences with intervals and activity, by condition, pooled and as a mean."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sympie_seg.comparison.activity import VISIBLE
from sympie_seg.comparison.bootstrap import Bootstrap
from sympie_seg.comparison.conditions import ImageGroup
from sympie_seg.enhancer.parameters import WarpParameters
from sympie_seg.metrics.tasks import Task

__all__ = ["ALL", "EVERYTHING", "MEAN", "GroupResult", "build_rows", "group_result"]

ALL = "all"
EVERYTHING = "all images pooled"
MEAN = "mean over conditions"


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


@dataclass(frozen=True, eq=False)
class _Scored:
    """A row's scores by metric: (E,), and resampled (R, E)."""

    scores: dict[str, np.ndarray]
    resampled: dict[str, np.ndarray]


def build_rows(
    groups: Sequence[ImageGroup],
    results: Results,
    task: Task,
    bootstrap: Bootstrap,
    exclude: Sequence[str] = (),
) -> list[dict[str, Any]]:
    """Make a row for each condition, then those that join several.

    'all' pools the conditions that are not excluded, where some are (ACDC's "all"); 'all images pooled' pools
    everything; 'mean over conditions' averages the scores of those that are not excluded. Resamples are drawn within
    each condition.

    Args:
        groups: images by condition.
        results: for each group by enhancer, the reference first.
        task: how sums become scores.
        bootstrap: how intervals are drawn.
        exclude: conditions that 'all' and the mean leave out, such as 'clean'.

    Returns:
        Rows as ``comparison.json`` holds them.
    """
    every = list(range(len(groups)))
    counted = [place for place in every if groups[place].name not in exclude]
    pools = {EVERYTHING: _Pool(every), ALL: _Pool(counted)}
    scored = []
    for place, (group, result) in enumerate(zip(groups, results, strict=True)):
        totals = _totals(group, result, bootstrap)
        for pool in pools.values():
            pool.add(place, totals)
        scored.append(_scored(totals, task))
    rows = [
        _row(groups, results, task, bootstrap, "condition", None, scored[i], [i]) for i in every
    ]
    for kind, name, members in _joined_rows(every, counted):
        joint = (
            _scored(pools[name].totals, task)
            if kind == "pooled"
            else _average([scored[i] for i in members], task)
        )
        rows.append(_row(groups, results, task, bootstrap, kind, name, joint, members))
    return rows


def _joined_rows(every: list[int], counted: list[int]) -> list[tuple[str, str, list[int]]]:
    """Kind, name and members of the rows that join several."""
    if len(every) < 2:
        return []
    rows = [("pooled", EVERYTHING, every)]
    if len(counted) > 1:
        rows.append(("mean", MEAN, counted))
        if len(counted) < len(every):
            rows.insert(0, ("pooled", ALL, counted))
    return rows


def _totals(
    group: ImageGroup, results: Mapping[str, GroupResult], bootstrap: Bootstrap
) -> tuple[np.ndarray, np.ndarray]:
    """Sums over the images of a condition: (E, K), and resampled (R, E, K)."""
    matrices = [result.matrix for result in results.values()]
    joined = np.concatenate(matrices, axis=1)  # one draw for all enhancers
    names = [image.rsplit("/", 1)[-1] for image in group.images]
    shape = (len(matrices), matrices[0].shape[1])
    resampled = bootstrap.totals(joined, names).reshape(-1, *shape)
    return joined.sum(0).reshape(shape), resampled


class _Pool:
    """Adds up the sums of some conditions as they come, so that not all of them are kept."""

    def __init__(self, members: Sequence[int]) -> None:
        self.members = set(members)
        self.totals: tuple[np.ndarray, np.ndarray] | None = None

    def add(self, place: int, totals: tuple[np.ndarray, np.ndarray]) -> None:
        if place in self.members:
            former = self.totals
            self.totals = (
                totals if former is None else (former[0] + totals[0], former[1] + totals[1])
            )


def _scored(totals: tuple[np.ndarray, np.ndarray], task: Task) -> _Scored:
    return _Scored(task.scores(totals[0]), task.scores(totals[1]))


def _average(members: Sequence[_Scored], task: Task) -> _Scored:
    """Means of scores; undefined where a member's is, for nothing may be averaged away."""
    means = [
        {name: np.mean([getattr(m, part)[name] for m in members], axis=0) for name in task.metrics}
        for part in ("scores", "resampled")
    ]
    return _Scored(*means)


def _row(
    groups: Sequence[ImageGroup],
    results: Results,
    task: Task,
    bootstrap: Bootstrap,
    kind: str,
    name: str | None,
    scored: _Scored,
    members: Sequence[int],
) -> dict[str, Any]:
    own = [groups[place] for place in members]
    enhancers = list(results[members[0]])
    by_enhancer = {e: [results[place][e] for place in members] for e in enhancers}
    return {
        "name": name or own[0].name,
        "dataset": _joined(group.dataset for group in own),
        "kind": kind,
        "members": None if kind == "condition" else [group.name for group in own],
        "split": _joined(split for group in own for split in group.splits) or None,
        "test_size": _test_size(by_enhancer[enhancers[0]]),
        "images": sum(len(group.indices) for group in own),
        "scores": {
            e: {
                **{metric: _number(scored.scores[metric][i]) for metric in task.metrics},
                "classes": _classes(by_enhancer[e], task, kind),
            }
            for i, e in enumerate(enhancers)
        },
        "differences": {
            e: {metric: _difference(scored, metric, i, bootstrap) for metric in task.metrics}
            for i, e in enumerate(enhancers)
            if i > 0
        },
        "activity": {e: _activity(found) for e, found in by_enhancer.items()},
    }


def _classes(results: Sequence[GroupResult], task: Task, kind: str) -> dict[str, float | None]:
    if kind != "mean":
        return task.by_class(sum(result.class_sums for result in results))
    each = [task.by_class(result.class_sums) for result in results]
    return {
        name: None
        if any(one[name] is None for one in each)
        else float(np.mean([one[name] for one in each]))
        for name in each[0]
    }


def _difference(
    scored: _Scored, metric: str, enhancer: int, bootstrap: Bootstrap
) -> dict[str, float | None]:
    values, resampled = scored.scores[metric], scored.resampled[metric]
    interval = bootstrap.interval(resampled[:, enhancer] - resampled[:, 0]) or (None, None)
    value = _number(values[enhancer] - values[0])
    return {"value": value, "low": interval[0], "high": interval[1]}


def _activity(results: Sequence[GroupResult]) -> dict[str, Any]:
    change = np.concatenate([result.change for result in results])
    found: dict[str, Any] = {
        "distance": None,
        "parameters": None,
        "visibly_changed": int((change > VISIBLE).sum()),
        "mean_change": float(change.mean()),
    }
    if all(result.parameters is not None for result in results):
        parameters = np.concatenate([result.parameters for result in results])
        identity = WarpParameters.identity().to_vector().numpy()
        found["distance"] = float(np.linalg.norm(parameters - identity, axis=1).mean())
        found["parameters"] = parameters.mean(0).tolist()
    return found


def _test_size(results: Sequence[GroupResult]) -> str:
    """Width x height of what the network gets; the most frequent ones where there are several."""
    sizes: Counter = sum((result.sizes for result in results), Counter())
    shown = [f"{size[1]}x{size[0]}" for size, _ in sizes.most_common(3) if size]
    return ", ".join(shown) + (", ..." if len(sizes) > 3 else "")


def _joined(names: Any) -> str:
    return " + ".join(dict.fromkeys(names))


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
