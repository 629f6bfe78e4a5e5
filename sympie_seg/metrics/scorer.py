"""The one scorer: every figure of a table, from sums over images.

``sympie-seg test`` (ConditionIoUMetric, ConditionAccuracy) and ``sympie-seg compare`` (build_rows, corruption_grid)
take from here the rows, their scores by condition, pooled and as a mean, the scores by class, the means of a grid, and
the text of the numbers. How the sums of one row become scores is the task's (:mod:`sympie_seg.metrics.tasks`).

A mean with an undefined member is undefined: nothing may be averaged away. :func:`undefined_notes` says why.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from sympie_seg.metrics.tasks import Task
from sympie_seg.utils.numbers import shown

__all__ = [
    "ALL",
    "EVERYTHING",
    "MEAN",
    "GridMeans",
    "RowPlan",
    "RowScorer",
    "ScoredRow",
    "class_scores",
    "defined_or_none",
    "grid_means",
    "mean_of",
    "plan_rows",
    "score_texts",
    "undefined_notes",
]

ALL = "all"
EVERYTHING = "all images pooled"
MEAN = "mean over conditions"

Array = NDArray[np.float64]
Name = TypeVar("Name", bound=Hashable)


def mean_of(values: Sequence[Any]) -> Array:
    """Average scores: numbers, or arrays of one shape; None counts as undefined.

    Returns:
        The mean, of the values' shape; NaN where there are no values or one of them is undefined.
    """
    if not len(values):
        return np.array(np.nan)
    result: Array = np.mean(np.array(list(values), np.float64), axis=0)
    return result


def defined_or_none(value: Any) -> float | None:
    """Give a score as JSON has it: None where it is undefined."""
    return float(value) if value is not None and np.isfinite(value) else None


def score_texts(scores: Mapping[str, Any], metrics: Sequence[str]) -> list[str]:
    """Write the scores of a row as every table shows them: two decimals, a dash where there is none."""
    return [shown(defined_or_none(scores[metric])) for metric in metrics]


@dataclass(frozen=True)
class RowPlan:
    """A row of a table.

    Attributes:
        name: of the condition, or of what joins several.
        kind: 'condition', 'pooled' or 'mean'.
        members: numbers of the conditions that it is made from.
    """

    name: str
    kind: str
    members: tuple[int, ...]


def plan_rows(
    names: Sequence[str], exclude: Sequence[str] = (), always: bool = False
) -> list[RowPlan]:
    """Say which rows a table has: one for each condition, then those that join several.

    'all' pools the conditions that are not excluded, where some are (ACDC's "all"); 'all images pooled' pools
    everything; 'mean over conditions' averages the scores of those that are not excluded.

    Args:
        names: of the conditions; several datasets may have one of the same name.
        exclude: conditions that 'all' and the mean leave out, such as 'clean'.
        always: whether there are joined rows even where they join a single condition or (the mean) none. Defaults
            to False.
    """
    every = tuple(range(len(names)))
    counted = tuple(index for index in every if names[index] not in exclude)
    rows = [RowPlan(name, "condition", (index,)) for index, name in enumerate(names)]
    if len(every) < 2 and not always:
        return rows
    fewest = 1 if always else 2
    if fewest <= len(counted) < len(every):
        rows.append(RowPlan(ALL, "pooled", counted))
    rows.append(RowPlan(EVERYTHING, "pooled", every))
    if always or len(counted) >= fewest:
        rows.append(RowPlan(MEAN, "mean", counted))
    return rows


@dataclass(frozen=True, eq=False)
class ScoredRow:
    """A row's scores in percent by metric, NaN where undefined, of the shape that the sums have without their K."""

    plan: RowPlan
    scores: Mapping[str, Array]


class RowScorer:
    """Scores the rows of a table; sums are added condition by condition, so that not all of them are kept.

    Args:
        rows: from :func:`plan_rows`.
        task: how sums become scores.
    """

    def __init__(self, rows: Sequence[RowPlan], task: Task) -> None:
        self.rows, self.task = list(rows), task
        self._conditions: list[Mapping[str, Array]] = []
        self._pooled: dict[str, Array] = {}

    def add(self, sums: Array) -> None:
        """Take the sums over the images of the next condition.

        Args:
            sums: (..., K) as :meth:`Task.matrix` has them; one shape for all conditions.
        """
        index = len(self._conditions)
        self._conditions.append(self.task.scores(sums))
        for row in self.rows:
            if row.kind == "pooled" and index in row.members:
                former = self._pooled.get(row.name)
                self._pooled[row.name] = sums if former is None else former + sums

    def scored(self) -> list[ScoredRow]:
        """Score all rows, once every condition was added."""
        return [ScoredRow(row, self._scores(row)) for row in self.rows]

    def _scores(self, row: RowPlan) -> Mapping[str, Array]:
        if row.kind == "condition":
            return self._conditions[row.members[0]]
        if row.kind == "pooled":
            return self.task.scores(self._pooled[row.name])
        members = [self._conditions[index] for index in row.members]
        return {metric: mean_of([own[metric] for own in members]) for metric in self.task.metrics}


def class_scores(row: RowPlan, sums: Sequence[Array], task: Task) -> dict[str, float | None]:
    """Score the classes of a row.

    Args:
        row: which.
        sums: of its members, from :meth:`Task.class_sums`.
        task: how sums become scores.

    Returns:
        The main score of each class in percent; None where it does not occur, in a mean where it does not occur in
        every member.
    """
    if row.kind != "mean":
        return task.by_class(np.sum(sums, axis=0))
    each = [task.by_class(own) for own in sums]
    return {name: defined_or_none(mean_of([own[name] for own in each])) for name in each[0]}


@dataclass(frozen=True)
class GridMeans:
    """Means of a corruption x severity grid; None where undefined.

    Attributes:
        rows: of each corruption over its severities.
        columns: of each severity over the corruptions that were tested at it.
        overall: of ``rows``, so that every corruption counts alike.
    """

    rows: dict[str, float | None]
    columns: dict[int, float | None]
    overall: float | None


def grid_means(grid: Mapping[str, Mapping[int, float | None]]) -> GridMeans:
    """Average the cells of a grid.

    Args:
        grid: scores by corruption and severity; None for a cell whose score is undefined. A severity at which a
            corruption was not tested is left out of the mapping, and counts nowhere.
    """
    severities = sorted({severity for row in grid.values() for severity in row})
    rows = {name: defined_or_none(mean_of(list(row.values()))) for name, row in grid.items() if row}
    columns = {
        s: defined_or_none(mean_of([row[s] for row in grid.values() if s in row]))
        for s in severities
    }
    return GridMeans(rows, columns, defined_or_none(mean_of(list(rows.values()))))


def undefined_notes(
    means: Mapping[str, Sequence[Name]], scores: Mapping[Name, float | None]
) -> list[str]:
    """Say which means are undefined, and why.

    Args:
        means: by the mean's name, its members.
        scores: of the members; None where undefined.

    Returns:
        A sentence for each undefined mean.
    """
    notes = []
    for name, members in means.items():
        empty = [str(one) for one in members if scores[one] is None]
        if not members:
            notes.append(f"{name}: undefined, as no condition counts")
        elif empty:
            where = ", ".join(dict.fromkeys(empty))
            notes.append(f"{name}: undefined, as no label of {where} counts (all are ignored)")
    return notes
