"""The enhancer's parameters as pictures."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from sympie_seg.enhancer.parameters import (
    COLOR_MATRIX,
    COLOR_SHIFT,
    KERNEL,
    KERNEL_SIZE,
    NUM_PARAMETERS,
)
from sympie_seg.visualization.colour_scales import diverging, readable_on
from sympie_seg.visualization.text import font

__all__ = ["heat_map", "parameter_maps", "shares_of"]

_PARTS = {
    "C_M": (COLOR_MATRIX, (3, 3)),
    "C_S": (COLOR_SHIFT, (1, 3)),
    "K": (KERNEL, (KERNEL_SIZE, KERNEL_SIZE)),
}


def parameter_maps(parameters: Sequence[float]) -> dict[str, np.ndarray]:
    """Name the parts of the 37 numbers: C_M (3, 3), C_S (1, 3) and K (5, 5), float64.

    Raises:
        ValueError: if there are not 37 numbers.
    """
    vector = np.asarray(parameters, float).ravel()
    if vector.size != NUM_PARAMETERS:
        raise ValueError(f"expected {NUM_PARAMETERS} parameters, got {vector.size}")
    return {name: vector[part].reshape(shape) for name, (part, shape) in _PARTS.items()}


def shares_of(grid: np.ndarray) -> np.ndarray:
    """Scale parameters to -1..1 for their colours: full at 1, or at the largest magnitude if that is more.

    So small numbers stay pale, and pictures of several images can be compared.
    """
    return grid / max(float(np.abs(grid).max()), 1.0)


def heat_map(values: np.ndarray, cell: int = 32, numbers: bool = False) -> np.ndarray:
    """Draw numbers: blue below 0, white at 0, red above; see :func:`shares_of`.

    Args:
        values: (rows, columns) or (columns,).
        cell: side of a cell in pixels.
        numbers: print the values too, with two decimals.

    Returns:
        RGB uint8 (rows * cell, columns * cell, 3).
    """
    grid = np.atleast_2d(np.asarray(values, float))
    colours = diverging(shares_of(grid))
    picture = np.repeat(np.repeat(colours, cell, 0), cell, 1)
    if not numbers:
        return picture
    canvas = Image.fromarray(picture)
    draw = ImageDraw.Draw(canvas)
    for (y, x), value in np.ndenumerate(grid):
        middle = ((x + 0.5) * cell, (y + 0.5) * cell)
        ink = readable_on(colours[y, x])
        draw.text(middle, f"{value:.2f}", ink, font(round(cell * 0.34)), anchor="mm")
    return np.asarray(canvas)
