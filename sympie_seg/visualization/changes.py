"""Where an enhancer corrected the prediction, and where it broke it."""

from __future__ import annotations

import numpy as np

__all__ = ["BROKEN", "CORRECTED", "RIGHT", "WRONG", "changed_predictions"]

# Blue and orange stay apart for colour-blind readers.
CORRECTED, BROKEN, RIGHT, WRONG = (0, 114, 178), (230, 120, 0), (238, 238, 238), (150, 150, 150)
_COLOURS = np.array([(0, 0, 0), WRONG, BROKEN, CORRECTED, RIGHT], np.uint8)


def changed_predictions(
    before: np.ndarray, after: np.ndarray, truth: np.ndarray, classes: int
) -> np.ndarray:
    """Paint what became of every pixel.

    Args:
        before: prediction without the enhancer, integers (H, W).
        after: prediction with it.
        truth: labels; those outside 0..classes - 1 are ignored.
        classes: number of classes.

    Returns:
        RGB uint8 (H, W, 3): :data:`CORRECTED` (wrong, now right), :data:`BROKEN` (right, now wrong), :data:`RIGHT` and
        :data:`WRONG` both times, black where there is no truth.

    Raises:
        ValueError: if the three differ in size.
    """
    if not before.shape == after.shape == truth.shape:
        raise ValueError(
            f"predictions of {before.shape} and {after.shape} and labels of {truth.shape} differ in size"
        )
    outcome = 1 + (before == truth) + 2 * (after == truth)
    return _COLOURS[np.where((truth >= 0) & (truth < classes), outcome, 0)]
