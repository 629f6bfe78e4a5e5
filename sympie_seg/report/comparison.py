"""What the report asks of a comparison."""

from __future__ import annotations

import os
from collections.abc import Sequence

from sympie_seg.comparison.result import (
    METRICS,
    ComparisonResult,
    Grid,
    Row,
    parse_result,
    read_result,
)
from sympie_seg.corruptions import GridName
from sympie_seg.metrics.scorer import undefined_notes
from sympie_seg.metrics.severity_grid import grid_notes

__all__ = [
    "METRICS",
    "grid_cells",
    "interval_level",
    "is_grid_row",
    "load_comparison",
    "parse_result",
    "shown_dataset",
    "why_undefined",
]


def load_comparison(path: str | os.PathLike[str]) -> ComparisonResult:
    """Read and check a comparison.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it is no comparison that this version can show; the message names file and field.
    """
    return read_result(path)


def interval_level(result: ComparisonResult) -> int:
    """Of the confidence intervals, in percent."""
    return round(100 * (result.bootstrap.level if result.bootstrap else 0.95))


def shown_dataset(result: ComparisonResult, dataset: str | None) -> str:
    """A row's dataset; nothing where all rows have the same."""
    return dataset or "" if len({row.dataset for row in result.rows}) > 1 else ""


def is_grid_row(result: ComparisonResult, row: Row) -> bool:
    """Whether the row is one cell of the corruption x severity grid, such as 'fog-3'."""
    grid, cell = result.grid, GridName.parse(row.name)
    return (
        grid is not None
        and cell is not None
        and cell.corruption in grid.corruptions
        and cell.severity in grid.severities
    )


def grid_cells(
    grid: Grid, rows: Sequence[Row], values: Sequence[Sequence[float | None]]
) -> dict[str, dict[int, float | None]]:
    """Give a grid's values by corruption and severity, without the cells that were not tested.

    The file has None for those, as for tested ones whose score is undefined; only the latter have a row.

    Args:
        grid: whose corruptions and severities.
        rows: of the comparison.
        values: one line for each corruption, one number for each severity.
    """
    tested = {row.name for row in rows if row.kind == "condition"}
    return {
        name: {
            severity: value
            for severity, value in zip(grid.severities, line, strict=True)
            if value is not None or str(GridName(name, severity)) in tested
        }
        for name, line in zip(grid.corruptions, values, strict=True)
    }


def why_undefined(result: ComparisonResult) -> list[str]:
    """Say which means are undefined, and why."""
    undefined = [
        row
        for row in result.rows
        if any(scores.metrics.get(result.metric) is None for scores in row.scores.values())
    ]
    means = {row.name: row.members or [] for row in undefined if row.kind == "mean"}
    empty = {row.name for row in undefined if row.kind == "condition"}
    members = {one for names in means.values() for one in names}
    notes = undefined_notes(means, {one: None if one in empty else 0.0 for one in members})
    grid = result.grid
    values = grid.values.get(result.reference) if grid else None
    if grid is None or values is None:
        return notes
    return notes + grid_notes(grid_cells(grid, result.rows, values))
