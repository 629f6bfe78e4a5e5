"""The corruption x severity grid: values, and what each enhancer adds to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sympie_seg.comparison.result import ComparisonResult, Grid, Row
from sympie_seg.metrics.scorer import grid_means
from sympie_seg.report.comparison import grid_cells
from sympie_seg.report.wording import css_colour, number, signed
from sympie_seg.visualization import diverging, readable_on, sequential

__all__ = ["Cell", "HeatMap", "heat_maps"]


@dataclass(frozen=True)
class Cell:
    """A number as text, its sorting value, and the cell's colours in CSS."""

    text: str
    value: float | None
    fill: str
    ink: str


@dataclass(frozen=True)
class HeatMap:
    """One table: ``kind`` is 'value' or 'gain'; a row is (corruption, cells), the last cell its mean."""

    enhancer: str
    kind: str
    header: Sequence[str]
    rows: Sequence[tuple[str, Sequence[Cell]]]
    low: float
    high: float


def heat_maps(result: ComparisonResult) -> list[HeatMap]:
    """Build the tables of all enhancers on one scale of values and one of gains; empty without a grid."""
    grid, rows = result.grid, result.rows
    if grid is None:
        return []
    values = {
        name: np.array(lines, float)  # None becomes NaN
        for name, lines in grid.values.items()
    }
    alone = values[result.reference]
    gains = {name: table - alone for name, table in values.items() if table is not alone}
    low, high = _range(values)
    most = max((float(np.nanmax(np.abs(g), initial=0)) for g in gains.values()), default=0) or 1.0
    maps = [
        _heat_map(grid, rows, name, "value", table, low, high) for name, table in values.items()
    ]
    maps += [
        _heat_map(grid, rows, name, "gain", table, -most, most) for name, table in gains.items()
    ]
    return maps


def _range(values: Mapping[str, np.ndarray]) -> tuple[float, float]:
    everything = np.concatenate([table.ravel() for table in values.values()])
    known = everything[np.isfinite(everything)]
    return (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)


def _heat_map(
    grid: Grid,
    tested: Sequence[Row],
    enhancer: str,
    kind: str,
    table: np.ndarray,
    low: float,
    high: float,
) -> HeatMap:
    rows = [
        (name, [_cell(value, kind, low, high) for value in line])
        for name, line in zip(
            [*grid.corruptions, "mean"], _with_means(grid, tested, table), strict=True
        )
    ]
    return HeatMap(enhancer, kind, [*map(str, grid.severities), "mean"], rows, low, high)


def _with_means(grid: Grid, tested: Sequence[Row], table: np.ndarray) -> np.ndarray:
    """Add a column and a row of means; NaN where one is undefined."""
    values = [[None if np.isnan(value) else float(value) for value in line] for line in table]
    means = grid_means(grid_cells(grid, tested, values))
    right = [means.rows.get(name) for name in grid.corruptions]
    below = [means.columns.get(severity) for severity in grid.severities]
    wide = np.hstack([table, np.array(right, float)[:, None]])
    return np.vstack([wide, np.array([*below, means.overall], float)[None]])


def _cell(value: float, kind: str, low: float, high: float) -> Cell:
    if not np.isfinite(value):
        return Cell(number(None), None, "transparent", "inherit")
    # Gains are blue and losses red, as everywhere in the report.
    colour = (
        diverging(-value / high)
        if kind == "gain"
        else sequential((value - low) / max(high - low, 1e-9))
    )
    text = signed(value, 1) if kind == "gain" else number(value, 1)
    return Cell(text, float(value), css_colour(colour), css_colour(readable_on(colour)))
