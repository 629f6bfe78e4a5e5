"""A comparison as text: Markdown for people, CSV for spreadsheets."""

from __future__ import annotations

import io
from collections.abc import Sequence

from sympie_seg.comparison.result import ComparisonResult, Enhancer, Grid, Row
from sympie_seg.enhancer.parameters import COLOR_MATRIX, COLOR_SHIFT, KERNEL
from sympie_seg.metrics.scorer import score_texts
from sympie_seg.metrics.severity_grid import grid_lines
from sympie_seg.report.comparison import grid_cells, is_grid_row, why_undefined
from sympie_seg.utils.escaping import CsvWriter, markdown_line
from sympie_seg.utils.numbers import shown
from sympie_seg.utils.tables import markdown_table, strengths_of

__all__ = ["csv_table", "markdown", "summary"]

_Values = Sequence[Sequence[float | None]]


def markdown(result: ComparisonResult) -> str:
    """Write every table of a comparison."""
    parts = [f"# {markdown_line(result.title)}", _setting(result), _main_table(result, result.rows)]
    parts += [_explanation(result)]
    for metric in _metrics(result)[1:]:
        parts.append(f"## {metric} (%)\n\n{_score_table(result, result.rows, metric)}")
    if result.grid:
        parts += _grid_parts(result, result.grid)
    parts += _effect_parts(result, result.rows)
    if result.classes and len(result.classes) <= 40:
        parts.append(f"## {result.metric} by class (%)\n\n{_class_tables(result)}")
    return "\n\n".join(parts) + "\n"


def summary(result: ComparisonResult) -> str:
    """The tables that a terminal shows: the main score, the grid in short, activity and cost; no cells of a grid."""
    rows = [row for row in result.rows if not is_grid_row(result, row)]
    parts = [
        f"# {markdown_line(result.title)}",
        _setting(result),
        _main_table(result, rows),
        _explanation(result),
    ]
    if result.grid:
        parts.append(f"## Corruption grid\n\n{_summary_table(result.grid)}")
    return "\n\n".join(parts + _effect_parts(result, rows)) + "\n"


def csv_table(result: ComparisonResult) -> str:
    """Write one line per row, enhancer and score; scores by class too."""
    out = io.StringIO()
    writer = CsvWriter(out)
    head = "dataset row kind split test_size images network backbone checkpoint clean scoring enhancer strength"
    writer.writerow([*head.split(), "metric", "class", "value", "difference", "low", "high"])
    network = result.network
    about = [network.name, network.backbone, network.checkpoint, _cell(network.clean)]
    strengths = {one.name: one.strength for one in result.enhancers}
    for row in result.rows:
        own = [row.dataset, row.name, row.kind, row.split, row.test_size, row.images]
        for enhancer, scores in row.scores.items():
            left = [*own, *about, result.scoring, enhancer, _plain(strengths[enhancer])]
            for metric in _metrics(result):
                difference = row.difference(enhancer, metric)
                change = (
                    [difference.value, difference.low, difference.high]
                    if difference
                    else [None] * 3
                )
                value = _cell(scores.metrics.get(metric))
                writer.writerow([*left, metric, "", value, *map(_cell, change)])
            for name, score in (scores.classes or {}).items():
                writer.writerow([*left, result.metric, name, _cell(score), "", "", ""])
    return out.getvalue()


def row_title(row: Row) -> str:
    """Name a row, and what it joins."""
    if row.kind == "condition":
        return f"{row.dataset} {row.name}" if row.dataset else row.name
    members = row.members or []
    listed = ", ".join(members) if len(members) <= 6 else f"{len(members)} conditions"
    return f"**{row.name}** ({listed})"


def _metrics(result: ComparisonResult) -> list[str]:
    return result.metrics or [result.metric]


def _effect_parts(result: ComparisonResult, rows: Sequence[Row]) -> list[str]:
    parts = [f"## What the enhancers did\n\n{_activity_table(result, rows)}"]
    if result.enhancers[0].cost:
        parts.append(f"## Cost\n\n{_cost_table(result)}")
    return parts


