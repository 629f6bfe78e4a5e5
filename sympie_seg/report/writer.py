"""The HTML report: one file that needs nothing else."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from sympie_seg.comparison.result import ComparisonResult
from sympie_seg.report import wording
from sympie_seg.report.cards import cards
from sympie_seg.report.comparison import (
    METRICS,
    content_of,
    interval_level,
    is_grid_row,
    reference,
    shown_dataset,
    why_undefined,
)
from sympie_seg.report.examples import Example
from sympie_seg.report.forest import forest_svg
from sympie_seg.report.heat_maps import heat_maps
from sympie_seg.report.summary import summarize
from sympie_seg.report.tables import activity_lines, cost_table, score_tables
from sympie_seg.utils.files import replace_bytes
from sympie_seg.utils.tables import strengths_of
from sympie_seg.visualization import changes, diverging, sequential
from sympie_seg.visualization.label_maps import IGNORED_COLOUR

__all__ = ["render_report", "write_report"]

_TEMPLATES = Path(__file__).parent / "templates"
_MANY_CLASSES = 200
"""With more, only rows outside the grid get bars, or the page would hold millions of numbers."""


def write_report(
    path: str | os.PathLike[str],
    comparison: ComparisonResult | Mapping[str, Any],
    examples: Sequence[Example] = (),
) -> None:
    """Write the report of a comparison; the file is replaced at once.

    Args:
        path: HTML file; missing folders are made.
        comparison: the record, or what ``comparison.json`` holds.
        examples: chosen images; without them the page has no pictures of images.

    Raises:
        ValueError: if the comparison lacks something; the message names it.
        OSError: if the file cannot be written.
    """
    replace_bytes(path, render_report(comparison, examples).encode())


def render_report(
    comparison: ComparisonResult | Mapping[str, Any], examples: Sequence[Example] = ()
) -> str:
    """Give the page as text. The same input gives the same text.

    Raises:
        ValueError: as in :func:`write_report`.
    """
    comparison = content_of(comparison)
    page = _environment().get_template("report.html.j2")
    return page.render(
        comparison=comparison,
        reference=reference(comparison),
        names=[enhancer["name"] for enhancer in comparison["enhancers"]],
        level=interval_level(comparison),
        facts=_facts(comparison),
        summary=summarize(comparison),
        scores=score_tables(comparison),
        notes=why_undefined(comparison),
        forest=forest_svg(comparison, METRICS[comparison["task"]][0]),
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


def _facts(comparison: Mapping) -> list[tuple[str, str]]:
    """What has to stand beside every number."""
    network, get = comparison["network"], comparison.get
    sizes = dict.fromkeys(
        row.get("test_size") for row in comparison["rows"] if row.get("test_size")
    )
    splits = dict.fromkeys(row.get("split") for row in comparison["rows"] if row.get("split"))
    clean = network.get("clean")
    datasets = dict.fromkeys(
        r["dataset"] for r in comparison["rows"] if r.get("dataset") and r["kind"] == "condition"
    )
    facts = [
        ("Network (frozen)", network.get("name")),
        ("Backbone", network.get("backbone")),
        ("Checkpoint", network.get("checkpoint")),
        (
            f"Clean {wording.shown_metric(comparison['metric'])}, without enhancer",
            None if clean is None else f"{wording.number(clean)} %",
        ),
        ("Strength", strengths_of((e["name"], e.get("strength")) for e in get("enhancers"))),
        ("Scored at", get("scoring")),
        ("Data", ", ".join(datasets)),
        ("Split", ", ".join(splits)),
        ("Test size", ", ".join(sizes)),
        ("Config", get("config")),
        ("Machine", get("machine")),
        ("Date", get("date")),
    ]
    return [(name, str(value)) for name, value in facts if value not in (None, "")]


def _bars(comparison: Mapping) -> dict[str, Any]:
    """Scores by class for the page's script: rows, and in each one list of numbers for every enhancer."""
    classes = comparison["classes"]
    names = [enhancer["name"] for enhancer in comparison["enhancers"]]
    rows = []
    for row in comparison["rows"]:
        by_class = {name: row["scores"][name].get("classes") or {} for name in names}
        if not any(by_class.values()):
            continue
        if len(classes) > _MANY_CLASSES and is_grid_row(comparison, row):
            continue
        dataset = shown_dataset(comparison, row)
        title = f"{dataset}: {row['name']}" if dataset else row["name"]
        values = [[_rounded(by_class[name].get(label)) for label in classes] for name in names]
        rows.append({"title": title, "values": values})
    return {"classes": list(classes), "enhancers": names, "rows": rows}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def _grid_summary(comparison: Mapping) -> tuple[list[str], list[tuple[str, list[str]]]]:
    """Header and one line per enhancer of the grid's mCE-like figures."""
    summary = (comparison.get("grid") or {}).get("summary") or {}
    flat = {
        name: {key: value for key, value in figures.items() if isinstance(value, (int, float))}
        for name, figures in summary.items()
        if isinstance(figures, Mapping)
    }
    keys = list(dict.fromkeys(key for figures in flat.values() for key in figures))
    lines = [
        (name, [wording.number(figures.get(k)) for k in keys]) for name, figures in flat.items()
    ]
    return [key.replace("_", " ") for key in keys], lines if keys else []


def _legend(comparison: Mapping, examples: Sequence[Example]) -> list[tuple[str, Sequence[int]]]:
    """Classes and their colours; empty where nothing is painted in them."""
    palettes = [comparison.get("palette"), *(example.palette for example in examples)]
    palette = next((p for p in palettes if p is not None and len(p)), None)
    if palette is None:
        return []
    known = list(zip(comparison["classes"], palette, strict=False))
    return [*known, ("not scored", IGNORED_COLOUR)]


def _gradient(scale: Any) -> str:
    return ", ".join(wording.css_colour(scale(step / 8)) for step in range(9))
