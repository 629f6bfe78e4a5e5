"""Nighttime Driving, in the layout of its archive."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from mmseg.datasets import NightDrivingDataset

from sympie_seg.datasets import SyMPIENightDrivingDataset

IMAGES, LABELS = "leftImg8bit/test/night", "gtCoarse_daytime_trainvaltest/test/night"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for index in range(2):
        for below, suffix in ((IMAGES, "leftImg8bit"), (LABELS, "gtCoarse_labelTrainIds")):
            path = tmp_path / below / f"0_frame_{index:04}_{suffix}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            shape = (4, 6, 3) if below == IMAGES else (4, 6)
            assert cv2.imwrite(str(path), np.zeros(shape, np.uint8))
    return tmp_path


def test_lists_what_mmseg_lists(root: Path, mmseg_scope: None) -> None:
    stock = NightDrivingDataset(
        data_root=str(root), data_prefix=dict(img_path=IMAGES, seg_map_path=LABELS)
    )
    ours = SyMPIENightDrivingDataset(data_root=str(root))
    assert [(e["img_path"], e["seg_map_path"]) for e in ours] == [
        (e["img_path"], e["seg_map_path"]) for e in stock
    ]
    assert {entry["condition"] for entry in ours} == {"nighttime_driving"}


def test_missing_label_is_named_with_the_fix(root: Path, mmseg_scope: None) -> None:
    next((root / LABELS).iterdir()).unlink()
    with pytest.raises(
        FileNotFoundError, match=r"no label file.*convert-dataset nighttime-driving"
    ):
        SyMPIENightDrivingDataset(data_root=str(root))


class TestChosenClasses:
    """mmseg's rules for ``metainfo=dict(classes=...)``: names decide, not numbers."""

    OWN = NightDrivingDataset.METAINFO["classes"]
    FOUND = (0, 2, 10, 13, 255, 0)

    def labels(self, root: Path, classes: tuple[str, ...], **options: Any) -> list[int]:
        found = [options.get("ignore_index", 255) if v == 255 else v for v in self.FOUND]
        (label, *_) = sorted((root / LABELS).iterdir())
        cv2.imwrite(str(label), np.array([found], np.uint8).repeat(4, axis=0))
        data = SyMPIENightDrivingDataset(
            data_root=str(root),
            metainfo=dict(classes=classes),
            pipeline=[dict(type="LoadImageFromFile"), dict(type="LoadAnnotations")],
            **options,
        )
        colours = dict(zip(self.OWN, NightDrivingDataset.METAINFO["palette"], strict=True))
        assert data.metainfo["palette"] == [colours[name] for name in classes]
        return data[0]["gt_seg_map"][0].tolist()

    def test_another_order(self, root: Path, mmseg_scope: None) -> None:
        assert self.labels(root, self.OWN[::-1]) == [18, 16, 8, 5, 255, 18]

    def test_subset(self, root: Path, mmseg_scope: None) -> None:
        assert self.labels(root, ("car", "road")) == [1, 255, 255, 0, 255, 1]

    def test_subset_with_another_ignore_index(self, root: Path, mmseg_scope: None) -> None:
        found = self.labels(root, ("car", "road"), ignore_index=100)
        assert sorted(set(found)) == [0, 1, 100]

    def test_unknown_name(self, root: Path, mmseg_scope: None) -> None:
        with pytest.raises(ValueError, match=r"'lorry'.* is not a subset of classes"):
            self.labels(root, ("road", "lorry"))