def _setting(result: ComparisonResult) -> str:
    network = result.network
    clean = "not tested" if network.clean is None else f"{network.clean:.2f} %"
    return "\n".join(
        [
            f"- network: {network.name}, backbone {network.backbone}, `{network.checkpoint}`; its clean "
            f"{result.metric} alone: {clean}",
            f"- scored: {result.scoring}; made on {result.date}, {result.machine}",
            f"- in brackets: difference from {markdown_line(result.reference)}{_intervals(result)}",
            *_acquaintance(result.enhancers),
            *_strengths(result.enhancers),
            f"- `{result.command}`" if result.command else "- made from Python",
        ]
    )


def _intervals(result: ComparisonResult) -> str:
    drawn = result.bootstrap
    if drawn is None:
        return ""
    return (
        f", with its {drawn.level:.0%} interval (paired bootstrap over images, {drawn.resamples} resamples, "
        f"seed {drawn.seed})"
    )


def _acquaintance(enhancers: Sequence[Enhancer]) -> list[str]:
    """Which enhancers were trained through the network, as their files tell."""
    parts = []
    for met, words in ((True, "trained through this network"), (False, "never met it")):
        names = [markdown_line(one.name) for one in enhancers if one.trained_through is met]
        parts += [f"{words}: {', '.join(names)}"] if names else []
    return [f"- {'; '.join(parts)} (as the enhancer files tell)"] if parts else []


def _strengths(enhancers: Sequence[Enhancer]) -> list[str]:
    """The strength that each enhancer was tested with."""
    used = strengths_of((markdown_line(one.name), one.strength) for one in enhancers)
    return [f"- strength: {used} (0 changes nothing, 1 is the prediction)"] if used else []


def _explanation(result: ComparisonResult) -> str:
    pooled = {
        "segmentation": "Pooled rows add up the areas of all their images, as mmseg's IoUMetric does",
        "classification": "Pooled rows count all their images alike",
    }[result.task]
    kinds = (
        f"{pooled}; 'mean over conditions' is the mean of its conditions' scores. The two differ."
    )
    return "\n\n".join([kinds, *map(markdown_line, why_undefined(result))])


def _main_table(result: ComparisonResult, rows: Sequence[Row]) -> str:
    return f"## {result.metric} (%)\n\n{_score_table(result, rows, result.metric)}"


def _score_table(result: ComparisonResult, rows: Sequence[Row], metric: str) -> str:
    network, lines = result.network, []
    for row in rows:
        about = [
            row.split or "-",
            row.test_size or "-",
            row.images,
            network.backbone,
            shown(network.clean),
        ]
        lines.append(
            [row_title(row), *about, *(_score(row, name, metric) for name in result.names)]
        )
    head = ["row", "split", "test size", "images", "backbone", "clean", *result.names]
    return markdown_table(head, lines)


def _score(row: Row, enhancer: str, metric: str) -> str:
    (value,) = score_texts(row.scores[enhancer].metrics, [metric])
    change = row.difference(enhancer, metric)
    if change is None or change.value is None:
        return value
    if change.low is None or change.high is None:
        return f"{value} ({change.value:+.2f})"
    return f"{value} ({change.value:+.2f}; {change.low:+.2f} .. {change.high:+.2f})"


def _grid_parts(result: ComparisonResult, grid: Grid) -> list[str]:
    reference = result.reference
    parts = [f"## Corruption grid\n\n{_summary_table(grid)}"]
    for name, values in grid.values.items():
        title = f"{_grid_metric(grid)} (%), {name}"
        parts.append(f"### {markdown_line(title)}\n\n{_one_grid(result, grid, values)}")
        if name != reference:
            gains = _gains(values, grid.values[reference])
            title = f"gain of {name} over {reference}, points of {_grid_metric(grid)}"
            parts.append(f"### {markdown_line(title)}\n\n{_one_grid(result, grid, gains, '+.2f')}")
    return parts


