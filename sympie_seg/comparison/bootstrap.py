"""Paired bootstrap over images: how far a difference would move if other images of the same kind had been tested."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np

from sympie_seg.utils.escaping import name_bytes

__all__ = ["Bootstrap"]

_CHUNK = 4_000_000  # counts that are drawn at once: 32 MB


class Bootstrap:
    """Draws images with replacement and sums what belongs to them.

    All enhancers get the same draws, so that differences are paired. Rows that hold the same images, such as one
    validation set under many corruptions, get the same draws too: an image that is drawn is drawn under each of them,
    so that a mean over corruptions is not taken for a mean over independent images.

    Args:
        resamples: number of draws of the whole set.
        level: of the interval, such as 0.95.
        seed: of the draws.

    Raises:
        ValueError: if there are too few resamples for the level, or the level is not between 0 and 1.
    """

    def __init__(self, resamples: int = 1000, level: float = 0.95, seed: int = 0) -> None:
        if not 0 < level < 1:
            raise ValueError(f"expected a level between 0 and 1, got {level}")
        if resamples < 2 / (1 - level):
            raise ValueError(
                f"{resamples} resamples are too few for an interval of {level:.0%}; take at least {2 / (1 - level):.0f}"
            )
        self.resamples, self.level, self.seed = resamples, level, seed

    def totals(self, matrix: np.ndarray, images: Sequence[str]) -> np.ndarray:
        """Sum the rows of a matrix for every resample.

        Args:
            matrix: (images, K), what is summed.
            images: names; the same names in the same order get the same draws.

        Returns:
            (resamples, K).
        """
        count = len(matrix)
        draw = np.random.default_rng([self.seed, zlib.crc32(name_bytes("\n".join(images))), count])
        chunk = max(1, _CHUNK // max(count, 1))
        sums = []
        for start in range(0, self.resamples, chunk):
            rows = min(chunk, self.resamples - start)
            chosen = draw.integers(0, count, (rows, count)) + count * np.arange(rows)[:, None]
            times = np.bincount(chosen.ravel(), minlength=rows * count).reshape(rows, count)
            sums.append(times.astype(np.float64) @ matrix)
        return np.concatenate(sums)

    def mean_interval(self, values: np.ndarray) -> tuple[float, float]:
        """Percentile interval of the mean of values, one for each image (images,).

        Raises:
            ValueError: if there are none, or one of them is undefined.
        """
        sums = self.totals(values[:, None], [str(number) for number in range(len(values))])
        interval = self.interval(sums[:, 0] / len(values))
        if interval is None:
            raise ValueError(f"expected a value for each image, got {values}")
        return interval

    def interval(self, values: np.ndarray) -> tuple[float, float] | None:
        """Percentile interval of resampled values (resamples,); None where one of them is undefined in all."""
        known = values[np.isfinite(values)]
        if known.size == 0:
            return None
        tail = 50 * (1 - self.level)
        low, high = np.percentile(known, [tail, 100 - tail])
        return float(low), float(high)
