"""ACDC in its official tree."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from mmengine.registry import DefaultScope
from mmseg.datasets import CityscapesDataset
from mmseg.registry import DATASETS

from sympie_seg.datasets import ACDC_CONDITIONS, ACDCDataset, BadSampleError
from sympie_seg.datasets.preparation.condition_lists import write_lists

COUNTS = {"fog": 1, "night": 2, "rain": 3, "snow": 1}
LABELS = ("labelTrainIds", "labelIds", "labelColor", "invIds", "invGray")


def write(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), np.zeros((4, 6), np.uint8))


@pytest.fixture(autouse=True)
def _mmseg_scope() -> Iterator[None]:
    with DefaultScope.overwrite_default_scope("mmseg"):
        yield


@pytest.fixture
def acdc(tmp_path: Path) -> Path:
    """Images, references and all five kinds of labels, in a folder whose name is a condition."""
    root = tmp_path / "fog"
    for condition, count in COUNTS.items():
        for split in ("train", "val", "test"):
            for index in range(count + (split == "train")):
                stem = f"GOPR0475/GOPR0475_frame_{index:06}"
                images = root / "rgb_anon" / condition
                write(images / split / f"{stem}_rgb_anon.png")
                write(images / f"{split}_ref" / f"{stem}_rgb_ref_anon.png")
                for kind in LABELS if split != "test" else ():
                    write(root / "gt" / condition / split / f"{stem}_gt_{kind}.png")
    return root


@pytest.mark.parametrize("condition", ACDC_CONDITIONS)
@pytest.mark.parametrize(("split", "more"), [("train", 1), ("val", 0)])
def test_lists_one_condition(acdc: Path, condition: str, split: str, more: int) -> None:
    data = ACDCDataset(condition, split, data_root=str(acdc))
    assert len(data) == COUNTS[condition] + more
    for entry in data:
        assert entry["condition"] == condition
        assert entry["data_root"] == str(acdc)
        assert f"rgb_anon/{condition}/{split}/" in entry["img_path"]
        assert entry["seg_map_path"].endswith("_gt_labelTrainIds.png")
        assert entry["img_path"][:-13].rsplit("/", 1)[1] in entry["seg_map_path"]


def test_other_folders_still_have_no_references(acdc: Path) -> None:
    """Not even the folder above all splits."""
    prefix = dict(img_path="rgb_anon/rain")
    data = ACDCDataset("rain", data_root=str(acdc), data_prefix=prefix)
    assert len(data) == 3 * COUNTS["rain"] + 1


def test_test_split_has_no_labels(acdc: Path) -> None:
    data = ACDCDataset("night", "test", data_root=str(acdc))
    assert len(data) == 2
    assert "seg_map_path" not in data[0]


def test_references_never_get_in(acdc: Path) -> None:
    """Neither from their own folder nor where somebody put them among the images."""
    for suffix in ("rgb_ref_anon", "ref_rgb_anon"):
        name = f"GOPR0475_frame_000000_{suffix}.png"
        write(acdc / "rgb_anon" / "rain" / "val" / "GOPR0475" / name)
    data = ACDCDataset("rain", data_root=str(acdc))
    assert len(data) == COUNTS["rain"]
    assert not any("_ref" in Path(entry["img_path"]).name for entry in data)


def test_classes_and_palette_are_those_of_cityscapes(acdc: Path) -> None:
    config = dict(type="ACDCDataset", condition="snow", data_root=str(acdc))
    meta = DATASETS.build(config).metainfo
    assert meta["classes"] == CityscapesDataset.METAINFO["classes"]
    assert meta["palette"] == CityscapesDataset.METAINFO["palette"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (dict(condition="dusk"), "no condition 'dusk'; use one of: fog, night, rain, snow"),
        (dict(condition="fog", split="val_ref"), "no split 'val_ref'; use one of: train, val"),
    ],
)
def test_rejects_what_acdc_does_not_have(options: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ACDCDataset(**options)


def test_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as error:
        ACDCDataset("fog", data_root=str(tmp_path / "acdc"))
    for word in (
        "acdc/rgb_anon/fog/val'",
        "data_root",
        "rgb_anon/{fog,night,rain,snow}/{train,val,test}/<sequence>",
        "convert-dataset acdc",
    ):
        assert word in str(error.value)


class TestFlatCopy:
    """All conditions together: the folders do not tell them apart, lists do."""

    @pytest.fixture
    def flat(self, acdc: Path, tmp_path: Path) -> Path:
        """A flat copy, in which an image of night has a name of its own."""
        root = tmp_path / "flat"
        for condition, name in (("fog", "GOPR0475"), ("night", "GOPR0356"), ("night", "GOPR0351")):
            stem = f"{name}/{name}_frame_000000"
            write(root / "rgb_anon/val" / f"{stem}_rgb_anon.png")
            write(root / "rgb_anon/val_ref" / f"{stem}_rgb_ref_anon.png")
            write(root / "gt/val" / f"{stem}_gt_labelTrainIds.png")
            listing = root / "lists" / f"{condition}_val.txt"
            listing.parent.mkdir(exist_ok=True)
            with listing.open("a") as file:
                file.write(f"{name}_frame_000000\n")
        return root

    def test_lists_give_the_condition(self, flat: Path) -> None:
        assert [e["condition"] for e in ACDCDataset("night", data_root=str(flat))] == 2 * ["night"]
        (entry,) = ACDCDataset("fog", data_root=str(flat))
        assert entry["img_path"].endswith(
            "rgb_anon/val/GOPR0475/GOPR0475_frame_000000_rgb_anon.png"
        )
        assert entry["seg_map_path"].endswith(
            "gt/val/GOPR0475/GOPR0475_frame_000000_gt_labelTrainIds.png"
        )

    def test_without_list_it_says_that_scores_cannot_be_had(self, flat: Path) -> None:
        (flat / "lists/fog_val.txt").unlink()
        with pytest.raises(
            FileNotFoundError,
            match=r"flat copy .*fog_val\.txt.*--write-lists.*cannot be had.*again into",
        ):
            ACDCDataset("fog", data_root=str(flat))

    def test_a_list_that_does_not_fit(self, flat: Path) -> None:
        (flat / "other.txt").write_text("GOPR0475_frame_000000\nGOPR0475_frame_000001\n")
        with pytest.raises(FileNotFoundError, match=r"1 of 2 images that 'other.txt'.*000001'"):
            ACDCDataset("fog", data_root=str(flat), condition_list="other.txt")

    def test_a_broken_image_of_another_condition_does_not_matter(self, flat: Path) -> None:
        (flat / "rgb_anon/val/GOPR0356/GOPR0356_frame_000000_rgb_anon.png").write_bytes(b"")
        assert len(ACDCDataset("fog", data_root=str(flat))) == 1
        with pytest.raises(BadSampleError, match=r"GOPR0356_frame_000000_rgb_anon\.png' is empty"):
            ACDCDataset("night", data_root=str(flat))

    def test_lists_of_the_tool(self, acdc: Path, tmp_path: Path) -> None:
        """Written by the converter, read by the dataset, on the official tree."""
        lists = {("rain", "val"): ["GOPR0475_frame_000001"]}
        write_lists(acdc / "lists", lists)
        data = ACDCDataset("rain", data_root=str(acdc), condition_list="lists/rain_val.txt")
        assert len(data) == 1 and COUNTS["rain"] == 3


def test_missing_label_is_named(acdc: Path) -> None:
    label = "GOPR0475/GOPR0475_frame_000001_gt_labelTrainIds.png"
    (acdc / "gt" / "night" / "val" / label).unlink()
    with pytest.raises(FileNotFoundError, match=f"1 of 2 images have no label file.*{label}"):
        ACDCDataset("night", data_root=str(acdc))
