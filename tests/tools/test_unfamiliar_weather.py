"""The tool that chooses by another library's weather: rows, frames, configs and a run."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import cv2
import numpy as np
import pytest
from skimage import data

from sympie_seg.datasets.transforms import RandomHistogramMatching

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "data"
TOOL = ROOT / "tools" / "misc" / "unfamiliar_weather.py"


@pytest.fixture(scope="module")
def tool(load_tool: Callable[[str], ModuleType]) -> ModuleType:
    return load_tool("unfamiliar_weather")


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    return cv2.resize(data.astronaut(), (96, 72), interpolation=cv2.INTER_AREA)


def test_every_row_changes_the_picture_and_repeats(tool: ModuleType, picture: np.ndarray) -> None:
    for row in tool.LOOKS:
        first, again = (tool.look(row, seed=0)(picture) for _ in range(2))
        np.testing.assert_array_equal(first, again, err_msg=row)
        assert first.shape == picture.shape and first.dtype == np.uint8
        assert np.abs(first.astype(int) - picture).mean() > 2, row


def test_clean_frames_stay(tool: ModuleType, picture: np.ndarray) -> None:
    np.testing.assert_array_equal(tool.look(tool.CLEAN, seed=0)(picture), picture)


def test_takes_frames_of_day_at_equal_distances(tool: ModuleType, tmp_path: Path) -> None:
    for name in ("0001TP_1", "0006R0_1", "0006R0_2", "0016E5_1", "0016E5_2"):
        (tmp_path / f"{name}.jpg").touch()
    assert [one.stem for one in tool.choose_frames(tmp_path, 2)] == ["0006R0_2", "0016E5_2"]
    with pytest.raises(SystemExit, match=r"--frames 5: .* has 4 frames of day"):
        tool.choose_frames(tmp_path, 5)


def test_config_reads_written_frames_and_no_test_frame(tool: ModuleType, tmp_path: Path) -> None:
    frames = [tmp_path / "CamVid" / "train" / "0016E5_1.jpg"]
    for config, _ in tool.SEGMENTERS.values():
        rows = tuple(tool.weather_rows())
        assert rows == ("clean", *tool.LOOKS)
        cfg = tool.test_config(config, frames, tmp_path / "frames", rows)
        assert cfg.test_evaluator.conditions == rows
        for part, row in zip(cfg.test_dataloader.dataset.datasets, rows, strict=True):
            assert part["condition"] == row and part["sequences"] == ("0016E5_1",)
            assert part["data_prefix"]["img_path"] == str(tmp_path / "frames" / row)
            assert "Corrupt" not in [step["type"] for step in part["pipeline"]]


def test_looks_are_of_photographs_that_no_training_reads(
    tool: ModuleType, picture: np.ndarray, tmp_path: Path
) -> None:
    for number in range(100, 140):
        (tmp_path / f"n{number}").mkdir()
        levels = np.arange(number - 100, number - 69, dtype=np.uint8)
        dark = np.repeat(levels[:, None], 30, axis=1)
        cv2.imwrite(str(tmp_path / f"n{number}" / "photo.png"), dark)
    trained = RandomHistogramMatching(
        str(tmp_path), exclude="n*[789]", split=dict(part="train", holdout=0.07, by="file")
    )
    rows = tool.photograph_rows(tmp_path, 2)
    assert list(rows) == ["clean", "photograph_01", "photograph_02"]
    np.testing.assert_array_equal(rows["clean"](picture), picture)
    unseen = set(range(40)) - {int(one[1:4]) - 100 for one in trained.references}
    for row in ("photograph_01", "photograph_02"):
        # Its own mean is 15 above its number; a fifth of the picture's stays.
        number = (rows[row](picture).mean() - 0.2 * picture.mean()) / 0.8 - 15
        assert min(abs(number - one) for one in unseen if one % 10 < 7) < 3
    with pytest.raises(SystemExit, match="--looks 30"):
        tool.photograph_rows(tmp_path, 30)


@pytest.mark.slow
@pytest.mark.skipif(not SHARED.is_dir(), reason="needs CamVid and networks in ../shared/data")
def test_runs(tmp_path: Path) -> None:
    words = ["--data", SHARED, "--frames", 1, "--enhancers", "cityscapes"]
    words += ["--networks", "SINet", "DeepLabV2-R18"]
    options = ["--strength", 0, 1, "--work-dir", tmp_path]
    command = [sys.executable, TOOL, *words, *options]
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for network in ("SINet", "DeepLabV2-R18"):
        told = json.loads((tmp_path / network / "comparison.json").read_text())
        assert len(told["enhancers"]) == 3


@pytest.mark.slow
@pytest.mark.skipif(not SHARED.is_dir(), reason="needs CamVid and networks in ../shared/data")
def test_runs_with_looks_of_photographs(tmp_path: Path) -> None:
    words = ["--data", SHARED, "--frames", 1, "--networks", "SINet", "--enhancers", "cityscapes"]
    words += ["--photographs", SHARED / "photos", "--looks", 2, "--work-dir", tmp_path]
    command = [sys.executable, TOOL, *words]
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    table = (tmp_path / "SINet" / "comparison.md").read_text()
    assert "photograph_02" in table and "fog" not in table
