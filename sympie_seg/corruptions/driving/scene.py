"""How far away the rows of a driving picture are, when nothing but the picture is known."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

CAMERA_METRES = 1.3
#: Of a car camera with about 50 degrees from left to right at an aspect ratio of 2.
FOCAL_LENGTH_IN_HEIGHTS = 2.1
#: Stands for all that is above the horizon, where houses and trees would be nearer than the sky.
FAR_METRES = 110.0
HORIZON = (0.38, 0.48)
#: Share of the height over which ground turns into far: a sharp edge would look like a wall.
HORIZON_SOFTNESS = 0.05


def draw_horizon(rng: np.random.Generator) -> float:
    """Draw the row of the horizon.

    Args:
        rng: Source of the row.

    Returns:
        A share of the image height, 0 at the top.
    """
    return float(rng.uniform(*HORIZON))


def row_depths(height: int, horizon: float) -> NDArray[np.float32]:
    """Work out the distance of a flat ground in each row; all above the horizon is far.

    A pinhole camera at height ``h`` with focal length ``f`` sees ground ``h f / y`` away in the row
    ``y`` below the horizon. Here ``y`` is bent smoothly to 0 above it, and nearness adds to that of
    ``FAR_METRES``.

    Args:
        height: Rows of the image.
        horizon: The row of the horizon as a share of the height.

    Returns:
        Metres, float32, shape (height, 1), at most ``FAR_METRES``.
    """
    below = (np.arange(height) + 0.5) / height - horizon
    bent = (below + np.hypot(below, 2 * HORIZON_SOFTNESS)) / 2
    nearness = bent / (CAMERA_METRES * FOCAL_LENGTH_IN_HEIGHTS) + 1 / FAR_METRES
    return (1 / nearness)[:, None].astype(np.float32)
