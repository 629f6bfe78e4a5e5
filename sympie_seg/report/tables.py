"""What the page's tables show, row by row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from sympie_seg.comparison.result import METRICS, Activity, ComparisonResult, Cost, Difference, Row
from sympie_seg.report.comparison import is_grid_row, shown_dataset
from sympie_seg.report.parameter_svg import parameter_svgs
from sympie_seg.report.wording import count, interval, number, signed, verdict

__all__ = ["ActivityLine", "ScoreCell", "ScoreLine", "activity_lines", "cost_table", "score_tables"]

_COSTS: tuple[tuple[str, Callable[[Cost], float | None], Callable[[float | None], str]], ...] = (
    ("parameters", lambda cost: cost.parameters, count),
    ("GMAC", lambda cost: cost.gmac, number),
    ("milliseconds", lambda cost: cost.milliseconds, lambda value: number(value, 1)),
)
"""What it is, where it stands, how it is written."""

_NAMED = 8
"""Members that a joined row names."""


@dataclass(frozen=True)
class ScoreCell:
    """A score and its difference from the reference's, as text and as numbers to sort by."""

    enhancer: str
    value: float | None
    shown: str
    best: bool
    difference: float | None
    shown_difference: str
    interval: str
    verdict: str


@dataclass(frozen=True)
class ScoreLine:
    """One row of the comparison; ``group`` is what the filter selects by."""

    name: str
    dataset: str
    kind: str
    group: str
    note: str
    images: int
    test_size: str
    cells: Sequence[ScoreCell]


@dataclass(frozen=True)
class ActivityLine:
    """What one enhancer did to the images of one row."""

    row: str
    dataset: str
    enhancer: str
    distance: float | None
    shown_distance: str
    changed: float
    shown_changed: str
    parameters: Sequence[tuple[str, Markup]]


def score_tables(result: ComparisonResult) -> dict[str, list[ScoreLine]]:
    """Build one table for every metric that any row has."""
    metrics = [
        metric
        for metric in METRICS[result.task]
        if any(metric in row.scores[result.reference].metrics for row in result.rows)
    ]
    return {metric: [_score_line(result, row, metric) for row in result.rows] for metric in metrics}


def _score_line(result: ComparisonResult, row: Row, metric: str) -> ScoreLine:
    names = result.names
    values = {name: row.scores[name].metrics.get(metric) for name in names}
    # What looks equal in the table shares the mark.
    shown = {name: round(value, 2) for name, value in values.items() if value is not None}
    best = max(shown.values(), default=None)
    cells = []
    for name in names:
        difference = row.difference(name, metric)
        if difference is None and name != result.reference:
            difference = _plain_difference(values[name], values[names[0]])
        cells.append(
            ScoreCell(
                enhancer=name,
                value=values[name],
                shown=number(values[name]),
                best=len(names) > 1 and name in shown and shown[name] == best,
                difference=difference.value if difference else None,
                shown_difference=signed(difference.value if difference else None),
                interval=interval(difference),
                verdict=verdict(difference),
            )
        )
    return ScoreLine(
        name=row.name,
        dataset=shown_dataset(result, row.dataset),
        kind=row.kind,
        group=_group(result, row),
        note=_note(row),
        images=row.images,
        test_size=row.test_size or "",
        cells=cells,
    )


def _note(row: Row) -> str:
    """What a joined row joins."""
    members = row.members or []
    named = ", ".join(members) if len(members) <= _NAMED else f"{len(members)} test sets"
    return f"{row.kind} of {named}" if members else ""


def _plain_difference(value: float | None, alone: float | None) -> Difference | None:
    return None if value is None or alone is None else Difference(value - alone)


def _group(result: ComparisonResult, row: Row) -> str:
    if row.kind != "condition":
        return "summaries"
    return "corruption grid" if is_grid_row(result, row) else row.dataset or "test sets"


def cost_table(result: ComparisonResult) -> tuple[list[str], list[tuple[str, list[str]]]]:
    """Header (the enhancers, then the network) and lines (what, one text each); no line if no cost was measured."""
    names = result.names
    costs = [enhancer.cost or Cost() for enhancer in result.enhancers]
    network = result.network.cost
    if network:
        names, costs = [*names, "the network itself"], [*costs, network]
    lines = [
        (title, [shown(amount(cost)) for cost in costs])
        for title, amount, shown in _COSTS
        if any(amount(cost) is not None for cost in costs)
    ]
    for title, amount, _ in _COSTS:
        whole = amount(network) if network else None
        if whole:
            shares = [_share(amount(cost), whole) for cost in costs]
            lines.append((f"{title}, share of the network's", shares))
    return names, lines


def _share(part: float | None, whole: float) -> str:
    return number(None) if part is None else f"{number(100 * part / whole, 1)} %"


def activity_lines(result: ComparisonResult) -> list[ActivityLine]:
    """What every enhancer did to the images of every row; cells of a grid are left to their summaries."""
    return [
        _activity_line(result, row, name, activity)
        for name in result.names[1:]
        for row in result.rows
        if (activity := (row.activity or {}).get(name)) and not is_grid_row(result, row)
    ]


def _activity_line(
    result: ComparisonResult, row: Row, name: str, activity: Activity
) -> ActivityLine:
    images, changed = row.images, activity.visibly_changed
    share = 100 * changed / images if changed is not None and images else 0.0
    parameters = activity.parameters
    return ActivityLine(
        row=row.name,
        dataset=shown_dataset(result, row.dataset),
        enhancer=name,
        distance=activity.distance,
        shown_distance=number(activity.distance),
        changed=share,
        shown_changed=number(None)
        if changed is None
        else f"{changed:,} of {images:,} ({share:.0f} %)",
        parameters=[] if parameters is None else parameter_svgs(parameters, cell=15),
    )
