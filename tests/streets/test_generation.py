"""Numbers of images become files and a manifest; what is there is kept."""

from __future__ import annotations

import json
from pathlib import Path

from sympie_seg.streets.generation import StreetCounts, generate


def test_each_count_is_its_part(tmp_path: Path) -> None:
    counts = StreetCounts(train=2, val=1, adverse_train=0, adverse_val=1, dark_zurich=3)
    scenes = 2 + 1 + 4 * 1 + 3
    assert generate(tmp_path, counts, (32, 16), workers=1) == (scenes, scenes)
    assert generate(tmp_path, counts, (32, 16), workers=1) == (0, scenes)
    images = {
        "cityscapes/leftImg8bit/train": 2,
        "cityscapes/leftImg8bit/val": 1,
        "acdc/rgb_anon": 4,
        "dark_zurich/rgb_anon/val": 3,
    }
    endings = ("_leftImg8bit.png", "_rgb_anon.png")
    for folder, count in images.items():
        paths = [p for p in (tmp_path / folder).rglob("*.png") if p.name.endswith(endings)]
        assert len(paths) == count, folder
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert manifest["complete"] and manifest["counts"] == {
        "cityscapes/train": 2, "cityscapes/val": 1, "acdc/train (per condition)": 0,
        "acdc/val (per condition)": 1, "dark_zurich/val": 3,
    }  # fmt: skip
