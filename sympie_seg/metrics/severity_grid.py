"""The corruption x severity grid of a benchmark whose conditions are called ``<corruption>-<severity>``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from prettytable import PrettyTable

from sympie_seg.corruptions import GridName
from sympie_seg.metrics.scorer import grid_means, undefined_notes
from sympie_seg.utils.numbers import shown

__all__ = ["grid_lines", "grid_notes", "grid_table", "severity_grid"]

TOTAL = "mean over corruptions"


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


def grid_lines(
    grid: Mapping[str, Mapping[int, float | None]], shape: str = ".2f"
) -> list[list[str]]:
    """Write the grid as text: a line for each corruption, then the means; its name, the cells and their mean.

    Args:
        grid: score by corruption and severity, as in :func:`sympie_seg.metrics.scorer.grid_means`.
        shape: of the numbers. Defaults to '.2f'.
    """
    means = grid_means(grid)
    lines = [
        [
            name,
            *(shown(row.get(s), shape) for s in means.columns),
            shown(means.rows.get(name), shape),
        ]
        for name, row in grid.items()
    ]
    total = [*means.columns.values(), means.overall]
    return [*lines, [TOTAL, *(shown(mean, shape) for mean in total)]]


def grid_notes(grid: Mapping[str, Mapping[int, float | None]]) -> list[str]:
    """Say why the mean over corruptions is undefined, if it is."""
    cells = {str(GridName(name, s)): v for name, row in grid.items() for s, v in row.items()}
    return undefined_notes({TOTAL: list(cells)}, cells)


def grid_table(grid: Mapping[str, Mapping[int, float | None]], metric: str = "mIoU") -> str:
    """Draw the grid, with the mean of each row and column and over the corruptions; below it, why one is undefined."""
    severities = sorted({severity for row in grid.values() for severity in row})
    title = f"{metric} (%) at severity"
    table = PrettyTable([title, *map(str, severities), "mean"], align="r")
    table.align[title] = "l"
    table.add_rows(grid_lines(grid))
    return "\n".join([table.get_string(), *grid_notes(grid)])
