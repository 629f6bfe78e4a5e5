"""Smooth random fields for what comes in patches: banks of fog, snow on the ground."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray


def draw_patches(
    height: int, width: int, patch: tuple[float, float], rng: np.random.Generator
) -> NDArray[np.float32]:
    """Enlarge uniform noise smoothly.

    Args:
        height: Rows of the field.
        width: Columns of the field.
        patch: Height and width of a patch, in image heights.
        rng: Source of the noise.

    Returns:
        float32, shape (height, width), in 0..1.
    """
    rows = math.ceil(1 / patch[0]) + 1
    columns = math.ceil(width / height / patch[1]) + 1
    noise = rng.random((rows, columns), dtype=np.float32)
    field = cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC)
    returned: NDArray[np.float32] = np.clip(field, 0, 1, out=field)
    return returned
