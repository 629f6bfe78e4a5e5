"""tools/visualize.py as a user runs it: any size, truth, resuming, unreadable pictures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope
from mmseg.registry import MODELS

from sympie_seg.cli.main import main
from sympie_seg.datasets.cityscapes_classes import COLOURS
from sympie_seg.visualization import paint
from sympie_seg.visualization.strip import GAP, LINE, MIN_WIDTH

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
CONFIG = "configs/streets/sympie_streets_1xb4-400.py"
NARROW = {"model.backbone.base_channels": 8, "model.decode_head.in_channels": 64}
OPTIONS = [f"{key}={value}" for key, value in NARROW.items()]
WIDTH = 192


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network with random weights, three pictures of three sizes in two folders, and their labels."""
    folder, draw = tmp_path_factory.mktemp("visualize"), np.random.default_rng(0)
    config = Config.fromfile(ROOT / CONFIG)
    config.merge_from_dict(NARROW)
    torch.manual_seed(0)
    with DefaultScope.overwrite_default_scope("mmseg"):
        torch.save(MODELS.build(config.model).state_dict(), folder / "network.pth")
    for name, size in {
        "a_leftImg8bit.png": (48, 64),
        "b.jpg": (37, 91),
        "below/c.png": (70, 50),
    }.items():
        for kind in ("in", "gt"):
            (folder / kind / name).parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(folder / "in" / name), draw.integers(0, 256, (*size, 3), dtype=np.uint8))
        label = (folder / "gt" / name).with_suffix(".png")
        cv2.imwrite(str(label), draw.integers(0, 20, size, dtype=np.uint8))
    return folder


@pytest.fixture
def start(
    folder: Path, enhancer_file: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> Callable[..., str]:
    """Run the tool's main on a folder of pictures, and give what it printed; one process serves all runs."""
    monkeypatch.chdir(ROOT)

    def visualize(source: Path, out: Path, *more: object, fails: bool = False) -> str:
        words = [
            CONFIG,
            folder / "network.pth",
            source,
            out,
            "--enhancer",
            enhancer_file,
            "--width",
            WIDTH,
            *more,
        ]
        with DefaultScope.overwrite_default_scope(None):
            try:
                code = main(["visualize", *map(str, words), "--cfg-options", *OPTIONS])
            except SystemExit as ended:
                code = ended.code
        assert bool(code) == fails, code
        return f"{capsys.readouterr().out}{code}"

    return visualize


def test_one_picture_from_the_command_line(
    folder: Path, run: Callable, enhancer_file: Path, tmp_path: Path
) -> None:
    out = tmp_path / "strip.png"
    words = [CONFIG, folder / "network.pth", folder / "in/b.jpg", out, "--enhancer", enhancer_file]
    assert "1 strips written" in run("tools/visualize.py", *words, "--cfg-options", *OPTIONS)
    assert cv2.imread(str(out)).shape[1] == 4 * (MIN_WIDTH + GAP)


def test_a_folder_with_truth_twice(folder: Path, start: Callable) -> None:
    out = folder / "out"
    assert "3 strips written" in start(folder / "in", out, "--truth", folder / "gt", "--parameters")
    strips = {p.relative_to(out).as_posix(): p for p in out.rglob("*.png")}
    assert set(strips) == {"a_leftImg8bit.png", "b.png", "below/c.png"}
    strip = cv2.imread(str(strips["a_leftImg8bit.png"]))[..., ::-1]
    assert strip.shape[1] == 7 * (WIDTH + GAP)
    assert strip.shape[0] >= 3 * LINE + 144 + GAP
    # The truth is the fifth picture, three times enlarged.
    left = 4 * (WIDTH + GAP)
    shown = strip[2 * LINE : 2 * LINE + 144, left : left + WIDTH][1::3, 1::3]
    truth = cv2.imread(str(folder / "gt/a_leftImg8bit.png"), cv2.IMREAD_UNCHANGED)
    assert np.array_equal(shown, paint(truth, COLOURS))
    image = cv2.imread(str(folder / "in/a_leftImg8bit.png"))[..., ::-1]
    assert np.abs(strip[2 * LINE + 72, 96].astype(int) - image[24, 32]).max() < 90, (
        "the input comes first"
    )

    before = strips["b.png"].stat().st_mtime_ns
    strips["below/c.png"].unlink()
    again = start(folder / "in", out, "--truth", folder / "gt", "--parameters")
    assert "1 strips written" in again and "2 were there already" in again
    assert strips["below/c.png"].is_file() and strips["b.png"].stat().st_mtime_ns == before
    refused = start(folder / "in", out, "--opacity", 0.5, fails=True)
    assert "holds strips drawn with another truth, opacity, parameters" in refused


def test_unreadable_pictures_are_named_and_the_others_drawn(
    folder: Path, start: Callable, tmp_path: Path
) -> None:
    source = tmp_path / "mixed"
    source.mkdir()
    whole = (folder / "in/a_leftImg8bit.png").read_bytes()
    (source / "good.png").write_bytes(whole)
    (source / "cut.png").write_bytes(whole[:2000])
    (source / "empty.jpg").write_bytes(b"")
    output = start(source, tmp_path / "out", fails=True)
    assert "1 strips written" in output and "2 could not be drawn" in output
    assert "cut.png' is cut off" in output and "empty.jpg' is empty" in output
    assert [p.name for p in (tmp_path / "out").glob("*.png")] == ["good.png"]
    nothing = tmp_path / "nothing"
    nothing.mkdir()
    assert "error: no picture" in start(nothing, tmp_path / "out2", fails=True)
