"""Archives that are written pass their own check; nothing is written otherwise."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sympie_seg.datasets.cityscapes_classes import LABEL_IDS
from sympie_seg.submission import get_server, write_archive, write_prediction

SIZE = (6, 4)
ACDC = replace(get_server("acdc"), size=SIZE, images=2)
DARK_ZURICH = replace(get_server("dark_zurich"), size=SIZE, images=2, sequences={})
CITYSCAPES = replace(get_server("cityscapes"), size=SIZE, images=2)
LABELS = (np.arange(24).reshape(4, 6) % 19).astype(np.uint8)
FRAMES = ("GOPR0364_frame_000001_rgb_anon", "GOPR0364_frame_000002_rgb_anon")


def put(path: Path, pixels: np.ndarray = LABELS) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


def members(path: Path) -> dict[str, np.ndarray]:
    with zipfile.ZipFile(path) as archive:
        return {
            name: np.asarray(Image.open(io.BytesIO(archive.read(name))))
            for name in archive.namelist()
        }


@pytest.fixture
def by_condition(tmp_path: Path) -> Path:
    """What ConditionIoUMetric writes: a folder for each condition."""
    for condition, stem in zip(("fog", "night"), FRAMES, strict=True):
        put(tmp_path / f"predictions/{condition}/{stem}.png")
    return tmp_path / "predictions"


def test_acdc_from_folders_by_condition(by_condition: Path, tmp_path: Path) -> None:
    report = write_archive(ACDC, by_condition, tmp_path / "out.zip")
    assert report.ok and not report.findings
    files = members(tmp_path / "out.zip")
    assert list(files) == [f"labelTrainIds/{stem}.png" for stem in FRAMES]
    assert all((pixels == LABELS).all() for pixels in files.values())


def test_acdc_from_label_ids(tmp_path: Path) -> None:
    for stem in FRAMES:
        put(tmp_path / f"ids/{stem}.png", np.array(LABEL_IDS, np.uint8)[LABELS])
    out = tmp_path / "out.zip"
    refused = write_archive(ACDC, tmp_path / "ids", out)
    assert not refused.ok and "holds labelIds" in str(refused) and not out.exists()
    assert write_archive(ACDC, tmp_path / "ids", out, holds="labelIds").ok
    assert all((pixels == LABELS).all() for pixels in members(out).values())


def test_names_are_those_of_the_images(tmp_path: Path) -> None:
    images = {stem.removesuffix("_rgb_anon"): ("fog", stem) for stem in FRAMES}
    for key in images:
        put(tmp_path / f"predictions/{key}_pred.png")
    assert write_archive(ACDC, tmp_path / "predictions", tmp_path / "out.zip", images).ok
    assert list(members(tmp_path / "out.zip")) == [f"labelTrainIds/{stem}.png" for stem in FRAMES]


def test_a_former_archive_survives_a_refused_one(by_condition: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.zip"
    assert write_archive(ACDC, by_condition, out).ok
    before = out.read_bytes()
    next(by_condition.rglob("*.png")).unlink()
    report = write_archive(ACDC, by_condition, out)
    assert not report.ok and "covers 1 images, the test split has 2" in str(report)
    assert out.read_bytes() == before and not list(tmp_path.glob(".*"))


def test_dark_zurich_gets_all_three_folders(tmp_path: Path) -> None:
    for stem in FRAMES:
        put(tmp_path / f"predictions/{stem}.png")
    report = write_archive(DARK_ZURICH, tmp_path / "predictions", tmp_path / "out.zip")
    assert report.ok and "every pixel of every file is 65535" in str(report), "a dummy is named"
    files = members(tmp_path / "out.zip")
    assert len(files) == 6
    for stem in FRAMES:
        assert (files[f"labelTrainIds_invalid/{stem}.png"] == LABELS).all()
        confidence = files[f"confidence/{stem}.png"]
        assert confidence.dtype == np.uint16 and (confidence == 65535).all()


def test_dark_zurich_keeps_own_confidence(tmp_path: Path) -> None:
    confidence = np.linspace(0, 1, 24).reshape(4, 6)
    for stem in FRAMES:
        write_prediction(tmp_path / "tree", DARK_ZURICH, stem, LABELS, confidence, 0.5)
    assert not write_archive(DARK_ZURICH, tmp_path / "tree", tmp_path / "out.zip").findings
    files = members(tmp_path / "out.zip")
    stored = files[f"confidence/{FRAMES[0]}.png"]
    assert np.allclose(stored / 65535, confidence, atol=1e-5)
    invalid = files[f"labelTrainIds_invalid/{FRAMES[0]}.png"]
    assert ((invalid == 255) == (confidence < 0.5)).all()


def test_cityscapes_gets_label_ids(tmp_path: Path) -> None:
    stems = [f"berlin_00000{i}_000019_leftImg8bit" for i in (0, 1)]
    for stem in stems:
        put(tmp_path / f"predictions/{stem}.png")
    assert not write_archive(CITYSCAPES, tmp_path / "predictions", tmp_path / "o.zip").findings
    files = members(tmp_path / "o.zip")
    assert list(files) == [f"{stem}.png" for stem in stems]
    assert (files[f"{stems[0]}.png"] == np.array(LABEL_IDS)[LABELS]).all()


def test_no_prediction(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="holds no prediction"):
        write_archive(ACDC, tmp_path, tmp_path / "out.zip")
    assert not (tmp_path / "out.zip").exists()


def test_two_predictions_for_one_image(by_condition: Path, tmp_path: Path) -> None:
    put(by_condition / f"rain/{FRAMES[0]}.png")
    with pytest.raises(ValueError, match="several files for one image"):
        write_archive(ACDC, by_condition, tmp_path / "out.zip")
