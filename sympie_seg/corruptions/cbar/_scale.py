"""How the patterns of C-bar follow the size of the image.

C-bar is defined at 224 x 224. Here the shorter side stands for those 224 pixels, so that an image
and its enlargement get patterns of the same look. Patterns without hard edges are drawn on a grid
whose shorter side has at most 224 cells and then enlarged: they have no detail finer than that, and
the cost hardly grows with the image.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]

REFERENCE_SIDE = 224


def cell_side(height: int, width: int) -> float:
    """Return how many pixels of the image one pixel of a 224 x 224 image stands for, at least 1."""
    return max(1.0, min(height, width) / REFERENCE_SIDE)


def grid_shape(height: int, width: int) -> tuple[int, int]:
    """Return the rows and columns of the grid to draw smooth patterns on.

    Args:
        height: Rows of the image.
        width: Columns of the image.

    Returns:
        The image's shape, or the one whose shorter side is 224 if that is smaller.
    """
    shorter = min(height, width)
    if shorter <= REFERENCE_SIDE:
        return height, width
    # In whole numbers, because a rounding error would add a row. Rounded up.
    return -(-height * REFERENCE_SIDE // shorter), -(-width * REFERENCE_SIDE // shorter)


def enlarge(field: Field, height: int, width: int) -> Field:
    """Enlarge a pattern from the grid to the image, bilinearly so that its range stays.

    Args:
        field: float32, shape (rows, columns) or (rows, columns, 3).
        height: Rows of the image.
        width: Columns of the image.

    Returns:
        float32, shape (height, width) or (height, width, 3).
    """
    if field.shape[:2] == (height, width):
        return field
    result: Field = cv2.resize(field, (width, height), interpolation=cv2.INTER_LINEAR)
    return result


def three_channels(field: Field) -> Field:
    """Repeat a field of shape (H, W) for the three channels of an image."""
    result: Field = cv2.merge([field] * 3)
    return result
