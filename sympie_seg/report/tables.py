"""What the page's tables show, row by row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from sympie_seg.report.comparison import METRICS, is_grid_row, reference, shown_dataset
from sympie_seg.report.parameter_svg import parameter_svgs
from sympie_seg.report.wording import count, interval, number, signed, verdict

__all__ = ["ActivityLine", "ScoreCell", "ScoreLine", "activity_lines", "cost_table", "score_tables"]

_COSTS = (
    ("parameters", "parameters", count),
    ("gmac", "GMAC", number),
    ("milliseconds", "milliseconds", lambda value: number(value, 1)),
)


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


def score_tables(comparison: Mapping[str, Any]) -> dict[str, list[ScoreLine]]:
    """Build one table for every metric that any row has."""
    names = [enhancer["name"] for enhancer in comparison["enhancers"]]
    metrics = [
        metric
        for metric in METRICS[comparison["task"]]
        if any(metric in row["scores"][names[0]] for row in comparison["rows"])
    ]
    return {
        metric: [_score_line(comparison, row, metric, names) for row in comparison["rows"]]
        for metric in metrics
    }


def _score_line(comparison: Mapping, row: Mapping, metric: str, names: Sequence[str]) -> ScoreLine:
    values = {name: row["scores"][name].get(metric) for name in names}
    # What looks equal in the table shares the mark.
    shown = {name: round(value, 2) for name, value in values.items() if value is not None}
    best = max(shown.values(), default=None)
    cells = []
    for name in names:
        difference = (row.get("differences") or {}).get(name, {}).get(metric)
        if difference is None and name != reference(comparison):
            difference = _plain_difference(values[name], values[names[0]])
        cells.append(
            ScoreCell(
                enhancer=name,
                value=values[name],
                shown=number(values[name]),
                best=len(names) > 1 and name in shown and shown[name] == best,
                difference=(difference or {}).get("value"),
                shown_difference=signed((difference or {}).get("value")),
                interval=interval(difference),
                verdict=verdict(difference),
            )
        )
    return ScoreLine(
        name=row["name"],
        dataset=shown_dataset(comparison, row),
        kind=row["kind"],
        group=_group(comparison, row),
        note=_note(row),
        images=row["images"],
        test_size=row.get("test_size") or "",
        cells=cells,
    )


def _note(row: Mapping) -> str:
    """What a joined row joins."""
    members = row.get("members") or []
    named = ", ".join(members) if len(members) <= _NAMED else f"{len(members)} test sets"
    return f"{row['kind']} of {named}" if members else ""


def _plain_difference(value: float | None, alone: float | None) -> dict | None:
    return None if value is None or alone is None else {"value": value - alone}


def _group(comparison: Mapping, row: Mapping) -> str:
    if row["kind"] != "condition":
        return "summaries"
    return "corruption grid" if is_grid_row(comparison, row) else row.get("dataset") or "test sets"


def cost_table(comparison: Mapping[str, Any]) -> tuple[list[str], list[tuple[str, list[str]]]]:
    """Header (the enhancers, then the network) and lines (what, one text each); no line if no cost was measured."""
    names = [enhancer["name"] for enhancer in comparison["enhancers"]]
    costs = [enhancer.get("cost") or {} for enhancer in comparison["enhancers"]]
    network = comparison["network"].get("cost")
    if network:
        names, costs = [*names, "the network itself"], [*costs, network]
    lines = [
        (title, [shown(cost.get(key)) for cost in costs])
        for key, title, shown in _COSTS
        if any(cost.get(key) is not None for cost in costs)
    ]
    for key, title, _ in _COSTS:
        if network and network.get(key):
            lines.append((f"{title}, share of the network's", _shares(costs, key)))
    return names, lines


def _shares(costs: Sequence[Mapping], key: str) -> list[str]:
    """In percent of the last."""
    whole = costs[-1][key]
    return [
        number(None) if cost.get(key) is None else f"{number(100 * cost[key] / whole, 1)} %"
        for cost in costs
    ]


def activity_lines(comparison: Mapping[str, Any]) -> list[ActivityLine]:
    """What every enhancer did to the images of every row; cells of a grid are left to their summaries."""
    names = [enhancer["name"] for enhancer in comparison["enhancers"]][1:]
    return [
        _activity_line(comparison, row, name, row["activity"][name])
        for name in names
        for row in comparison["rows"]
        if (row.get("activity") or {}).get(name) and not is_grid_row(comparison, row)
    ]


def _activity_line(comparison: Mapping, row: Mapping, name: str, activity: Mapping) -> ActivityLine:
    images, changed = row["images"], activity.get("visibly_changed")
    share = 100 * changed / images if changed is not None and images else 0.0
    parameters = activity.get("parameters")
    return ActivityLine(
        row=row["name"],
        dataset=shown_dataset(comparison, row),
        enhancer=name,
        distance=activity.get("distance"),
        shown_distance=number(activity.get("distance")),
        changed=share,
        shown_changed=number(None)
        if changed is None
        else f"{changed:,} of {images:,} ({share:.0f} %)",
        parameters=[] if parameters is None else parameter_svgs(parameters, cell=15),
    )