def _grid_metric(grid: Grid) -> str:
    return grid.metric or "score"


def _gains(values: _Values, base: _Values) -> list[list[float | None]]:
    return [
        [None if a is None or b is None else a - b for a, b in zip(row, other, strict=True)]
        for row, other in zip(values, base, strict=True)
    ]


def _one_grid(result: ComparisonResult, grid: Grid, values: _Values, shape: str = ".2f") -> str:
    *lines, (title, *means) = grid_lines(grid_cells(grid, result.rows, values), shape)
    table = [*lines, [f"**{title}**", *means]]
    return markdown_table(["severity", *grid.severities, "mean"], table)


def _summary_table(grid: Grid) -> str:
    baseline = grid.baseline if isinstance(grid.baseline, str) else "the given errors"
    lines = [
        [name, shown(summary.mean), shown(summary.mCE), shown(summary.relative_mCE)]
        for name, summary in (grid.summary or {}).items()
    ]
    head = [
        "enhancer",
        f"mean {_grid_metric(grid)} (%)",
        f"mCE (%) against {baseline}",
        "relative mCE (%)",
    ]
    return markdown_table(head, lines)


def _activity_table(result: ComparisonResult, rows: Sequence[Row]) -> str:
    lines = []
    for row in rows:
        for name, activity in (row.activity or {}).items():
            lines.append(
                [
                    row_title(row), name, f"{shown(activity.visibly_changed, 'd')} of {row.images}",
                    shown(activity.mean_change, ".1f"), shown(activity.distance, ".3f"),
                    *_parameter_cells(activity.parameters),
                ]
            )  # fmt: skip
    head = ["row", "enhancer", "visibly changed", "mean change", "distance from identity"]
    head += ["C_M diagonal", "C_S", "sum of K", "centre of K"]
    change = result.visible_change
    meaning = f"{change.definition.capitalize()}. " if change else ""
    return f"{meaning}Parameters are means over images.\n\n" + markdown_table(head, lines)


def _parameter_cells(parameters: Sequence[float] | None) -> list[str]:
    if parameters is None:
        return ["-"] * 4
    matrix, kernel = parameters[COLOR_MATRIX], parameters[KERNEL]
    diagonal = " ".join(f"{value:.2f}" for value in matrix[::4])
    shift = " ".join(f"{value:+.2f}" for value in parameters[COLOR_SHIFT])
    return [diagonal, shift, f"{sum(kernel):.2f}", f"{kernel[len(kernel) // 2]:.2f}"]


def _cost_table(result: ComparisonResult) -> str:
    costs = [("network", result.network.cost), *((one.name, one.cost) for one in result.enhancers)]
    lines = [
        [name, shown(cost.parameters, ","), shown(cost.gmac), shown(cost.milliseconds, ".1f")]
        for name, cost in costs
        if cost
    ]
    title = (
        f"One image of {result.cost_size}, on {result.machine}. Milliseconds of an enhancer: what it adds to "
        "the data preprocessor."
    )
    return f"{title}\n\n" + markdown_table(["", "parameters", "GMAC", "milliseconds"], lines)


def _class_tables(result: ComparisonResult) -> str:
    parts = []
    for row in result.rows:
        if result.grid and row.kind == "condition":
            continue  # scores by class of every cell are in JSON and CSV
        classes = [row.scores[name].classes or {} for name in result.names]
        lines = []
        for label in classes[0]:
            values = [scores.get(label) for scores in classes]
            gains = ["", *(_gain(value, values[0]) for value in values[1:])]
            lines.append([label, *(shown(v) + g for v, g in zip(values, gains, strict=True))])
        table = markdown_table(["class", *result.names], lines)
        parts.append(f"### {markdown_line(row_title(row))}\n\n{table}")
    return "\n\n".join(parts)


def _gain(value: float | None, alone: float | None) -> str:
    return "" if value is None or alone is None else f" ({value - alone:+.2f})"


def _plain(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def _cell(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"
