"""The HTML report: one file that needs nothing else."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from sympie_seg.comparison.result import ComparisonResult, GridSummary
from sympie_seg.report import wording
from sympie_seg.report.cards import cards
from sympie_seg.report.comparison import (
    METRICS,
    interval_level,
    is_grid_row,
    shown_dataset,
    why_undefined,
)
from sympie_seg.report.examples import Example
from sympie_seg.report.forest import forest_svg
from sympie_seg.report.heat_maps import heat_maps
from sympie_seg.report.summary import summarize
from sympie_seg.report.tables import activity_lines, cost_table, score_tables
from sympie_seg.utils.files import replace_text
from sympie_seg.utils.tables import strengths_of
from sympie_seg.visualization import changes, diverging, sequential
from sympie_seg.visualization.label_maps import IGNORED_COLOUR

__all__ = ["render_report", "write_report"]

_TEMPLATES = Path(__file__).parent / "templates"
_MANY_CLASSES = 200
"""With more, only rows outside the grid get bars, or the page would hold millions of numbers."""


def write_report(
    path: str | os.PathLike[str],
    comparison: ComparisonResult,
    examples: Sequence[Example] = (),
) -> None:
    """Write the report of a comparison; the file is replaced at once.

    Args:
        path: HTML file; missing folders are made.
        comparison: the record; :func:`~sympie_seg.report.load_comparison` reads it.
        examples: chosen images; without them the page has no pictures of images.

    Raises:
        TypeError: if the comparison is none, such as the plain dicts that a JSON file holds.
        OSError: if the file cannot be written.
    """
    replace_text(path, render_report(comparison, examples))


def render_report(comparison: ComparisonResult, examples: Sequence[Example] = ()) -> str:
    """Give the page as text. The same input gives the same text.

    Raises:
        TypeError: as in :func:`write_report`.
    """
    if not isinstance(comparison, ComparisonResult):
        raise TypeError(
            f"expected a ComparisonResult, got {type(comparison).__name__}; load_comparison reads one from a file, "
            "sympie_seg.comparison.result.parse_result makes one of plain dicts"
        )
    page = _environment().get_template("report.html.j2")
    return page.render(
        comparison=comparison,
        reference=comparison.reference,
        names=comparison.names,
        level=interval_level(comparison),
        facts=_facts(comparison),
        summary=summarize(comparison),
        scores=score_tables(comparison),
        notes=why_undefined(comparison),
        forest=forest_svg(comparison, METRICS[comparison.task][0]),
        maps=heat_maps(comparison),
        grid_summary=_grid_summary(comparison),
        costs=cost_table(comparison),
        activity=activity_lines(comparison),
        bars=_bars(comparison),
        cards=cards(comparison, examples),
        legend=_legend(comparison, examples),
        changes=[
            ("wrong before, right now", changes.CORRECTED),
            ("right before, wrong now", changes.BROKEN),
            ("right both times", changes.RIGHT),
            ("wrong both times", changes.WRONG),
        ],
        gain_scale=_gradient(lambda share: diverging(1 - 2 * share)),
        value_scale=_gradient(sequential),
    )


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        number=wording.number,
        signed=wording.signed,
        metric=wording.shown_metric,
        css=wording.css_colour,
    )
    environment.globals["asset"] = lambda name: Markup((_TEMPLATES / name).read_text("utf-8"))
    return environment


def _facts(result: ComparisonResult) -> list[tuple[str, str]]:
    """What has to stand beside every number."""
    network, rows = result.network, result.rows
    sizes = dict.fromkeys(row.test_size for row in rows if row.test_size)
    splits = dict.fromkeys(row.split for row in rows if row.split)
    datasets = dict.fromkeys(row.dataset for row in rows if row.dataset and row.kind == "condition")
    facts = [
        ("Network (frozen)", network.name),
        ("Backbone", network.backbone),
        ("Checkpoint", network.checkpoint),
        (
            f"Clean {wording.shown_metric(result.metric)}, without enhancer",
            None if network.clean is None else f"{wording.number(network.clean)} %",
        ),
        ("Strength", strengths_of((one.name, one.strength) for one in result.enhancers)),
        ("Scored at", result.scoring),
        ("Data", ", ".join(datasets)),
        ("Split", ", ".join(splits)),
        ("Test size", ", ".join(sizes)),
        ("Config", result.config),
        ("Machine", result.machine),
        ("Date", result.date),
    ]
    return [(name, value) for name, value in facts if value]


def _bars(result: ComparisonResult) -> dict[str, Any]:
    """Scores by class for the page's script: rows, and in each one list of numbers for every enhancer."""
    classes, names = result.classes, result.names
    rows = []
    for row in result.rows:
        by_class = [row.scores[name].classes or {} for name in names]
        if not any(by_class):
            continue
        if len(classes) > _MANY_CLASSES and is_grid_row(result, row):
            continue
        dataset = shown_dataset(result, row.dataset)
        title = f"{dataset}: {row.name}" if dataset else row.name
        values = [[_rounded(scores.get(label)) for label in classes] for scores in by_class]
        rows.append({"title": title, "values": values})
    return {"classes": classes, "enhancers": names, "rows": rows}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


_FIGURES: tuple[tuple[str, Callable[[GridSummary], float | None]], ...] = (
    ("mean", lambda figures: figures.mean),
    ("mCE", lambda figures: figures.mCE),
    ("relative mCE", lambda figures: figures.relative_mCE),
)


def _grid_summary(result: ComparisonResult) -> tuple[list[str], list[tuple[str, list[str]]]]:
    """Header and one line per enhancer of the grid's figures; what no enhancer has is left out."""
    summary = (result.grid.summary if result.grid else None) or {}
    known = [
        (title, figure)
        for title, figure in _FIGURES
        if any(figure(figures) is not None for figures in summary.values())
    ]
    lines = [
        (name, [wording.number(figure(figures)) for _, figure in known])
        for name, figures in summary.items()
    ]
    return [title for title, _ in known], lines if known else []


def _legend(
    result: ComparisonResult, examples: Sequence[Example]
) -> list[tuple[str, Sequence[int]]]:
    """Classes and their colours; empty where nothing is painted in them."""
    palettes = [result.palette, *(example.palette for example in examples)]
    palette = next((p for p in palettes if p is not None and len(p)), None)
    if palette is None:
        return []
    return [*zip(result.classes, palette, strict=False), ("not scored", IGNORED_COLOUR)]


def _gradient(scale: Callable[[float], Iterable[int]]) -> str:
    return ", ".join(wording.css_colour(scale(step / 8)) for step in range(9))
