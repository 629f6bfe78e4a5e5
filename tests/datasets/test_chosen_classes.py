"""mmseg's rules for ``metainfo=dict(classes=...)`` in every dataset of segmentation here: names decide, not numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from mmseg.datasets import BaseSegDataset, CityscapesDataset
from mmseg.registry import DATASETS

import sympie_seg  # noqa: F401  registers the datasets
from sympie_seg.datasets import CamVidDataset

CITY, GOPRO = "a/a_000000_000019", "GOPR0356/GOPR0356_frame_000000"
TREES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "CamVidDataset": (
        "train/0.png", "trainannot/0.png",
        dict(data_prefix=dict(img_path="train", seg_map_path="trainannot")),
    ),
    "ConditionCityscapesDataset": (
        f"leftImg8bit/val/{CITY}_leftImg8bit.png", f"gtFine/val/{CITY}_gtFine_labelTrainIds.png",
        dict(data_prefix=dict(img_path="leftImg8bit/val", seg_map_path="gtFine/val")),
    ),
    "ACDCDataset": (
        f"rgb_anon/night/val/{GOPRO}_rgb_anon.png", f"gt/night/val/{GOPRO}_gt_labelTrainIds.png",
        dict(condition="night"),
    ),
    "SyMPIEDarkZurichDataset": (
        f"rgb_anon/val/night/{GOPRO}_rgb_anon.png", f"gt/val/night/{GOPRO}_gt_labelTrainIds.png", {},
    ),
    "SyMPIENightDrivingDataset": (
        "leftImg8bit/test/night/0_frame_0000_leftImg8bit.png",
        "gtCoarse_daytime_trainvaltest/test/night/0_frame_0000_gtCoarse_labelTrainIds.png", {},
    ),
}  # fmt: skip
"""An image, its labels, and the options of each dataset."""
LABELS = (0, 2, 9, 10, 255, 0)


def test_every_dataset_is_here() -> None:
    ours = {
        name
        for name, kind in DATASETS.module_dict.items()
        if issubclass(kind, BaseSegDataset) and kind.__module__.startswith("sympie_seg.")
    }
    assert ours == set(TREES)


def own_classes(name: str) -> tuple[tuple[str, ...], list[list[int]]]:
    meta = CamVidDataset.METAINFO if name == "CamVidDataset" else CityscapesDataset.METAINFO
    return meta["classes"], meta["palette"]


def labels(name: str, root: Path, classes: tuple[str, ...], **more: Any) -> list[int]:
    """Write the labels, and read them through the dataset."""
    image, label, options = TREES[name]
    ignored = more.get("ignore_index", 255)
    row = np.array([[ignored if value == 255 else value for value in LABELS]], np.uint8)
    for path, pixels in ((image, np.zeros((4, 6, 3), np.uint8)), (label, row.repeat(4, axis=0))):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        assert cv2.imwrite(str(root / path), pixels)
    pipeline = [dict(type="LoadImageFromFile"), dict(type="LoadAnnotations")]
    data = DATASETS.build(
        dict(type=name, data_root=str(root), metainfo=dict(classes=classes), pipeline=pipeline)
        | options
        | more
    )
    names, palette = own_classes(name)
    colours = dict(zip(names, palette, strict=True))
    assert data.metainfo["classes"] == classes
    assert data.metainfo["palette"] == [colours[name] for name in classes]
    result: list[int] = data[0]["gt_seg_map"][0].tolist()
    return result


@pytest.mark.usefixtures("mmseg_scope")
@pytest.mark.parametrize("name", TREES)
class TestChosenClasses:
    def test_the_own_order(self, name: str, tmp_path: Path) -> None:
        assert labels(name, tmp_path, own_classes(name)[0]) == list(LABELS)

    def test_another_order(self, name: str, tmp_path: Path) -> None:
        classes = own_classes(name)[0]
        last = len(classes) - 1
        expected = [last, last - 2, last - 9, last - 10, 255, last]
        assert labels(name, tmp_path, classes[::-1]) == expected

    def test_two_change_places(self, name: str, tmp_path: Path) -> None:
        classes = own_classes(name)[0]
        swapped = (*classes[:9], classes[10], classes[9], *classes[11:])
        assert labels(name, tmp_path, swapped) == [0, 2, 10, 9, 255, 0]

    def test_subset(self, name: str, tmp_path: Path) -> None:
        classes = own_classes(name)[0]
        numbers = labels(name, tmp_path, (classes[10], classes[0]))
        assert numbers == [1, 255, 255, 0, 255, 1]

    def test_subset_with_another_ignore_index(self, name: str, tmp_path: Path) -> None:
        classes = own_classes(name)[0]
        numbers = labels(name, tmp_path, (classes[10], classes[0]), ignore_index=100)
        assert numbers == [1, 100, 100, 0, 100, 1]

    def test_unknown_name(self, name: str, tmp_path: Path) -> None:
        with pytest.raises(
            ValueError, match=r"metainfo\.classes has 'lorry', which is no class of \w+Dataset: "
        ):
            labels(name, tmp_path, (own_classes(name)[0][0], "lorry"))

    def test_no_names_at_all(self, name: str, tmp_path: Path) -> None:
        """mmseg says what it expects; a failure of ours would keep its traceback."""
        with pytest.raises(TypeError) as ended:
            labels(name, tmp_path, 7)  # type: ignore[arg-type]
        assert "sympie_seg" not in str(ended.traceback[-1].path)

    def test_a_name_twice(self, name: str, tmp_path: Path) -> None:
        first = own_classes(name)[0][0]
        with pytest.raises(ValueError, match=rf"names a class twice: {first}, {first}"):
            labels(name, tmp_path, (first, first))
