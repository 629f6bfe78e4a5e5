"""What the report shows of one image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from sympie_seg.enhancer.parameters import NUM_PARAMETERS

__all__ = ["CHOICES", "Example", "View"]

CHOICES = ("best", "median", "worst")


@dataclass(frozen=True, eq=False)
class View:
    """One image as one enhancer hands it to the network, and what the network says.

    Attributes:
        enhanced: RGB uint8 (H, W, 3).
        prediction: integer label map (H, W); in classification the class number, or its name.
        score: of this image in percent (mIoU), or in classification of the true class; None if unknown.
        parameters: the 37 numbers; None for enhancers without.
        top: in classification, the most likely classes (name, percent), best first.

    Raises:
        ValueError: if the parameters are not 37.
    """

    enhanced: np.ndarray
    prediction: np.ndarray | int | str
    score: float | None = None
    parameters: Sequence[float] | None = None
    top: Sequence[tuple[str, float]] = ()

    def __post_init__(self) -> None:
        """Check what numpy would not notice."""
        _check_picture(self.enhanced, "enhanced")
        if self.parameters is not None and len(self.parameters) != NUM_PARAMETERS:
            raise ValueError(
                f"expected {NUM_PARAMETERS} parameters or None, got {len(self.parameters)}"
            )


@dataclass(frozen=True, eq=False)
class Example:
    """One image of one row of the comparison, chosen by what one enhancer gains on it.

    Attributes:
        row: the row's name, as in the comparison.
        image: name of the image.
        choice: 'best', 'median' or 'worst' gain of ``enhancer`` in this row.
        enhancer: whom the choice is about.
        gain: its score minus the reference's, in percentage points.
        input: RGB uint8 (H, W, 3).
        truth: integer label map (H, W), ignored pixels 255; in classification the class number, or its name.
        palette: RGB of the classes; empty in classification.
        views: by enhancer, the reference ('none') first.
        dataset: the row's dataset, for rows of one name in several.

    Raises:
        ValueError: if the choice is none of the three, or ``views`` lacks the enhancer.
    """

    row: str
    image: str
    choice: str
    enhancer: str
    gain: float
    input: np.ndarray
    truth: np.ndarray | int | str | None
    palette: Sequence[Sequence[int]] | None
    views: Mapping[str, View] = field(default_factory=dict)
    dataset: str | None = None

    def __post_init__(self) -> None:
        """Check what would show nothing, or the wrong thing."""
        _check_picture(self.input, "input")
        if self.choice not in CHOICES:
            raise ValueError(f"expected choice as one of {', '.join(CHOICES)}, got {self.choice!r}")
        if self.enhancer not in self.views:
            raise ValueError(
                f"the example '{self.image}' has no view of its enhancer '{self.enhancer}', only of "
                f"{', '.join(self.views) or 'none'}"
            )


def _check_picture(picture: np.ndarray, name: str) -> None:
    if picture.ndim != 3 or picture.shape[2] != 3 or picture.dtype != np.uint8:
        raise ValueError(
            f"expected {name} as RGB uint8 (H, W, 3), got {picture.dtype} {picture.shape}"
        )
