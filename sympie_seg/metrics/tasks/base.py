"""What a comparison has to know of a task: what to keep of an image, and how kept sums become scores."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

__all__ = ["Task"]


class Task(ABC):
    """A task whose scores follow from sums over images.

    Attributes:
        name: 'segmentation' or 'classification'.
        metrics: names of the scores, in percent; the first is the one that tables show and examples are chosen by.
        classes: names of the classes.
        palette: their colours; empty where there are none.
    """

    name: ClassVar[str]
    metrics: tuple[str, ...]
    scoring: ClassVar[str]
    """How it scores where the config does not say."""

    def __init__(self, metainfo: Mapping[str, Any]) -> None:
        self.classes = list(metainfo.get("classes") or ())
        self.palette = [list(color) for color in metainfo.get("palette") or ()]

    @abstractmethod
    def record(self, sample: Any) -> dict[str, Any]:
        """What to keep of a tested image, as JSON takes it.

        Raises:
            ValueError: if prediction or truth cannot be scored; the message names the image.
        """

    @abstractmethod
    def matrix(self, records: Sequence[Mapping[str, Any]]) -> np.ndarray:
        """What is summed, (images, K) float64: a row per record."""

    @abstractmethod
    def scores(self, totals: np.ndarray) -> dict[str, np.ndarray]:
        """Each of ``metrics``, shape (...), in percent, from sums (..., K); NaN where nothing occurs."""

    @abstractmethod
    def class_sums(self, records: Sequence[Mapping[str, Any]]) -> np.ndarray:
        """What scores by class need, summed over records; sums of several rows may be added."""

    @abstractmethod
    def by_class(self, sums: np.ndarray) -> dict[str, float | None]:
        """The main score of each class in percent, from :meth:`class_sums`; None where it does not occur."""

    @abstractmethod
    def image_score(self, record: Mapping[str, Any]) -> float | None:
        """A score of one image in percent, to choose examples by."""

    @abstractmethod
    def truth(self, sample: Any) -> np.ndarray | int | None:
        """The truth of a sample, for pictures."""

    @abstractmethod
    def prediction(self, sample: Any) -> np.ndarray | int:
        """The prediction of a tested sample, for pictures."""

    def top(self, sample: Any) -> list[tuple[str, float]]:
        """The most likely classes of a tested sample (name, percent), best first; none where pixels have classes."""
        return []
