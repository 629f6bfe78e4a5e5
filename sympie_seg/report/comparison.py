"""Reading of ``comparison.json``: what tools/compare.py writes and the report shows."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sympie_seg.corruptions import GridName
from sympie_seg.utils.foreign import ForeignFileError, naming, read_json

__all__ = [
    "METRICS",
    "check_comparison",
    "interval_level",
    "is_grid_row",
    "load_comparison",
    "reference",
    "shown_dataset",
]

FORMAT, VERSION = "sympie_seg.comparison", 1
METRICS = {"segmentation": ("mIoU", "mAcc", "aAcc"), "classification": ("top1", "top5")}
"""Metrics by task, the first is the headline's."""
_NEEDED = ("task", "title", "metric", "network", "classes", "enhancers", "rows")
_ROW_NEEDED = ("name", "kind", "images", "scores")


def load_comparison(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Read and check a comparison.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it is no comparison that this version can show; the message names file and key.
    """
    path = Path(path)
    try:
        content = read_json(path, "write it again with tools/compare.py")
    except FileNotFoundError:
        raise FileNotFoundError(f"'{path}' does not exist; tools/compare.py writes it") from None
    with naming(path, "is no comparison that this version can show"):
        try:
            check_comparison(content)
        except ValueError as error:
            raise ForeignFileError(f"'{path}': {error}") from None
    return content


def check_comparison(comparison: Any) -> None:
    """Refuse what the report cannot show.

    Raises:
        ValueError: names the key and what was expected.
    """
    if not isinstance(comparison, Mapping) or comparison.get("format") != FORMAT:
        raise ValueError(
            f"no comparison of tools/compare.py (no 'format': '{FORMAT}'); write it again with this version"
        )
    if comparison.get("version") != VERSION:
        raise ValueError(
            f"version {comparison.get('version')!r} of the comparison, this reads {VERSION}; write it again"
        )
    missing = [key for key in _NEEDED if key not in comparison]
    if missing:
        raise ValueError(f"the comparison has no {', '.join(missing)}")
    if comparison["task"] not in METRICS:
        raise ValueError(
            f"task {comparison['task']!r} is none of {', '.join(METRICS)}; the report knows these"
        )
    if not comparison["enhancers"] or not comparison["rows"]:
        raise ValueError("the comparison has no enhancer or no row: there is nothing to show")
    for row in comparison["rows"]:
        _check_row(row, [enhancer["name"] for enhancer in comparison["enhancers"]])


def _check_row(row: Mapping[str, Any], names: list[str]) -> None:
    missing = [key for key in _ROW_NEEDED if key not in row]
    if missing:
        raise ValueError(f"the row {row.get('name')!r} has no {', '.join(missing)}")
    absent = [name for name in names if name not in row["scores"]]
    if absent:
        raise ValueError(f"the row {row['name']!r} has no scores of {', '.join(absent)}")


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
