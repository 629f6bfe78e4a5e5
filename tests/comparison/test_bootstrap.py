"""The bootstrap, against SciPy's, against drawing image by image, and against the normal distribution."""

from __future__ import annotations

import zlib

import numpy as np
import pytest
from scipy import stats

from sympie_seg.comparison.bootstrap import Bootstrap

NAMES = [f"{index}.png" for index in range(40)]


def test_sums_are_those_of_the_drawn_images() -> None:
    matrix = np.random.default_rng(1).random((40, 3))
    bootstrap = Bootstrap(resamples=50, seed=3)
    totals = bootstrap.totals(matrix, NAMES)
    draw = np.random.default_rng([3, zlib.crc32("\n".join(NAMES).encode()), 40])
    chosen = draw.integers(0, 40, (50, 40))
    for resample, rows in enumerate(chosen):
        np.testing.assert_allclose(totals[resample], sum(matrix[row] for row in rows))


def test_large_sets_are_drawn_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    ones = np.ones((40, 1))
    monkeypatch.setattr("sympie_seg.comparison.bootstrap._CHUNK", 7 * 40)
    totals = Bootstrap(resamples=50).totals(ones, NAMES)
    assert totals.shape == (50, 1) and (totals == 40).all()
    spread = Bootstrap(resamples=2000).totals(np.arange(40.0)[:, None], NAMES).std()
    assert spread == pytest.approx(np.sqrt(40) * np.arange(40).std(), rel=0.1)


def test_interval_of_a_paired_difference_as_scipy_has_it() -> None:
    """The ratio of two sums, as an accuracy over pixels is; both enhancers see the same images."""
    draw = np.random.default_rng(0)
    pixels = draw.integers(50, 150, 40).astype(float)
    before = pixels * draw.uniform(0.3, 0.7, 40)
    after = before + pixels * draw.normal(0.05, 0.02, 40)
    bootstrap = Bootstrap(resamples=20_000, seed=1)
    sums = bootstrap.totals(np.stack([before, after, pixels], axis=1), NAMES)
    low, high = bootstrap.interval(100 * (sums[:, 1] - sums[:, 0]) / sums[:, 2])

    def difference(
        before: np.ndarray, after: np.ndarray, pixels: np.ndarray, axis: int = -1
    ) -> np.ndarray:
        return 100 * (after.sum(axis) - before.sum(axis)) / pixels.sum(axis)

    expected = stats.bootstrap(
        (before, after, pixels), difference, paired=True, vectorized=True, n_resamples=20_000, method="percentile",
        rng=np.random.default_rng(5),
    ).confidence_interval  # fmt: skip
    assert (low, high) == pytest.approx((expected.low, expected.high), abs=0.03)
    unpaired = 2 * 1.96 * 100 * np.hypot(before.std(), after.std()) * np.sqrt(40) / pixels.sum()
    assert high - low < unpaired / 3, "pairing is what makes it narrow"


def test_the_same_images_get_the_same_draws_and_others_do_not() -> None:
    matrix = np.random.default_rng(1).random((40, 2))
    bootstrap = Bootstrap(resamples=100)
    assert np.array_equal(bootstrap.totals(matrix, NAMES), bootstrap.totals(matrix, list(NAMES)))
    assert not np.array_equal(
        bootstrap.totals(matrix, NAMES), bootstrap.totals(matrix, NAMES[::-1])
    )
    assert not np.array_equal(
        bootstrap.totals(matrix, NAMES), Bootstrap(100, seed=1).totals(matrix, NAMES)
    )


def test_level_and_undefined_values() -> None:
    values = np.append(np.arange(1001.0), np.nan)
    assert Bootstrap(level=0.9).interval(values) == pytest.approx((50.0, 950.0))
    assert Bootstrap().interval(np.full(3, np.nan)) is None


@pytest.mark.parametrize(
    ("arguments", "words"), [((1000, 1.0), "between 0 and 1"), ((10, 0.95), "at least 40")]
)
def test_what_makes_no_sense(arguments: tuple, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Bootstrap(*arguments)


def test_names_in_no_encoding() -> None:
    names = ["a\udcdf.png", "b.png"]
    sums = Bootstrap(resamples=40).totals(np.arange(2.0)[:, None], names)
    assert sums.shape == (40, 1) and set(sums.ravel()) <= {0.0, 1.0, 2.0}


def test_interval_of_a_mean_as_scipy_has_it() -> None:
    values = np.random.default_rng(4).normal(2, 1, 60)
    low, high = Bootstrap(resamples=4000).mean_interval(values)
    expected = stats.bootstrap(
        (values,), np.mean, n_resamples=4000, method="percentile", rng=np.random.default_rng(0)
    ).confidence_interval
    assert low == pytest.approx(expected.low, abs=0.03)
    assert high == pytest.approx(expected.high, abs=0.03)
    assert Bootstrap().mean_interval(np.array([3.0])) == (3, 3)


@pytest.mark.parametrize("values", [[], [1.0, float("nan")]])
def test_a_mean_needs_a_value_for_each_image(values: list[float]) -> None:
    with pytest.raises(ValueError):
        Bootstrap().mean_interval(np.array(values))
