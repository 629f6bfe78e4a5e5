"""tools/misc/look_by_condition.py: the figures of known images, the table, and a run over a config."""

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
import torch

from sympie_seg.enhancer import SyMPIE, save_enhancer

ROOT = Path(__file__).resolve().parents[2]
TOOL = ROOT / "tools/misc/look_by_condition.py"


@pytest.fixture(scope="module")
def tool(load_tool: Callable[[str], ModuleType]) -> ModuleType:
    return load_tool("look_by_condition")


def doubled() -> SyMPIE:
    """An enhancer whose kernel has a centre of 2: twice the normalised values."""
    enhancer = SyMPIE(thumbnail_resize=64, thumbnail_crop=64).eval()
    with torch.no_grad():
        enhancer.nem.out.bias[24] = 2
    return enhancer


def test_figures_of_a_known_image(tool: ModuleType) -> None:
    image = torch.zeros(3, 4, 4)
    image[0], image[1, :2] = 0.4, 1.0  # red everywhere, half green
    figures = tool.look(image)
    assert figures["brightness"] == pytest.approx(255 * 0.3)
    assert figures["cast"] == pytest.approx(255 * 0.5)
    assert figures["contrast"] == pytest.approx(float(255 * image.mean(0).std()))


def test_an_unusual_kernel_is_counted(tool: ModuleType) -> None:
    image = torch.full((3, 64, 64), 0.6)
    rows = tool.measure(
        [("clean", image), ("clean", image)], {"plain": SyMPIE().eval(), "twice": doubled()}
    )
    plain, twice = rows["plain"]["clean"], rows["twice"]["clean"]
    assert plain["images"] == 2 and plain["unusual_sums"] == 0
    assert plain["kernel_sum"] == pytest.approx(1, abs=1e-5)
    assert plain["brightness_before"] == pytest.approx(153, abs=1e-3)
    assert plain["brightness_after"] == pytest.approx(153, abs=1e-3)
    assert twice["kernel_sum"] == pytest.approx(2, abs=1e-5) and twice["unusual_sums"] == 2
    assert twice["brightness_after"] > 170
    assert "| clean | 2 | 2.00 (2.00 .. 2.00) | 2 | 153 -> " in tool.table(rows["twice"])


def test_runs_over_a_config(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    for number in range(3):
        cv2.imwrite(
            str(tmp_path / f"images/{number}.png"), np.full((64, 64, 3), 60 * number + 50, np.uint8)
        )
    save_enhancer(tmp_path / "twice.pth", doubled())
    (tmp_path / "config.py").write_text(
        "custom_imports = dict(imports=['sympie_seg'])\n"
        "default_scope = 'mmseg'\n"
        f"test_dataloader = dict(dataset=dict(type='UnlabelledImages', data_root={str(tmp_path / 'images')!r}, "
        "test_mode=True, pipeline=[dict(type='LoadImageFromFile'), dict(type='PackSyMPIESegInputs')]))\n"
    )
    command = [
        sys.executable,
        str(TOOL),
        "config.py",
        "--enhancers",
        "twice.pth",
        "--every",
        "2",
        "--json",
        "out.json",
    ]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (row,) = json.loads((tmp_path / "out.json").read_text())["twice.pth"].values()
    assert row["images"] == 2 and row["brightness_before"] == pytest.approx(110, abs=0.1)
    assert "| kernel sum |" in done.stdout
