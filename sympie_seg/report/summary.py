"""The report's first sentences, computed from the comparison."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sympie_seg.comparison.result import ComparisonResult, Cost, Difference, Row
from sympie_seg.report.comparison import interval_level, is_grid_row
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


def headline_row(result: ComparisonResult) -> Row:
    """The row that sums up: a mean, else pooled images, else the first."""
    for kind in ("mean", "pooled"):
        rows = [row for row in result.rows if row.kind == kind]
        if rows:
            return rows[0]
    return result.rows[0]


def headline_enhancer(result: ComparisonResult) -> str | None:
    """The enhancer that the report is about: the best of the trained ones, else of all; None if alone."""
    names, row = result.names[1:], headline_row(result)
    trained = [name for name in names if _is_trained(result, name)]

    def gain(name: str) -> float:
        value = _gain(row, name, result.metric)
        return float("-inf") if value is None else value

    return max(trained or names, key=gain, default=None)


def summarize(result: ComparisonResult) -> Summary:
    """Say in words what the numbers say, also where the enhancer loses."""
    name, row = headline_enhancer(result), headline_row(result)
    if name is None:
        alone = number(_score(row, result.reference, result.metric))
        text = (
            f"{result.reference} scores {alone} % {shown_metric(result.metric)} on {_title(row)}."
        )
        return Summary("unknown", text + " Nothing was compared with it.", [], [])
    details = [
        _peers(result, row, name),
        _clean(result, name),
        _outcomes(result, name),
        _price(result, name),
    ]
    return Summary(
        verdict(row.difference(name, result.metric)),
        _headline(result, row, name),
        [text for text in details if text],
        _tiles(result, row, name),
    )


def _headline(result: ComparisonResult, row: Row, name: str) -> str:
    metric, difference = result.metric, row.difference(name, result.metric)
    alone, with_it = (number(_score(row, one, metric)) for one in (result.reference, name))
    scores = f"{alone} % without it, {with_it} % with it"
    if difference is None or difference.value is None:
        return f"{name} cannot be judged on {_title(row)}: {scores}."
    value, points, bounds = difference.value, percent_points(metric), interval(difference)
    sure = (
        f"{interval_level(result)} % confidence interval of the change: {bounds}"
        if bounds
        else "no confidence interval"
    )
    if verdict(difference) == "unclear":
        return f"{name} makes no clear difference on {_title(row)}: {signed(value)} {points}, {scores} ({sure})."
    verb = "gains" if value > 0 else "loses"
    return f"{name} {verb} {number(abs(value))} {points} on {_title(row)}: {scores} ({sure})."


def _peers(result: ComparisonResult, row: Row, name: str) -> str:
    """How the best of the others does."""
    gains = {other: _gain(row, other, result.metric) for other in result.names[1:]}
    own = gains.pop(name)
    known = {other: gain for other, gain in gains.items() if gain is not None}
    if not known or own is None:
        return ""
    best = max(known, key=lambda other: known[other])
    order = "better" if known[best] > own else "worse" if known[best] < own else "as good"
    than = "as" if order == "as good" else "than"
    return f"The best of the others, {best}, changes this score by {signed(known[best])}: {order} {than} {name}."


def _clean(result: ComparisonResult, name: str) -> str:
    difference = _clean_difference(result, name)
    if difference is None or difference.value is None:
        return ""
    bounds = interval(difference)
    return (
        f"On clean images the change is {signed(difference.value)}{f' {bounds}' if bounds else ''}."
    )


def _clean_difference(result: ComparisonResult, name: str) -> Difference | None:
    row = next((row for row in result.rows if row.name == "clean"), None)
    return row.difference(name, result.metric) if row else None


def _outcomes(result: ComparisonResult, name: str) -> str:
    """On how many test sets, and on how many cells of a grid, it clearly helps and harms."""
    rows = [row for row in result.rows if row.kind == "condition"]
    cells = [row for row in rows if is_grid_row(result, row)]
    others = [row for row in rows if not is_grid_row(result, row)]
    parts = [
        _counted(result, name, others, "test sets"),
        _counted(result, name, cells, "corruptions and severities"),
    ]
    return " ".join(part for part in parts if part)


def _counted(result: ComparisonResult, name: str, rows: Sequence[Row], what: str) -> str:
    """One sentence, with the names of those that lose."""
    by_verdict: dict[str, list[str]] = {"gain": [], "loss": [], "unclear": []}
    for row in rows:
        kind = verdict(row.difference(name, result.metric))
        by_verdict.setdefault(kind, []).append(_unique_name(result, row))
    judged = sum(len(by_verdict[kind]) for kind in ("gain", "loss", "unclear"))
    if judged < 2:
        return ""
    losers, more = (
        by_verdict["loss"],
        ", \N{HORIZONTAL ELLIPSIS}" if len(by_verdict["loss"]) > _NAMED else "",
    )
    named = f" ({', '.join(losers[:_NAMED])}{more})" if losers else ""
    gains, losses, unclear = (
        len(by_verdict[kind]) or "none" for kind in ("gain", "loss", "unclear")
    )
    return (
        f"Of {judged} {what} it clearly helps on {gains} and clearly harms on {losses}{named}; on {unclear} the "
        "interval holds zero."
    )


def _price(result: ComparisonResult, name: str) -> str:
    added, network = _amounts(_cost(result, name)), _amounts(result.network.cost or Cost())
    if not added:
        return ""
    at = f" (an image of {result.cost_size})" if result.cost_size else ""
    beside = f" to a network of {_listed(network)}" if network else ""
    return f"It adds {_listed(added)}{beside}{at}."


def _amounts(cost: Cost) -> list[str]:
    texts = (
        (cost.parameters, f"{count(cost.parameters)} parameters"),
        (cost.gmac, f"{number(cost.gmac)} GMAC"),
        (cost.milliseconds, f"{number(cost.milliseconds, 1)} ms"),
    )
    return [text for value, text in texts if value is not None]


def _listed(parts: Sequence[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def _tiles(result: ComparisonResult, row: Row, name: str) -> list[tuple[str, str]]:
    points = f"{percent_points(result.metric)}, {name} on {_title(row)}"
    tiles = [(signed(_gain(row, name, result.metric)), points)]
    clean = _clean_difference(result, name)
    if clean:
        tiles.append((signed(clean.value), "on clean images"))
    cost, network = _cost(result, name), result.network.cost or Cost()
    if cost.gmac is not None and network.gmac:
        share = 100 * cost.gmac / network.gmac
        tiles.append((f"+{number(share, 0)} %", "multiplications on top of the network's"))
    if cost.milliseconds is not None:
        tiles.append((f"{number(cost.milliseconds, 1)} ms", "more per image"))
    images = sum(
        row.images for row in result.rows if row.kind == "condition" or is_grid_row(result, row)
    )
    if images:
        tiles.append((f"{images:,}", "images tested"))
    return tiles


def _title(row: Row) -> str:
    """How a sentence calls a row."""
    members, dataset = row.members, row.dataset
    if row.kind == "mean" and members:
        few = len(members) <= _NAMED
        return f"the mean of {_listed(members) if few else f'{len(members)} test sets'}"
    if row.kind == "pooled":
        return f"all {row.images:,} images{f' of {dataset}' if dataset else ''}, pooled"
    return f"{dataset} {row.name}" if dataset and dataset != row.name else row.name


def _unique_name(result: ComparisonResult, row: Row) -> str:
    """The row's name, with its dataset where another has a row of that name."""
    alike = [other for other in result.rows if other.name == row.name]
    return row.name if len(alike) == 1 else _title(row)


def _score(row: Row, name: str, metric: str) -> float | None:
    return row.scores[name].metrics.get(metric)


def _gain(row: Row, name: str, metric: str) -> float | None:
    difference = row.difference(name, metric)
    return difference.value if difference else None


def _cost(result: ComparisonResult, name: str) -> Cost:
    return next((one.cost for one in result.enhancers if one.name == name), None) or Cost()


def _is_trained(result: ComparisonResult, name: str) -> bool:
    """Whether it estimates parameters, which only SyMPIE does."""
    activities = [(row.activity or {}).get(name) for row in result.rows]
    return any(one is not None and one.parameters is not None for one in activities)
