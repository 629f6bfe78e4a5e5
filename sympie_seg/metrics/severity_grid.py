"""The corruption x severity grid of a benchmark whose conditions are called ``<corruption>-<severity>``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from prettytable import PrettyTable

from sympie_seg.corruptions import GridName
from sympie_seg.utils.numbers import shown

__all__ = ["grid_table", "severity_grid"]


def severity_grid(
    scores: Mapping[str, Mapping[str, Any]], metric: str = "mIoU"
) -> dict[str, dict[int, float | None]]:
    """Sort the scores of conditions such as 'fog-3' into a grid.

    Args:
        scores: scores by condition, each with ``metric`` in percent, or None where no class occurs.
        metric: which of the scores; 'top1' for classification. Defaults to 'mIoU'.

    Returns:
        The score by corruption and severity; empty if no condition has such a name.
    """
    grid: dict[str, dict[int, float | None]] = {}
    for condition, score in scores.items():
        cell = GridName.parse(condition)
        if cell:
            grid.setdefault(cell.corruption, {})[cell.severity] = score[metric]
    return grid


def grid_table(grid: Mapping[str, Mapping[int, float | None]], metric: str = "mIoU") -> str:
    """Draw the grid, with the mean of each row and column, and of all cells."""
    severities = sorted({severity for row in grid.values() for severity in row})
    title = f"{metric} (%) at severity"
    table = PrettyTable([title, *map(str, severities), "mean"], align="r")
    table.align[title] = "l"
    for name, row in grid.items():
        cells = [row.get(severity) for severity in severities]
        table.add_row([name, *map(shown, cells), shown(_mean(cells))])
    columns = [[row.get(severity) for row in grid.values()] for severity in severities]
    everything = [value for column in columns for value in column]
    means = [shown(_mean(column)) for column in columns]
    table.add_row(["mean over corruptions", *means, shown(_mean(everything))])
    return table.get_string()


def _mean(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
