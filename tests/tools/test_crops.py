"""tools/dataset_converters/crops.py: folders, numbers, and what it says where something is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from sympie_seg.cli.main import main

CLASSES = dict(road=0, building=2, vegetation=8, sky=10, person=11, car=13)


@pytest.fixture(scope="module")
def crops() -> Callable[..., None]:
    """The tool's main, without further processes."""
    return lambda *words: main(["convert-dataset", "crops", *map(str, words), "--nproc", "1"])


@pytest.fixture
def cityscapes(tmp_path: Path) -> Path:
    """Four training and four validation frames with a tall block of each class."""
    root, draw = tmp_path / "cityscapes", np.random.default_rng(0)
    for split in ("train", "val"):
        for number in range(4):
            labels = np.full((60, 180), 255, np.uint8)
            for block, index in enumerate(CLASSES.values()):
                labels[5:55, 30 * block : 30 * block + 26] = index
            name = f"x_{number:06d}_000019"
            images = root / f"leftImg8bit/{split}/x/{name}_leftImg8bit.png"
            target = root / f"gtFine/{split}/x/{name}_gtFine_labelTrainIds.png"
            for path in (images, target):
                path.parent.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(images), draw.integers(0, 256, (60, 180, 3), dtype=np.uint8))
            cv2.imwrite(str(target), labels)
    return root


def test_writes_class_folders_once(
    crops: Callable, cityscapes: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    out = tmp_path / "crops"
    words = ["cityscapes", cityscapes, out, "--size", 16, "--most", "train=5", "val=3"]
    crops(*words)
    output = capsys.readouterr().out
    assert "train: 30 crops (road 5, building 5," in output and "val: 18 crops" in output
    files = sorted(out.rglob("*.png"))
    assert {f.parent.name for f in files} == set(CLASSES)
    assert all(cv2.imread(str(f)).shape == (16, 16, 3) for f in files)
    # Validation frames are divided between val and test.
    frames = {s: {f.name[:8] for f in (out / s).rglob("*.png")} for s in ("val", "test")}
    assert frames == dict(val={"x_000000", "x_000002"}, test={"x_000001", "x_000003"})
    files[0].unlink()
    crops(*words)
    assert "1 crops written, the others were there" in capsys.readouterr().out
    assert sorted(out.rglob("*.png")) == files


def test_says_what_is_wrong(crops: Callable, cityscapes: Path, tmp_path: Path) -> None:
    out = tmp_path / "crops"
    with pytest.raises(SystemExit, match=r"--most takes SPLIT=N .* got 'train:5'"):
        crops("cityscapes", cityscapes, out, "--most", "train:5")
    with pytest.raises(SystemExit, match="leftImg8bit/train' does not exist"):
        crops("cityscapes", tmp_path, out)
    crops("cityscapes", cityscapes, out, "--most", "train=1", "val=1", "test=1")
    assert json.loads((out / "crops.json").read_text())["size"] == 64
    with pytest.raises(
        SystemExit, match=r"holds crops of size 64, asked for is 32; choose another"
    ):
        crops("cityscapes", cityscapes, out, "--size", 32, "--most", "train=1", "val=1", "test=1")
    for label in cityscapes.rglob("train/**/*_labelTrainIds.png"):
        labels = cv2.imread(str(label), cv2.IMREAD_UNCHANGED)
        cv2.imwrite(str(label), np.where(labels == CLASSES["car"], 255, labels))
    with pytest.raises(SystemExit, match=r"no crop of class 'car' in train of"):
        crops("cityscapes", cityscapes, tmp_path / "other")
