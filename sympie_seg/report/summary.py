"""The report's first sentences, computed from the comparison."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sympie_seg.report.comparison import interval_level, is_grid_row, reference
from sympie_seg.report.wording import (
    count,
    interval,
    number,
    percent_points,
    shown_metric,
    signed,
    verdict,
)

__all__ = ["Summary", "headline_enhancer", "headline_row", "summarize"]

_NAMED = 4
"""Test sets that a sentence names before it only counts them."""


@dataclass(frozen=True)
class Summary:
    """What stands on top.

    Attributes:
        verdict: 'gain', 'loss', 'unclear' or 'unknown', for its colour.
        headline: one sentence.
        details: further sentences.
        tiles: (value, what it is) of the few numbers to remember.
    """

    verdict: str
    headline: str
    details: Sequence[str]
    tiles: Sequence[tuple[str, str]]


def headline_row(comparison: Mapping[str, Any]) -> Mapping[str, Any]:
    """The row that sums up: a mean, else pooled images, else the first."""
    rows = comparison["rows"]
    for kind in ("mean", "pooled"):
        found = [row for row in rows if row["kind"] == kind]
        if found:
            return found[0]
    return rows[0]


def headline_enhancer(comparison: Mapping[str, Any]) -> str | None:
    """The enhancer that the report is about: the best of the trained ones, else of all; None if alone."""
    names = [enhancer["name"] for enhancer in comparison["enhancers"]][1:]
    row, metric = headline_row(comparison), comparison["metric"]
    trained = [name for name in names if _is_trained(comparison, name)]

    def gain(name: str) -> float:
        value = (_difference(row, name, metric) or {}).get("value")
        return float("-inf") if value is None else value

    return max(trained or names, key=gain, default=None)


def summarize(comparison: Mapping[str, Any]) -> Summary:
    """Say in words what the numbers say, also where the enhancer loses."""
    name, row, metric = (
        headline_enhancer(comparison),
        headline_row(comparison),
        comparison["metric"],
    )
    alone = row["scores"][reference(comparison)][metric]
    if name is None:
        text = f"{reference(comparison)} scores {number(alone)} % {shown_metric(metric)} on {_title(row)}."
        return Summary("unknown", text + " Nothing was compared with it.", [], [])
    difference = _difference(row, name, metric)
    kind = verdict(difference)
    details = [
        _peers(comparison, row, name),
        _clean(comparison, name),
        _outcomes(comparison, name),
        _price(comparison, name),
    ]
    return Summary(
        kind,
        _headline(name, row, metric, alone, difference, interval_level(comparison)),
        [text for text in details if text],
        _tiles(comparison, name, row, difference),
    )


def _headline(
    name: str,
    row: Mapping,
    metric: str,
    alone: float | None,
    difference: Mapping | None,
    level: int,
) -> str:
    value = (difference or {}).get("value")
    with_it = row["scores"][name][metric]
    scores = f"{number(alone)} % without it, {number(with_it)} % with it"
    if value is None:
        return f"{name} cannot be judged on {_title(row)}: {scores}."
    kind, points, bounds = verdict(difference), percent_points(metric), interval(difference)
    sure = (
        f"{level} % confidence interval of the change: {bounds}"
        if bounds
        else "no confidence interval"
    )
    if kind == "unclear":
        return f"{name} makes no clear difference on {_title(row)}: {signed(value)} {points}, {scores} ({sure})."
    verb = "gains" if value > 0 else "loses"
    return f"{name} {verb} {number(abs(value))} {points} on {_title(row)}: {scores} ({sure})."


def _peers(comparison: Mapping, row: Mapping, name: str) -> str:
    """How the best of the others does."""
    metric = comparison["metric"]
    others = [e["name"] for e in comparison["enhancers"][1:] if e["name"] != name]
    gains = {other: (_difference(row, other, metric) or {}).get("value") for other in others}
    known = {other: gain for other, gain in gains.items() if gain is not None}
    own = (_difference(row, name, metric) or {}).get("value")
    if not known or own is None:
        return ""
    best = max(known, key=known.get)
    order = "better" if known[best] > own else "worse" if known[best] < own else "as good"
    than = "as" if order == "as good" else "than"
    return f"The best of the others, {best}, changes this score by {signed(known[best])}: {order} {than} {name}."


def _clean(comparison: Mapping, name: str) -> str:
    row = next((row for row in comparison["rows"] if row["name"] == "clean"), None)
    difference = row and _difference(row, name, comparison["metric"])
    if not difference or difference.get("value") is None:
        return ""
    bounds = interval(difference)
    return f"On clean images the change is {signed(difference['value'])}{f' {bounds}' if bounds else ''}."


def _outcomes(comparison: Mapping, name: str) -> str:
    """On how many test sets, and on how many cells of a grid, it clearly helps and harms."""
    rows = [row for row in comparison["rows"] if row["kind"] == "condition"]
    cells = [row for row in rows if is_grid_row(comparison, row)]
    others = [row for row in rows if not is_grid_row(comparison, row)]
    parts = [
        _counted(comparison, name, others, "test sets"),
        _counted(comparison, name, cells, "corruptions and severities"),
    ]
    return " ".join(part for part in parts if part)


def _counted(comparison: Mapping, name: str, rows: Sequence[Mapping], what: str) -> str:
    """One sentence, with the names of those that lose."""
    found: dict[str, list[str]] = {"gain": [], "loss": [], "unclear": []}
    for row in rows:
        kind = verdict(_difference(row, name, comparison["metric"]))
        found.setdefault(kind, []).append(_unique_name(comparison, row))
    judged = sum(len(found[kind]) for kind in ("gain", "loss", "unclear"))
    if judged < 2:
        return ""
    losers, more = found["loss"], ", \N{HORIZONTAL ELLIPSIS}" if len(found["loss"]) > _NAMED else ""
    named = f" ({', '.join(losers[:_NAMED])}{more})" if losers else ""
    gains, losses, rest = (len(found[kind]) or "none" for kind in ("gain", "loss", "unclear"))
    return (
        f"Of {judged} {what} it clearly helps on {gains} and clearly harms on {losses}{named}; on {rest} the "
        "interval holds zero."
    )


def _price(comparison: Mapping, name: str) -> str:
    added, network = _amounts(_cost(comparison, name)), _amounts(_network_cost(comparison))
    if not added:
        return ""
    size = comparison.get("cost_size")
    at = f" (an image of {size})" if size else ""
    beside = f" to a network of {_listed(network)}" if network else ""
    return f"It adds {_listed(added)}{beside}{at}."


def _amounts(cost: Mapping) -> list[str]:
    texts = (
        ("parameters", lambda value: f"{count(value)} parameters"),
        ("gmac", lambda value: f"{number(value)} GMAC"),
        ("milliseconds", lambda value: f"{number(value, 1)} ms"),
    )
    return [text(cost[key]) for key, text in texts if cost.get(key) is not None]


def _listed(parts: Sequence[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def _tiles(
    comparison: Mapping, name: str, row: Mapping, difference: Mapping | None
) -> list[tuple[str, str]]:
    metric = comparison["metric"]
    value = (difference or {}).get("value")
    tiles = [(signed(value), f"{percent_points(metric)}, {name} on {_title(row)}")]
    clean = next((r for r in comparison["rows"] if r["name"] == "clean"), None)
    if clean and _difference(clean, name, metric):
        tiles.append((signed(_difference(clean, name, metric)["value"]), "on clean images"))
    cost, network = _cost(comparison, name), _network_cost(comparison)
    if cost.get("gmac") is not None and network.get("gmac"):
        share = 100 * cost["gmac"] / network["gmac"]
        tiles.append((f"+{number(share, 0)} %", "multiplications on top of the network's"))
    if cost.get("milliseconds") is not None:
        tiles.append((f"{number(cost['milliseconds'], 1)} ms", "more per image"))
    images = sum(
        r["images"]
        for r in comparison["rows"]
        if r["kind"] == "condition" or is_grid_row(comparison, r)
    )
    if images:
        tiles.append((f"{images:,}", "images tested"))
    return tiles


def _title(row: Mapping) -> str:
    """How a sentence calls a row."""
    members, dataset = row.get("members"), row.get("dataset")
    if row["kind"] == "mean" and members:
        few = len(members) <= _NAMED
        return f"the mean of {_listed(members) if few else f'{len(members)} test sets'}"
    if row["kind"] == "pooled":
        return f"all {row['images']:,} images{f' of {dataset}' if dataset else ''}, pooled"
    return f"{dataset} {row['name']}" if dataset and dataset != row["name"] else row["name"]


def _unique_name(comparison: Mapping, row: Mapping) -> str:
    """The row's name, with its data set where another has a row of that name."""
    alike = [other for other in comparison["rows"] if other["name"] == row["name"]]
    return row["name"] if len(alike) == 1 else _title(row)


def _difference(row: Mapping, name: str, metric: str) -> Mapping | None:
    return (row.get("differences") or {}).get(name, {}).get(metric)


def _cost(comparison: Mapping, name: str) -> Mapping:
    return next((e.get("cost") for e in comparison["enhancers"] if e["name"] == name), None) or {}


def _network_cost(comparison: Mapping) -> Mapping:
    return comparison["network"].get("cost") or {}


def _is_trained(comparison: Mapping, name: str) -> bool:
    """Whether it estimates parameters, which only SyMPIE does."""
    activities = [(row.get("activity") or {}).get(name) or {} for row in comparison["rows"]]
    return any(activity.get("parameters") is not None for activity in activities)
