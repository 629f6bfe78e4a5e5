"""RandomHistogramMatching: the tones and colours of a folder's pictures."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from sympie_seg.datasets.transforms import RandomCorruption, RandomHistogramMatching


@pytest.fixture
def image() -> np.ndarray:
    return np.random.default_rng(0).integers(60, 200, (40, 56, 3), dtype=np.uint8)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two pictures: a dark one, blue with a mean of 20, 10 and 5, and a bright grey one."""
    rng = np.random.default_rng(1)
    dark = np.stack([rng.integers(0, 2 * mean + 1, (600, 300)) for mean in (20, 10, 5)], axis=-1)
    (tmp_path / "night").mkdir()
    cv2.imwrite(str(tmp_path / "night" / "dark.png"), dark.astype(np.uint8))
    cv2.imwrite(str(tmp_path / "grey.png"), rng.integers(200, 256, (30, 20), dtype=np.uint8))
    return tmp_path


def _matched(transform: RandomHistogramMatching, image: np.ndarray, seed: int = 0) -> dict:
    np.random.seed(seed)
    return transform(dict(img=image))


def test_takes_each_channels_histogram(folder: Path, image: np.ndarray) -> None:
    transform = RandomHistogramMatching(str(folder), prob=1, blend=(1, 1), include="night")
    result = _matched(transform, image.copy())["img"]
    assert result.shape == image.shape and result.dtype == np.uint8
    assert result.mean((0, 1)) == pytest.approx([20, 10, 5], abs=1.5)
    assert result.std((0, 1)) == pytest.approx([12, 6, 3], abs=1)
    for channel in range(3):  # what was brighter stays at least as bright
        order = np.argsort(image[..., channel].ravel(), kind="stable")
        assert (np.diff(result[..., channel].ravel()[order].astype(int)) >= 0).all()


def test_grey_pictures_have_three_channels(folder: Path, image: np.ndarray) -> None:
    transform = RandomHistogramMatching(str(folder), prob=1, blend=(1, 1), exclude="night")
    assert _matched(transform, image)["img"].mean((0, 1)) == pytest.approx([227.5] * 3, abs=3)


def test_blends_with_the_image(folder: Path, image: np.ndarray) -> None:
    half = RandomHistogramMatching(str(folder), prob=1, blend=(0.5, 0.5), include="night")
    none = RandomHistogramMatching(str(folder), prob=1, blend=(0, 0), include="night")
    wanted = (image.mean((0, 1)) + np.array([20, 10, 5])) / 2
    assert _matched(half, image)["img"].mean((0, 1)) == pytest.approx(wanted, abs=1)
    assert (_matched(none, image)["img"] == image).all()


def test_leaves_the_share_of_images_that_prob_says(folder: Path, image: np.ndarray) -> None:
    transform = RandomHistogramMatching(str(folder), prob=0.3)
    np.random.seed(0)
    changed = sum(transform(dict(img=image))["img"] is not image for _ in range(300))
    assert 60 <= changed <= 120
    assert _matched(RandomHistogramMatching(str(folder), prob=0), image)["img"] is image


def test_draws_both_pictures_and_different_blends(folder: Path, image: np.ndarray) -> None:
    transform = RandomHistogramMatching(str(folder), prob=1, blend=(0.9, 1))
    means = {round(_matched(transform, image, seed)["img"].mean(), 3) for seed in range(12)}
    assert len(means) == 12
    assert min(means) < 40 and max(means) > 200


def test_is_the_same_for_one_state_and_draws_as_often_whatever_happens(
    folder: Path, image: np.ndarray
) -> None:
    after = []
    for prob in (0, 1):
        transform = RandomHistogramMatching(str(folder), prob=prob)
        first, again = (_matched(transform, image, 5)["img"] for _ in range(2))
        assert (first == again).all()
        after.append(np.random.randint(2**31))
    assert after[0] == after[1]


def test_the_clean_image_is_the_one_before_both(folder: Path, image: np.ndarray) -> None:
    untouched = image.copy()
    results = dict(img=image)
    transform = RandomHistogramMatching(
        str(folder), prob=1, blend=(1, 1), include="night", keep_clean=True
    )
    results = transform(results)
    assert results["img"].mean() < 30
    results = RandomCorruption(names=["brightness"], severities=(5,), keep_clean=True)(results)
    assert results["corruption"] == "brightness"
    assert results["img"].mean() > 30
    assert (results["clean_img"] == untouched).all()
    assert "clean_img" not in RandomHistogramMatching(str(folder))(dict(img=image))


def test_can_use_a_part_of_the_pictures(folder: Path) -> None:
    for index in range(8):
        cv2.imwrite(str(folder / f"{index}.png"), np.full((4, 4, 3), 9 * index, np.uint8))
    split = dict(holdout=0.5, by="file")
    parts = [
        set(RandomHistogramMatching(str(folder), split=dict(part=part, **split)).references)
        for part in ("train", "val")
    ]
    assert len(parts[0] | parts[1]) == 10
    assert not parts[0] & parts[1] and len(parts[1]) == 5


def test_names_a_picture_that_cannot_be_read(tmp_path: Path, image: np.ndarray) -> None:
    (tmp_path / "broken.jpg").write_bytes(b"no picture")
    transform = RandomHistogramMatching(str(tmp_path), prob=1)
    with pytest.raises(ValueError, match=r"broken\.jpg.*exclude"):
        transform(dict(img=image))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (dict(prob=1.5), "prob between 0 and 1, got 1.5"),
        (dict(prob=float("nan")), "prob between 0 and 1"),
        (dict(blend=(0.8, 0.3)), "low <= high"),
        (dict(blend=(0, 1.2)), "low <= high"),
        (dict(blend=(0.5,)), "two numbers"),
        (dict(split=dict(part="all")), "split.part"),
    ],
)
def test_refuses_options(folder: Path, options: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        RandomHistogramMatching(str(folder), **options)


def test_refuses_a_folder_without_pictures(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="does not exist"):
        RandomHistogramMatching(str(tmp_path / "none"))
    with pytest.raises(FileNotFoundError):
        RandomHistogramMatching(str(tmp_path))


def test_refuses_images_that_are_no_colour_pixels(folder: Path) -> None:
    transform = RandomHistogramMatching(str(folder))
    with pytest.raises(TypeError, match="after LoadImageFromFile"):
        transform({})
    with pytest.raises(TypeError, match="float32"):
        transform(dict(img=np.zeros((4, 4, 3), np.float32)))


def test_says_what_it_is(folder: Path) -> None:
    assert repr(RandomHistogramMatching(str(folder))) == (
        f"RandomHistogramMatching(data_root={str(folder)!r}, prob=0.3, blend=(0.3, 1.0), keep_clean=False, "
        "references=2)"
    )
