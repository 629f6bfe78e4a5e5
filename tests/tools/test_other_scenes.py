"""The tool that looks at scenes other than streets: pictures, shares, table and a run."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from skimage import data

from sympie_seg.utils.images import write_image

ROOT = Path(__file__).resolve().parents[2]
TOOL = ROOT / "tools" / "misc" / "other_scenes.py"


@pytest.fixture(scope="module")
def tool(load_tool: Callable[[str], ModuleType]) -> ModuleType:
    return load_tool("other_scenes")


class ThresholdNetwork:
    """Says class 1 where the first channel (red) is above 99; its enhancer adds what it is told."""

    def __init__(self) -> None:
        self.added = 0

    def put_in_front(self, enhancer: Any) -> None:
        self.added = 0 if isinstance(enhancer, dict) else int(enhancer)


@pytest.fixture
def network(tool: ModuleType, monkeypatch: pytest.MonkeyPatch) -> ThresholdNetwork:
    monkeypatch.setattr(
        tool,
        "classes",
        lambda net, image: (image[..., 0].astype(int) + net.added > 99).astype(np.int64),
    )
    return ThresholdNetwork()


def test_centre_part_keeps_the_middle_and_the_shape_of_things(tool: ModuleType) -> None:
    image = np.zeros((100, 300, 3), np.uint8)
    image[:, 100:200] = 255
    part = tool.centre_part(image, (50, 50))
    assert part.shape == (50, 50, 3) and part.min() == 255
    assert tool.centre_part(image[:50, :50], (128, 256)).shape == (128, 256, 3)


def test_shares_are_of_the_clean_picture_without_enhancer(
    tool: ModuleType, network: ThresholdNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tool, "LOOKS", {"dim": {}})
    monkeypatch.setattr(
        tool, "look", lambda name, seed: lambda image: image if name == "clean" else image - 50
    )
    image = np.full((2, 2, 3), 120, np.uint8)
    image[0, 0] = 200
    told = tool.shares(network, [image], {"lifts": "40", "too far": "-120"})
    # Dimmed, one of four pixels keeps its class; lifted by 40, all; a clean picture pressed down keeps none.
    assert told["none"] == {"clean": [100], "dim": [25]}
    assert told["lifts"] == {"clean": [100], "dim": [100]}
    assert told["too far"] == {"clean": [0], "dim": [0]}


def test_table_has_changes_with_intervals_and_the_mean_over_weather(
    tool: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tool, "LOOKS", {"fog": {}, "dusk": {}})
    alone = {"clean": [100.0, 100.0], "fog": [40.0, 60.0], "dusk": [20.0, 20.0]}
    behind = {"clean": [98.0, 98.0], "fog": [50.0, 80.0], "dusk": [20.0, 10.0]}
    lines = tool.table({"none": alone, "mine": behind}).splitlines()
    assert lines[0] == "|  | alone | mine |"
    assert lines[2] == "| clean | 100.0 | -2.0 (-2.0 .. -2.0) |"
    assert lines[3] == "| fog | 50.0 | +15.0 (+10.0 .. +20.0) |"
    assert lines[5] == "| **mean over weather** | 35.0 | +5.0 (+5.0 .. +5.0) |"


def test_takes_pictures_at_equal_distances_or_of_the_part_held_out(
    tool: ModuleType, tmp_path: Path
) -> None:
    for number in range(8):
        write_image(tmp_path / f"n{number}" / "a.png", np.zeros((4, 4, 3), np.uint8))
    every = tool.choose_pictures(tmp_path, "n*", 4)
    assert [one.parent.name for one in every] == ["n1", "n3", "n5", "n7"]
    held = tool.choose_pictures(tmp_path, "n*", 2, held_out=0.25)
    assert len(set(held)) == 2
    for words, message in (
        (("n*", 9), "--images 9: there are 8 pictures"),
        (("x*", 1), "include='x\\*'"),
        (("n*", 3, 0.25), "--images 3: there are 2 pictures"),
    ):
        with pytest.raises(SystemExit, match=message):
            tool.choose_pictures(tmp_path, *words)


def test_an_unknown_enhancer_is_named_before_anything_runs(tmp_path: Path) -> None:
    done = run(tmp_path, "--enhancers", "sunshine")
    assert done.returncode == 2
    assert "'sunshine' is neither a file nor one of" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_runs(tmp_path: Path) -> None:
    write_image(tmp_path / "coffee.png", data.coffee())
    done = run(tmp_path, "--enhancers", "camvid", "grey_world", "--networks", "DeepLabV2-R18")
    assert done.returncode == 0, done.stderr
    assert "DeepLabV2-R18, 1 pictures" in done.stdout
    (clean,) = [line for line in done.stdout.splitlines() if line.startswith("| clean |")]
    assert clean.split("|")[2].strip() == "100.0"
    assert "**mean over weather**" in done.stdout


def run(folder: Path, *words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, TOOL, folder, "--images", 1, "--size", 64, 96, *words]
    return subprocess.run([*map(str, command)], capture_output=True, text=True, check=False)
