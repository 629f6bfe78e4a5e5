"""A comparison as text: Markdown for people, CSV for spreadsheets."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

from sympie_seg.enhancer.parameters import COLOR_MATRIX, COLOR_SHIFT, KERNEL
from sympie_seg.metrics.scorer import score_texts
from sympie_seg.metrics.severity_grid import grid_lines
from sympie_seg.report.comparison import grid_cells, is_grid_row, why_undefined
from sympie_seg.utils.escaping import CsvWriter, markdown_line
from sympie_seg.utils.numbers import shown
from sympie_seg.utils.tables import markdown_table, strengths_of

__all__ = ["csv_table", "markdown", "summary"]

Content = Mapping[str, Any]


def markdown(content: Content) -> str:
    """Write every table of a comparison.

    Args:
        content: as ``comparison.json`` holds it.
    """
    parts = [f"# {markdown_line(content['title'])}", _setting(content), _main_table(content)]
    parts += [_explanation(content)]
    for metric in content["metrics"][1:]:
        parts.append(f"## {metric} (%)\n\n{_score_table(content, metric)}")
    if content["grid"]:
        parts += _grid_parts(content)
    parts += _effect_parts(content)
    if content["classes"] and len(content["classes"]) <= 40:
        parts.append(f"## {content['metric']} by class (%)\n\n{_class_tables(content)}")
    return "\n\n".join(parts) + "\n"


def summary(content: Content) -> str:
    """The tables that a terminal shows: the main score, the grid in short, activity and cost; no cells of a grid."""
    shown_rows = [row for row in content["rows"] if not is_grid_row(content, row)]
    explanation = _explanation(content)  # it asks the cells too
    content = {**content, "rows": shown_rows}
    parts = [
        f"# {markdown_line(content['title'])}",
        _setting(content),
        _main_table(content),
        explanation,
    ]
    if content["grid"]:
        parts.append(f"## Corruption grid\n\n{_summary_table(content)}")
    return "\n\n".join(parts + _effect_parts(content)) + "\n"


def csv_table(content: Content) -> str:
    """Write one line per row, enhancer and score; scores by class too."""
    out = io.StringIO()
    writer = CsvWriter(out)
    head = "dataset row kind split test_size images network backbone checkpoint clean scoring enhancer strength"
    writer.writerow([*head.split(), "metric", "class", "value", "difference", "low", "high"])
    network = content["network"]
    about = [network["name"], network["backbone"], network["checkpoint"], _cell(network["clean"])]
    strengths = {one["name"]: one.get("strength") for one in content["enhancers"]}
    for row in content["rows"]:
        own = [row[key] for key in ("dataset", "name", "kind", "split", "test_size", "images")]
        for enhancer, scores in row["scores"].items():
            left = [*own, *about, content["scoring"], enhancer, _plain(strengths[enhancer])]
            differences = row["differences"].get(enhancer, {})
            for metric in content["metrics"]:
                found = differences.get(metric, {})
                shown = [_cell(found.get(key)) for key in ("value", "low", "high")]
                writer.writerow([*left, metric, "", _cell(scores[metric]), *shown])
            for name, value in scores["classes"].items():
                writer.writerow([*left, content["metric"], name, _cell(value), "", "", ""])
    return out.getvalue()


def row_title(row: Mapping[str, Any]) -> str:
    """Name a row, and what it joins."""
    if row["kind"] == "condition":
        return f"{row['dataset']} {row['name']}"
    members = row["members"]
    listed = ", ".join(members) if len(members) <= 6 else f"{len(members)} conditions"
    return f"**{row['name']}** ({listed})"


def _effect_parts(content: Content) -> list[str]:
    parts = [f"## What the enhancers did\n\n{_activity_table(content)}"]
    if content["enhancers"][0]["cost"]:
        parts.append(f"## Cost\n\n{_cost_table(content)}")
    return parts


def _setting(content: Content) -> str:
    network = content["network"]
    clean = "not tested" if network["clean"] is None else f"{network['clean']:.2f} %"
    bootstrap = content["bootstrap"]
    return "\n".join(
        [
            f"- network: {network['name']}, backbone {network['backbone']}, `{network['checkpoint']}`; its clean "
            f"{content['metric']} alone: {clean}",
            f"- scored: {content['scoring']}; made on {content['date']}, {content['machine']}",
            f"- in brackets: difference from {markdown_line(content['enhancers'][0]['name'])}, with its "
            f"{bootstrap['level']:.0%} interval (paired bootstrap over images, "
            f"{bootstrap['resamples']} resamples, seed {bootstrap['seed']})",
            *_acquaintance(content["enhancers"]),
            *_strengths(content["enhancers"]),
            f"- `{content['command']}`" if content["command"] else "- made from Python",
        ]
    )


def _acquaintance(enhancers: Sequence[Mapping[str, Any]]) -> list[str]:
    """Which enhancers were trained through the network, as their files tell."""
    told = [e for e in enhancers if e.get("trained_through") is not None]
    parts = []
    for met, words in ((True, "trained through this network"), (False, "never met it")):
        names = [markdown_line(e["name"]) for e in told if e["trained_through"] is met]
        parts += [f"{words}: {', '.join(names)}"] if names else []
    return [f"- {'; '.join(parts)} (as the enhancer files tell)"] if parts else []


def _strengths(enhancers: Sequence[Mapping[str, Any]]) -> list[str]:
    """The strength that each enhancer was tested with."""
    used = strengths_of((markdown_line(e["name"]), e.get("strength")) for e in enhancers)
    return [f"- strength: {used} (0 changes nothing, 1 is the prediction)"] if used else []


def _explanation(content: Content) -> str:
    pooled = {
        "segmentation": "Pooled rows add up the areas of all their images, as mmseg's IoUMetric does",
        "classification": "Pooled rows count all their images alike",
    }[content["task"]]
    kinds = (
        f"{pooled}; 'mean over conditions' is the mean of its conditions' scores. The two differ."
    )
    return "\n\n".join([kinds, *map(markdown_line, why_undefined(content))])


def _main_table(content: Content) -> str:
    return f"## {content['metric']} (%)\n\n{_score_table(content, content['metric'])}"


def _score_table(content: Content, metric: str) -> str:
    names = [enhancer["name"] for enhancer in content["enhancers"]]
    network = content["network"]
    lines = []
    for row in content["rows"]:
        about = [
            row["split"] or "-",
            row["test_size"] or "-",
            row["images"],
            network["backbone"],
            shown(network["clean"]),
        ]
        cells = [_score(row, name, metric) for name in names]
        lines.append([row_title(row), *about, *cells])
    head = ["row", "split", "test size", "images", "backbone", "clean", *names]
    return markdown_table(head, lines)


def _score(row: Mapping[str, Any], enhancer: str, metric: str) -> str:
    (value,) = score_texts(row["scores"][enhancer], [metric])
    found = row["differences"].get(enhancer)
    if found is None or found[metric]["value"] is None:
        return value
    change = found[metric]
    if change["low"] is None:
        return f"{value} ({change['value']:+.2f})"
    return f"{value} ({change['value']:+.2f}; {change['low']:+.2f} .. {change['high']:+.2f})"


def _grid_parts(content: Content) -> list[str]:
    grid = content["grid"]
    reference = content["enhancers"][0]["name"]
    parts = [f"## Corruption grid\n\n{_summary_table(content)}"]
    for name, values in grid["values"].items():
        title = f"{grid['metric']} (%), {name}"
        parts.append(f"### {markdown_line(title)}\n\n{_one_grid(content, values)}")
        if name != reference:
            gains = _gains(values, grid["values"][reference])
            title = f"gain of {name} over {reference}, points of {grid['metric']}"
            parts.append(f"### {markdown_line(title)}\n\n{_one_grid(content, gains, '+.2f')}")
    return parts


def _gains(values: Sequence[Sequence], base: Sequence[Sequence]) -> list[list[float | None]]:
    return [
        [None if None in (a, b) else a - b for a, b in zip(row, other, strict=True)]
        for row, other in zip(values, base, strict=True)
    ]


def _one_grid(content: Content, values: Sequence[Sequence], shape: str = ".2f") -> str:
    *lines, (title, *means) = grid_lines(grid_cells(content, values), shape)
    table = [*lines, [f"**{title}**", *means]]
    return markdown_table(["severity", *content["grid"]["severities"], "mean"], table)


def _summary_table(content: Content) -> str:
    grid = content["grid"]
    baseline = grid["baseline"] if isinstance(grid["baseline"], str) else "the given errors"
    lines = [
        [name, *(shown(found[key]) for key in ("mean", "mCE", "relative_mCE"))]
        for name, found in grid["summary"].items()
    ]
    head = [
        "enhancer",
        f"mean {grid['metric']} (%)",
        f"mCE (%) against {baseline}",
        "relative mCE (%)",
    ]
    return markdown_table(head, lines)


def _activity_table(content: Content) -> str:
    lines = []
    for row in content["rows"]:
        for name, found in row["activity"].items():
            parameters = found["parameters"]
            lines.append(
                [
                    row_title(row), name, f"{found['visibly_changed']} of {row['images']}",
                    f"{found['mean_change']:.1f}", shown(found["distance"], ".3f"), *_parameter_cells(parameters),
                ]
            )  # fmt: skip
    head = ["row", "enhancer", "visibly changed", "mean change", "distance from identity"]
    head += ["C_M diagonal", "C_S", "sum of K", "centre of K"]
    return (
        f"{content['visible_change']['definition'].capitalize()}. Parameters are means over images.\n\n"
        + markdown_table(head, lines)
    )


def _parameter_cells(parameters: Sequence[float] | None) -> list[str]:
    if parameters is None:
        return ["-"] * 4
    matrix, kernel = parameters[COLOR_MATRIX], parameters[KERNEL]
    diagonal = " ".join(f"{value:.2f}" for value in matrix[::4])
    shift = " ".join(f"{value:+.2f}" for value in parameters[COLOR_SHIFT])
    return [diagonal, shift, f"{sum(kernel):.2f}", f"{kernel[len(kernel) // 2]:.2f}"]


def _cost_table(content: Content) -> str:
    network = content["network"]["cost"]
    costs = [("network", network)] + [(e["name"], e["cost"]) for e in content["enhancers"]]
    lines = [
        [name, f"{cost['parameters']:,}", f"{cost['gmac']:.2f}", f"{cost['milliseconds']:.1f}"]
        for name, cost in costs
    ]
    title = (
        f"One image of {content['cost_size']}, on {content['machine']}. Milliseconds of an enhancer: what it adds to "
        "the data preprocessor."
    )
    return f"{title}\n\n" + markdown_table(["", "parameters", "GMAC", "milliseconds"], lines)


def _class_tables(content: Content) -> str:
    names = [enhancer["name"] for enhancer in content["enhancers"]]
    parts = []
    for row in content["rows"]:
        if content["grid"] and row["kind"] == "condition":
            continue  # scores by class of every cell are in JSON and CSV
        first = row["scores"][names[0]]["classes"]
        lines = []
        for label in first:
            values = [row["scores"][name]["classes"][label] for name in names]
            gains = [
                "" if None in (v, values[0]) else f" ({v - values[0]:+.2f})" for v in values[1:]
            ]
            lines.append(
                [label, *(shown(v) + g for v, g in zip(values, ["", *gains], strict=True))]
            )
        parts.append(
            f"### {markdown_line(row_title(row))}\n\n" + markdown_table(["class", *names], lines)
        )
    return "\n\n".join(parts)


def _plain(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def _cell(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"
