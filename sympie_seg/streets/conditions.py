"""The adverse conditions by name."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .fog import fog
from .night import night
from .rain import rain
from .scene import Scene
from .snow import snow

_RENDERERS: dict[str, Callable[[Scene], np.ndarray]] = {
    "fog": fog,
    "night": night,
    "rain": rain,
    "snow": snow,
}

CONDITIONS = tuple(_RENDERERS)
"""Names of the adverse conditions, in the order of ACDC."""


def apply_condition(scene: Scene, condition: str) -> np.ndarray:
    """Show a scene in an adverse condition; how bad it is follows from the scene's key.

    The surfaces are lit again and seen through the weather; labels and depth stay the same.

    Args:
        scene: a rendered scene.
        condition: one of CONDITIONS, or "clear".

    Returns:
        RGB, uint8, (H, W, 3).

    Raises:
        ValueError: if the condition is unknown.
    """
    if condition == "clear":
        return scene.image.copy()
    if condition not in _RENDERERS:
        known = ", ".join(("clear", *CONDITIONS))
        raise ValueError(f"unknown condition {condition!r}; use one of: {known}")
    return _RENDERERS[condition](scene)
