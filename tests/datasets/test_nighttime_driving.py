"""Nighttime Driving, in the layout of its archive."""

from __future__ import annotations

from pathlib import Path

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
