"""What the report asks of a comparison (``comparison.json`` of sympie-seg compare)."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from sympie_seg.comparison.result import METRICS, ComparisonResult, parse_result, read_result
from sympie_seg.corruptions import GridName
from sympie_seg.metrics.scorer import undefined_notes
from sympie_seg.metrics.severity_grid import grid_notes

__all__ = [
    "METRICS",
    "content_of",
    "grid_cells",
    "interval_level",
    "is_grid_row",
    "load_comparison",
    "reference",
    "shown_dataset",
    "why_undefined",
]


def load_comparison(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Read and check a comparison, as plain dicts and lists; :func:`read_result` gives it typed.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it is no comparison that this version can show; the message names file and field.
    """
    return read_result(path).to_json()


def content_of(comparison: ComparisonResult | Mapping[str, Any]) -> dict[str, Any]:
    """Give a comparison as plain dicts and lists, with every field; refuse what the report cannot show.

    Raises:
        ValueError: names the field and what was expected.
    """
    known = comparison if isinstance(comparison, ComparisonResult) else parse_result(comparison)
    return known.to_json()


def interval_level(comparison: Mapping[str, Any]) -> int:
    """Of the confidence intervals, in percent."""
    return round(100 * (comparison.get("bootstrap") or {}).get("level", 0.95))


def reference(comparison: Mapping[str, Any]) -> str:
    """Name of the enhancer that all differences are against: the first."""
    return comparison["enhancers"][0]["name"]


def shown_dataset(comparison: Mapping[str, Any], row: Mapping[str, Any]) -> str:
    """The row's data set; nothing where all rows have the same."""
    return (
        row.get("dataset") or "" if len({r.get("dataset") for r in comparison["rows"]}) > 1 else ""
    )


def is_grid_row(comparison: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    """Whether the row is one cell of the corruption x severity grid, such as 'fog-3'."""
    grid = comparison.get("grid")
    cell = GridName.parse(row["name"])
    return (
        bool(grid and cell)
        and cell.corruption in grid["corruptions"]
        and cell.severity in grid["severities"]
    )


def grid_cells(
    comparison: Mapping[str, Any], values: Sequence[Sequence[float | None]]
) -> dict[str, dict[int, float | None]]:
    """Give a grid's values by corruption and severity, without the cells that were not tested.

    The file has None for those, as for tested ones whose score is undefined; only the latter have a row.
    """
    grid = comparison["grid"]
    tested = {row["name"] for row in comparison["rows"] if row["kind"] == "condition"}
    return {
        name: {
            severity: value
            for severity, value in zip(grid["severities"], line, strict=True)
            if value is not None or str(GridName(name, severity)) in tested
        }
        for name, line in zip(grid["corruptions"], values, strict=True)
    }


def why_undefined(comparison: Mapping[str, Any]) -> list[str]:
    """Say which means are undefined, and why."""
    metric, rows = comparison["metric"], comparison["rows"]
    undefined = [
        row for row in rows if any(found.get(metric) is None for found in row["scores"].values())
    ]
    means = {row["name"]: row.get("members") or [] for row in undefined if row["kind"] == "mean"}
    empty = {row["name"] for row in undefined if row["kind"] == "condition"}
    members = {one for names in means.values() for one in names}
    notes = undefined_notes(means, {one: None if one in empty else 0.0 for one in members})
    grid = comparison.get("grid")
    values = grid["values"].get(reference(comparison)) if grid else None
    return notes + (grid_notes(grid_cells(comparison, values)) if values else [])
