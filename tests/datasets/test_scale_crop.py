"""Random crops at random scales."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
from mmengine.registry import DATASETS

from sympie_seg.datasets import KeepClean, RandomScaleCrop
from sympie_seg.engine.resuming.numbered_draws import Draw, SeededDataset


def ramp(height: int, width: int) -> np.ndarray:
    """Blue says the column, green the row, from 0 to 255."""
    image = np.zeros((height, width, 3), np.float32)
    image[..., 0] = (np.arange(width) + 0.5) / width * 255
    image[..., 1] = ((np.arange(height) + 0.5) / height * 255)[:, None]
    return image.round().astype(np.uint8)


def cropped(image: np.ndarray, **options: Any) -> dict:
    more = options.pop("results", {})
    options = dict(scale_range=(1.1, 2.0), crop_size=(48, 64)) | options
    return RandomScaleCrop(**options)(dict(img=image, img_shape=image.shape[:2], **more))


@pytest.mark.parametrize("shape", [(360, 480), (48, 64), (20, 31), (1, 1), (500, 30), (30, 500)])
@pytest.mark.parametrize("relative_to", ["file", "crop"])
def test_any_size_gives_a_crop(shape: tuple[int, int], relative_to: str) -> None:
    results = cropped(ramp(*shape), relative_to=relative_to)
    assert results["img"].shape == (48, 64, 3) and results["img"].dtype == np.uint8
    assert results["img_shape"] == results["ori_shape"] == (48, 64)


def test_scale_is_that_of_the_content() -> None:
    """A step of one pixel in the crop is a step of 1 / scale pixels in the image."""
    image, scales = ramp(255, 255), []
    for _ in range(40):
        pixels = cropped(image, scale_range=(0.5, 2.0))["img"].astype(float)
        rows, columns = (
            (pixels[-1, 0, 1] - pixels[0, 0, 1]) / 47,
            (pixels[0, -1, 0] - pixels[0, 0, 0]) / 63,
        )
        assert rows == pytest.approx(columns, rel=0.1), "nothing is stretched"
        scales.append(1 / columns)
    assert min(scales) == pytest.approx(0.5, abs=0.15) and max(scales) == pytest.approx(2, abs=0.2)


def test_small_images_are_scaled_up_to_cover_the_crop() -> None:
    results = cropped(ramp(24, 64), scale_range=(1.0, 1.0))
    assert results["scale_factor"] == (2.0, 2.0)
    assert np.ptp(results["img"][0, :, 0]) < 140, "half of the width is shown"
    assert np.ptp(results["img"][:, 0, 1]) > 230, "all of the height is shown"


def test_relative_to_the_crop_shows_the_whole_width_at_1() -> None:
    results = cropped(ramp(960, 640), scale_range=(1.0, 1.0), relative_to="crop")
    assert np.ptp(results["img"][0, :, 0]) > 245 and results["scale_factor"] == (0.1, 0.1)


def test_every_place_is_shown() -> None:
    starts = {int(cropped(ramp(255, 255), scale_range=(1, 1))["img"][0, 0, 0]) for _ in range(200)}
    assert min(starts) <= 8 and max(starts) >= 255 - 64 - 8


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.int64])
def test_labels_move_with_the_pixels(dtype: type) -> None:
    image = np.zeros((200, 300, 3), np.uint8)
    image[60:, 130:] = 255
    labels = (image[..., 0] > 0).astype(dtype)
    for _ in range(10):
        more = dict(gt_seg_map=labels, gt_edge_map=labels, seg_fields=["gt_seg_map", "gt_edge_map"])
        results = cropped(image, results=more)
        assert results["gt_seg_map"].dtype == dtype
        assert (results["gt_seg_map"] == results["gt_edge_map"]).all()
        sure = (results["img"][..., 0] < 64) | (results["img"][..., 0] > 192)
        assert sure.mean() > 0.9
        assert ((results["img"][..., 0] > 128) == results["gt_seg_map"])[sure].all()


def test_labels_of_another_size_are_refused() -> None:
    labels = np.zeros((10, 10), np.uint8)
    with pytest.raises(
        ValueError, match=r"'gt_seg_map' of the image's size \(60, 80\).*got \(10, 10\)"
    ):
        cropped(ramp(60, 80), results=dict(gt_seg_map=labels))


def test_one_number_is_drawn_from_the_global_state() -> None:
    np.random.seed(3)
    cropped(ramp(60, 80))
    after = np.random.randint(2**31)
    np.random.seed(3)
    np.random.randint(0, 2**64, dtype=np.uint64)
    assert np.random.randint(2**31) == after


def test_numbered_draws_repeat_and_differ(tmp_path: Any) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), ramp(200, 255))
    steps = [
        dict(type="LoadImageFromFile"),
        dict(type="RandomScaleCrop", scale_range=(1, 2), crop_size=48),
    ]
    dataset = SeededDataset(
        DATASETS.build(dict(type="UnlabelledImages", data_root=str(tmp_path), pipeline=steps))
    )
    first, other, again = (dataset[Draw(0, seed)]["img"] for seed in (1, 2, 1))
    assert (first == again).all() and (first != other).any()


def test_a_seed_fixes_the_crop_of_each_image() -> None:
    image = ramp(200, 255)

    def of(name: str, seed: int) -> np.ndarray:
        return cropped(image, seed=seed, results=dict(img_path=f"/d/{name}", data_root="/d"))["img"]

    state = np.random.get_state()[1].copy()
    assert (of("a.png", 0) == of("a.png", 0)).all()
    assert (of("a.png", 0) != of("b.png", 0)).any() and (of("a.png", 0) != of("a.png", 1)).any()
    assert (np.random.get_state()[1] == state).all(), "nothing is drawn"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (dict(scale_range=(2, 1)), "expected scale_range as two factors above 0"),
        (dict(scale_range=1.5), "expected scale_range as two factors"),
        (dict(scale_range=(0, 1)), "expected scale_range"),
        (dict(crop_size=(48,)), r"expected crop_size as \(height, width\)"),
        (dict(crop_size=(48, 0)), "expected crop_size"),
        (dict(relative_to="image"), "expected relative_to as one of file, crop, got 'image'"),
    ],
)
def test_wrong_options(options: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        cropped(ramp(60, 80), **options)


def test_says_what_it_is_and_where_it_belongs() -> None:
    transform = RandomScaleCrop((1, 2), 48)
    assert repr(transform) == (
        "RandomScaleCrop(scale_range=(1.0, 2.0), crop_size=(48, 48), relative_to='file', seed=None)"
    )
    with pytest.raises(TypeError, match="put RandomScaleCrop after LoadImageFromFile"):
        transform(dict(img_path="a.png"))


def test_keep_clean() -> None:
    image = ramp(8, 8)
    assert KeepClean()(dict(img=image))["clean_img"] is image
    with pytest.raises(TypeError, match="put KeepClean after LoadImageFromFile"):
        KeepClean()({})
