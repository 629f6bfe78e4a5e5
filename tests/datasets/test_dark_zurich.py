"""Dark Zurich, whose references have the suffix of its images."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from mmengine.registry import DefaultScope
from mmseg.datasets import CityscapesDataset, DarkZurichDataset
from mmseg.registry import DATASETS

from sympie_seg.datasets import SyMPIEDarkZurichDataset


def write(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), np.zeros((4, 6), np.uint8))


@pytest.fixture(autouse=True)
def _mmseg_scope() -> Iterator[None]:
    with DefaultScope.overwrite_default_scope("mmseg"):
        yield


@pytest.fixture
def root(tmp_path: Path) -> Path:
    images, labels = tmp_path / "rgb_anon", tmp_path / "gt" / "val" / "night" / "GOPR0356"
    for index in range(3):
        stem = f"GOPR0356_frame_{index:06}"
        write(images / "val" / "night" / "GOPR0356" / f"{stem}_rgb_anon.png")
        write(images / "val_ref" / "day" / "GOPR0356_ref" / f"{stem}_ref_rgb_anon.png")
        for kind in ("labelTrainIds", "labelIds", "invIds"):
            write(labels / f"{stem}_gt_{kind}.png")
    write(images / "test" / "night" / "GP010364" / "GP010364_frame_000001_rgb_anon.png")
    for time in ("night", "twilight", "day"):
        write(images / "train" / time / "GOPR0345" / "GOPR0345_frame_000001_rgb_anon.png")
    return tmp_path


def test_lists_the_validation_images(root: Path) -> None:
    data = SyMPIEDarkZurichDataset(data_root=str(root))
    assert len(data) == 3
    for entry in data:
        assert entry["condition"] == "night"
        assert "/rgb_anon/val/night/GOPR0356/" in entry["img_path"]
        assert "/gt/val/night/GOPR0356/" in entry["seg_map_path"]
        assert entry["seg_map_path"].endswith("_gt_labelTrainIds.png")


def test_references_never_get_in(root: Path) -> None:
    """mmseg's own class lists them if they lie below its image folder."""
    reference = "GOPR0356_frame_000000_ref_rgb_anon.png"
    write(root / "rgb_anon" / "val" / "night" / "GOPR0356_ref" / reference)
    stock = DarkZurichDataset(data_root=str(root), data_prefix=dict(img_path="rgb_anon/val/night"))
    assert len(stock) == 4
    assert len(SyMPIEDarkZurichDataset(data_root=str(root))) == 3


@pytest.mark.parametrize("time", ["night", "twilight", "day"])
def test_training_images_have_no_labels(root: Path, time: str) -> None:
    data = SyMPIEDarkZurichDataset("train", time, data_root=str(root))
    assert len(data) == 1
    assert data[0]["condition"] == time
    assert "seg_map_path" not in data[0]


def test_test_images_have_no_labels(root: Path) -> None:
    assert "seg_map_path" not in SyMPIEDarkZurichDataset("test", data_root=str(root))[0]


def test_condition_can_be_told_from_acdcs_night(root: Path) -> None:
    config = dict(type="SyMPIEDarkZurichDataset", condition="dark_zurich", data_root=str(root))
    data = DATASETS.build(config)
    assert data[0]["condition"] == "dark_zurich"
    assert data.metainfo["classes"] == CityscapesDataset.METAINFO["classes"]


@pytest.mark.parametrize(
    "options", [dict(split="val", time="day"), dict(split="val_ref"), dict(time="dawn")]
)
def test_rejects_what_dark_zurich_does_not_have(options: dict) -> None:
    with pytest.raises(ValueError, match=r"Dark Zurich has no split .* it has train: night, twi"):
        SyMPIEDarkZurichDataset(**options)


def test_other_folders_still_have_no_references(root: Path) -> None:
    """Not even the folder of all images."""
    data = SyMPIEDarkZurichDataset(data_root=str(root), data_prefix=dict(img_path="rgb_anon"))
    assert len(data) == 3 + 1 + 3


def test_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as error:
        SyMPIEDarkZurichDataset(data_root=str(tmp_path))
    for word in ("rgb_anon/val/night'", "data_root", "gt/val/night/<sequence>"):
        assert word in str(error.value)
