"""RandomExposure and NearestExposure: what they make of an image and of its clean one."""

from __future__ import annotations

import numpy as np
import pytest

from sympie_seg.datasets.transforms import (
    KeepClean,
    NearestExposure,
    RandomCorruption,
    RandomExposure,
)
from sympie_seg.datasets.transforms.exposure import HIGHEST_EXPOSURE, change_exposure


@pytest.fixture
def image() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (40, 56, 3), dtype=np.uint8)


def _drawn(transform: RandomExposure, image: np.ndarray, seed: int = 0) -> dict:
    np.random.seed(seed)
    return transform(dict(img=image))


def test_keeps_black_and_white_and_multiplies_dark_tones() -> None:
    levels = np.arange(256, dtype=np.uint8).reshape(1, 256, 1).repeat(3, axis=2)
    half = change_exposure(levels, 0.5)[0, :, 0].astype(float)
    assert half[0] == 0 and half[255] == 255
    assert half[:60] == pytest.approx(levels[0, :60, 0] / 2, abs=1)
    # 0.5 * 0.8 + 0.5 * 0.8**4 = 0.6048
    assert half[204] == round(255 * 0.6048)
    assert (change_exposure(levels, 1) == levels).all()


@pytest.mark.parametrize("exposure", [0, 0.3, 1.2, HIGHEST_EXPOSURE])
def test_what_was_brighter_stays_at_least_as_bright(exposure: float) -> None:
    levels = np.arange(256, dtype=np.uint8).reshape(1, 256, 1)
    changed = change_exposure(levels, exposure).ravel().astype(int)
    assert (np.diff(changed) >= 0).all()
    assert np.sign((changed - levels.ravel())[1:255].sum()) == np.sign(exposure - 1)


def test_draws_exposures_between_both_numbers(image: np.ndarray) -> None:
    transform = RandomExposure(prob=1, exposure=(0.5, 0.7))
    low, high = (change_exposure(image, exposure).mean() for exposure in (0.5, 0.7))
    means = [_drawn(transform, image, seed)["img"].mean() for seed in range(30)]
    assert low <= min(means) < low + 0.2 * (high - low)
    assert high - 0.2 * (high - low) < max(means) <= high


def test_leaves_the_share_of_images_that_prob_says(image: np.ndarray) -> None:
    np.random.seed(0)
    transform = RandomExposure(prob=0.3)
    changed = sum(transform(dict(img=image))["img"] is not image for _ in range(300))
    assert 60 <= changed <= 120


def test_is_the_same_for_one_state_and_draws_as_often_whatever_happens(image: np.ndarray) -> None:
    after = []
    for prob in (0, 1):
        transform = RandomExposure(prob=prob)
        first, again = (_drawn(transform, image, 5)["img"] for _ in range(2))
        assert (first == again).all()
        after.append(np.random.randint(2**31))
    assert after[0] == after[1]


def test_keeps_the_clean_image_of_before_once(image: np.ndarray) -> None:
    untouched = image.copy()
    results = _drawn(RandomExposure(prob=1, exposure=(0.3, 0.3), keep_clean=True), image)
    assert (results["clean_img"] == untouched).all()
    results = RandomExposure(prob=1, exposure=(0.3, 0.3), keep_clean=True)(results)
    assert (results["clean_img"] == untouched).all()
    assert "clean_img" not in RandomExposure()(dict(img=image))


@pytest.mark.parametrize("exposure", [0.6, 0.8, 1, 1.1])
def test_an_exposure_within_the_range_is_left(image: np.ndarray, exposure: float) -> None:
    dark = change_exposure(image, exposure)
    results = NearestExposure((0.6, 1.15))(dict(img=dark, clean_img=image))
    assert results["img"] is dark
    assert np.abs(results["clean_img"].astype(int) - dark).max() <= 1


@pytest.mark.parametrize(("exposure", "nearest"), [(0.2, 0.6), (1.3, 1.15)])
def test_an_exposure_beyond_the_range_is_asked_to_its_end(
    image: np.ndarray, exposure: float, nearest: float
) -> None:
    results = dict(img=change_exposure(image, exposure), clean_img=image)
    clean = NearestExposure((0.6, 1.15))(results)["clean_img"]
    assert (clean == change_exposure(image, nearest)).all()


def test_a_corrupted_image_keeps_its_mean_and_gets_its_contrast_back(image: np.ndarray) -> None:
    hazy = np.round(0.3 * image + 0.7 * 105).astype(np.uint8)
    clean = NearestExposure((0.5, 1.3))(dict(img=hazy, clean_img=image))["clean_img"]
    assert clean.mean() == pytest.approx(hazy.mean(), abs=0.5)
    assert clean.std() > 3 * hazy.std()


def test_the_clean_image_of_before_is_not_written_to(image: np.ndarray) -> None:
    untouched = image.copy()
    NearestExposure()(dict(img=change_exposure(image, 0.5), clean_img=image))
    assert (image == untouched).all()


def test_black_and_white_alone_have_one_exposure() -> None:
    chess = np.tile(np.array([[0, 255], [255, 0]], np.uint8), (4, 4))[..., None].repeat(3, 2)
    clean = NearestExposure()(dict(img=chess // 2, clean_img=chess))["clean_img"]
    assert (clean == chess).all()


def test_stands_behind_the_transforms_that_keep_the_clean_image(image: np.ndarray) -> None:
    np.random.seed(0)
    results = RandomExposure(prob=1, exposure=(0.4, 0.4), keep_clean=True)(dict(img=image))
    results = RandomCorruption(names=["darken"], severities=(3,), keep_clean=True)(results)
    clean = NearestExposure((0.6, 1.15))(results)["clean_img"]
    assert (clean == change_exposure(image, 0.6)).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (dict(prob=1.5), "prob between 0 and 1, got 1.5"),
        (dict(prob=float("nan")), "prob between 0 and 1"),
        (dict(exposure=(0.8, 0.3)), "low <= high"),
        (dict(exposure=(-0.1, 1)), "0 <= low"),
        (dict(exposure=(0.5, 1.5)), "high <= 4/3"),
        (dict(exposure=(0.5, float("nan"))), "high <= 4/3"),
        (dict(exposure=(0.5,)), "two numbers"),
    ],
)
def test_random_exposure_refuses_options(options: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        RandomExposure(**options)


@pytest.mark.parametrize("exposure", [(1.1, 1.2), (0.5, 0.9), (0.5, 1.4), (-0.5, 1), (1,)])
def test_nearest_exposure_refuses_a_range(exposure: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="two numbers, 0 <= low <= 1 <= high <= 4/3"):
        NearestExposure(exposure)


def test_refuses_images_that_are_no_colour_pixels(image: np.ndarray) -> None:
    for transform in (RandomExposure(), NearestExposure()):
        with pytest.raises(TypeError, match="after LoadImageFromFile"):
            transform({})
        with pytest.raises(TypeError, match="float32"):
            transform(dict(img=np.zeros((4, 4, 3), np.float32)))
    with pytest.raises(TypeError, match="KeepClean"):
        NearestExposure()(dict(img=image))
    assert KeepClean()(dict(img=image))["clean_img"] is image


def test_say_what_they_are() -> None:
    assert repr(RandomExposure()) == (
        "RandomExposure(prob=0.4, exposure=(0.3, 1.3), keep_clean=False)"
    )
    assert repr(NearestExposure()) == "NearestExposure(exposure=(0.6, 1.15))"
