"""Displacement maps, and labels moved with them."""

from __future__ import annotations

import numpy as np
import pytest

from sympie_seg.corruptions import corrupt
from sympie_seg.corruptions.geometry import ELASTIC_ALPHA, elastic_maps, move_labels


def maps(height: int, width: int, severity: int = 3, seed: int = 0) -> tuple:
    return elastic_maps(height, width, severity, np.random.default_rng(seed))


def displacement(height: int, width: int, severity: int, seed: int) -> np.ndarray:
    map_x, map_y = maps(height, width, severity, seed)
    rows, columns = np.indices((height, width))
    return np.stack([map_x - columns, map_y - rows])


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (8, 8), (37, 61), (512, 1024)])
def test_maps_have_the_size_and_type_that_opencv_takes(size: tuple[int, int]) -> None:
    for each in maps(*size):
        assert each.dtype == np.float32
        assert each.shape == size
        assert np.isfinite(each).all()


def test_maps_depend_on_the_generator_alone() -> None:
    np.testing.assert_array_equal(maps(37, 61), maps(37, 61))
    assert (maps(37, 61)[0] != maps(37, 61, seed=1)[0]).any()


@pytest.mark.parametrize("size", [(224, 224), (512, 1024), (1024, 1024)])
def test_displacement_has_the_variance_of_smoothed_uniform_noise(size: tuple[int, int]) -> None:
    height, width = size
    # Far from the border: reflected noise counts twice there, in ImageNet-C too.
    inner = (..., slice(height // 8, -height // 8), slice(width // 8, -width // 8))
    deviations = [displacement(*size, severity, severity)[inner].std() for severity in range(1, 6)]
    sigma = 0.01 * np.sqrt(height * width)
    uniform = 0.005 * height / np.sqrt(3)
    expected = uniform * np.array(ELASTIC_ALPHA) / (2 * np.sqrt(np.pi) * sigma)
    np.testing.assert_allclose(deviations, expected, rtol=0.08)


@pytest.mark.parametrize("size", [(224, 224), (512, 1024), (1024, 2048)])
def test_displacement_has_the_smoothness_of_one_per_cent_of_the_side(size: tuple[int, int]) -> None:
    field = displacement(*size, 3, 0)
    for axis, side in ((1, size[0]), (2, size[1])):
        # Smoothing by a Gaussian leaves the correlation exp(-d^2 / (4 sigma^2)) at distance d.
        shift = round(0.02 * side)
        near = np.take(field, range(side - shift), axis=axis)
        far = np.take(field, range(shift, side), axis=axis)
        correlation = np.corrcoef(near.ravel(), far.ravel())[0, 1]
        assert correlation == pytest.approx(np.exp(-((shift / side / 0.01) ** 2) / 4), abs=0.06)


@pytest.mark.parametrize("severity", [1, 5])
def test_elastic_transform_uses_these_maps(severity: int) -> None:
    map_coordinates = pytest.importorskip("scipy.ndimage").map_coordinates
    image = np.random.default_rng(1).integers(0, 256, (60, 80, 3), dtype=np.uint8)
    out = corrupt(image, "elastic_transform", severity, np.random.default_rng(6))
    map_x, map_y = maps(60, 80, severity, seed=6)
    for channel in range(3):
        plane = image[..., channel].astype(np.float64)
        expected = map_coordinates(plane, [map_y, map_x], order=1, mode="reflect")
        gap = np.abs(out[..., channel] - expected)
        # OpenCV has positions in steps of 1/32, which is 4 grey levels per axis at worst.
        assert gap.max() <= 9
        assert gap.mean() < 1.5


@pytest.mark.parametrize("severity", [0, 6, 2.5])
def test_maps_refuse_other_severities(severity: object) -> None:
    with pytest.raises(ValueError, match="expected a severity"):
        maps(8, 8, severity)


def test_maps_refuse_empty_images() -> None:
    with pytest.raises(ValueError, match="at least 1 pixel, got 0 x 8"):
        maps(0, 8)


LABEL_TYPES = [np.uint8, np.int8, np.uint16, np.int16, np.uint32, np.int32, np.uint64, np.int64]


class TestMoveLabels:
    @pytest.mark.parametrize("kind", LABEL_TYPES)
    @pytest.mark.parametrize("severity", [1, 5])
    def test_gives_only_values_that_were_there(self, kind: type, severity: int) -> None:
        values = np.array([0, 1, 18, np.iinfo(kind).max, np.iinfo(kind).min], dtype=kind)
        # Stripes of one pixel: any mixing of neighbours would give other values.
        labels = np.random.default_rng(0).choice(values, (90, 120))
        before = labels.copy()
        moved = move_labels(labels, *maps(90, 120, severity))
        assert moved.dtype == labels.dtype
        assert moved.shape == labels.shape
        assert set(np.unique(moved)) <= set(values)
        assert (moved != labels).any()
        np.testing.assert_array_equal(labels, before)

    @pytest.mark.parametrize("kind", LABEL_TYPES)
    def test_takes_the_nearest_pixel_and_reflects_at_the_border(self, kind: type) -> None:
        labels = np.arange(12, dtype=kind).reshape(3, 4)
        rows, columns = np.indices(labels.shape).astype(np.float32)
        np.testing.assert_array_equal(move_labels(labels, columns, rows), labels)
        right = move_labels(labels, columns + 0.8, rows)
        np.testing.assert_array_equal(right, labels[:, [1, 2, 3, 3]])
        up = move_labels(labels, columns, rows - 2)
        np.testing.assert_array_equal(up, labels[[1, 0, 0]])

    def test_follows_the_image(self) -> None:
        labels = np.zeros((200, 200), np.int64)
        labels[60:140, 50:150] = 1
        image = np.repeat((labels * 255).astype(np.uint8)[..., None], 3, axis=2)
        moved_image = corrupt(image, "elastic_transform", 5, np.random.default_rng(2))
        moved_labels = move_labels(labels, *maps(200, 200, 5, seed=2))
        assert (moved_labels != labels).mean() > 0.01
        assert ((moved_image[..., 0] > 127) != moved_labels).mean() < 0.005

    def test_refuses_colours_floats_and_other_sizes(self) -> None:
        map_x, map_y = maps(8, 8)
        with pytest.raises(TypeError, match="integers, got float32"):
            move_labels(np.zeros((8, 8), np.float32), map_x, map_y)
        with pytest.raises(ValueError, match=r"\(H, W\), got \(8, 8, 3\)"):
            move_labels(np.zeros((8, 8, 3), np.uint8), map_x, map_y)
        with pytest.raises(ValueError, match=r"maps of shape \(8, 9\)"):
            move_labels(np.zeros((8, 9), np.uint8), map_x, map_y)
