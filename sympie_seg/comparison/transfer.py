"""The transfer matrix: every enhancer in front of every network, from one comparison per network."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from sympie_seg.comparison.rows import MEAN
from sympie_seg.utils.escaping import CsvWriter
from sympie_seg.utils.numbers import shown
from sympie_seg.utils.tables import markdown_table

__all__ = ["csv_of", "markdown_of", "transfer_matrix"]

Content = Mapping[str, Any]


def transfer_matrix(comparisons: Mapping[str, Content]) -> dict[str, Any]:
    """Gather the gains of every enhancer in front of every network.

    Args:
        comparisons: by network, as ``comparison.json`` holds it, all with the same enhancers and rows.

    Returns:
        ``networks`` (name, backbone, checkpoint, config, and by enhancer whether it was trained through the network),
        ``enhancers`` (name, source), and ``rows``: by network and
        row ('mean over conditions' among them) ``alone`` (score) and ``gains`` by enhancer (value, low, high).

    Raises:
        ValueError: if the comparisons do not fit together.
    """
    first = next(iter(comparisons.values()))
    _check_alike(comparisons)
    return dict(
        format="sympie_seg.transfer",
        version=1,
        **{key: first[key] for key in ("metric", "scoring", "machine", "date", "bootstrap")},
        networks=[
            dict(
                name=name,
                backbone=content["network"]["backbone"],
                checkpoint=content["network"]["checkpoint"],
                config=content["config"],
                trained_through={
                    e["name"]: e.get("trained_through") for e in content["enhancers"][1:]
                },
            )
            for name, content in comparisons.items()
        ],
        enhancers=[dict(name=e["name"], source=e["source"]) for e in first["enhancers"][1:]],
        rows={
            name: {row["name"]: _row(row, content["metric"]) for row in content["rows"]}
            for name, content in comparisons.items()
        },
    )


def _row(row: Mapping[str, Any], metric: str) -> dict[str, Any]:
    reference = next(iter(row["scores"]))
    gains = {name: found[metric] for name, found in row["differences"].items()}
    return dict(
        kind=row["kind"],
        images=row["images"],
        alone=row["scores"][reference][metric],
        gains=gains,
    )


def _check_alike(comparisons: Mapping[str, Content]) -> None:
    for what, get in (
        ("enhancers", lambda c: [e["name"] for e in c["enhancers"]]),
        ("test rows", lambda c: [row["name"] for row in c["rows"]]),
        ("metric", lambda c: c["metric"]),
        ("scoring", lambda c: c["scoring"]),
    ):
        found = {name: get(content) for name, content in comparisons.items()}
        first_name, first = next(iter(found.items()))
        for name, other in found.items():
            if other != first:
                raise ValueError(
                    f"the networks '{first_name}' and '{name}' were tested with different {what}: {first} and "
                    f"{other}; give them configs with the same test set"
                )
    if not any(row["kind"] == "mean" for row in next(iter(comparisons.values()))["rows"]):
        raise ValueError("the configs test one condition only; a mean over conditions needs two")


def markdown_of(content: Content) -> str:
    """The matrix of gains on the mean over conditions, then a table of all rows for each network."""
    names = [enhancer["name"] for enhancer in content["enhancers"]]
    level = content["bootstrap"]["level"]
    lines = []
    for network in content["networks"]:
        row = content["rows"][network["name"]][MEAN]
        cells = [_cell(row["gains"][name], _met(network, name)) for name in names]
        lines.append([_title(network), shown(row["alone"]), *cells])
    head = ["frozen network", "alone", *(f"enhancer trained before {name}" for name in names)]
    parts = [
        f"Gain in {content['metric']} (points) on the mean over conditions over the frozen network alone, with its "
        f"{level:.0%} interval; bold: in front of a network that the enhancer was trained through. Scored: "
        f"{content['scoring']}; {content['date']}, {content['machine']}.",
        markdown_table(head, lines),
    ]
    parts += [_details(content, network, names) for network in content["networks"]]
    return "\n\n".join(parts)


def _details(content: Content, network: Mapping[str, Any], names: list[str]) -> str:
    lines = []
    for title, row in content["rows"][network["name"]].items():
        cells = [_cell(row["gains"][name], False) for name in names]
        label = title if row["kind"] == "condition" else f"**{title}**"
        lines.append([label, row["images"], shown(row["alone"]), *cells])
    table = markdown_table(["", "images", "alone", *names], lines)
    return f"### {_title(network)}\n\n{table}"


def _met(network: Mapping[str, Any], enhancer: str) -> bool:
    """Whether the enhancer was trained through the network: as its file tells, else where they share a name."""
    told = network.get("trained_through", {}).get(enhancer)
    return enhancer == network["name"] if told is None else told


def _title(network: Mapping[str, Any]) -> str:
    return f"{network['name']} ({network['backbone']})"


def _cell(gain: Mapping[str, float | None], own: bool) -> str:
    if gain["value"] is None:
        return "-"
    value = f"**{gain['value']:+.2f}**" if own else f"{gain['value']:+.2f}"
    return value if gain["low"] is None else f"{value} ({gain['low']:+.2f} .. {gain['high']:+.2f})"


def csv_of(content: Content) -> str:
    """One line per network, row and enhancer."""
    out = io.StringIO()
    writer = CsvWriter(out)
    writer.writerow(["network", "backbone", "row", "enhancer", "alone", "gain", "low", "high"])
    for network in content["networks"]:
        for title, row in content["rows"][network["name"]].items():
            for name, gain in row["gains"].items():
                numbers = [row["alone"], gain["value"], gain["low"], gain["high"]]
                cells = [shown(number, ".4f") for number in numbers]
                writer.writerow([network["name"], network["backbone"], title, name, *cells])
    return out.getvalue()
