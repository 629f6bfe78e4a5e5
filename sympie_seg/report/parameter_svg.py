"""C_M, C_S and K as drawings inside the page: coloured cells with their numbers, printed or on hover."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from markupsafe import Markup

from sympie_seg.report.wording import css_colour, number
from sympie_seg.visualization import diverging, parameter_maps, readable_on, shares_of

__all__ = ["parameter_svgs"]

_LEGIBLE = 26
"""Cells of at least so many pixels have their number printed."""
_MEANING = {
    "C_M": "colour matrix: rows are the input's channels R, G, B, columns the output's",
    "C_S": "colour shift of R, G, B, added before the matrix",
    "K": "5 x 5 kernel",
}


def parameter_svgs(parameters: Sequence[float], cell: int = 30) -> list[tuple[str, Markup]]:
    """Draw the three parts.

    Args:
        parameters: the 37 numbers.
        cell: side of a cell in pixels; with less than 26 the numbers are only shown on hover.

    Returns:
        (name, SVG) of C_M, C_S and K.
    """
    return [(name, _svg(name, grid, cell)) for name, grid in parameter_maps(parameters).items()]


def _svg(name: str, grid: np.ndarray, cell: int) -> Markup:
    rows, columns = grid.shape
    colours = diverging(shares_of(grid))
    cells = [_cell(index, value, colours[index], cell) for index, value in np.ndenumerate(grid)]
    values = "; ".join(" ".join(number(v) for v in row) for row in grid)
    return Markup(
        f'<svg class="parameters" role="img" aria-label="{name}, {_MEANING[name]}: {values}" '
        f'width="{columns * cell}" height="{rows * cell}" viewBox="0 0 {columns * cell} {rows * cell}">'
        f"{''.join(cells)}</svg>"
    )


def _cell(index: tuple[int, int], value: float, colour: np.ndarray, cell: int) -> str:
    y, x = index[0] * cell, index[1] * cell
    fill, ink = (css_colour(c) for c in (colour, readable_on(colour)))
    printed = (
        f'<text x="{x + cell / 2:g}" y="{y + cell / 2:g}" fill="{ink}">{number(value)}</text>'
        if cell >= _LEGIBLE
        else ""
    )
    return (
        f"<g><title>row {index[0] + 1}, column {index[1] + 1}: {number(value, 4)}</title>"
        f'<rect x="{x}" y="{y}" width="{cell}" height="{cell}" fill="{fill}"/>{printed}</g>'
    )
