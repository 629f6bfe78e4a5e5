"""As a user: the transfer matrix and the repeated-application curve, on a few generated streets."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope
from mmseg.registry import MODELS

from sympie_seg.comparison.rows import MEAN
from sympie_seg.enhancer import SyMPIE, save_enhancer
from sympie_seg.streets.writers import write_acdc, write_cityscapes

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
DEEPLAB = "configs/streets/sympie_streets_1xb4-400.py"
FCN = "configs/transfer/sympie_fcn_r18-d8-w32_streets_1xb4-400.py"
CONDITIONS = {"clean", "fog", "night", "rain", "snow"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Streets, two untrained networks and two enhancers."""
    folder = tmp_path_factory.mktemp("transfer")
    write_cityscapes(folder / "cityscapes", {"val": 2}, size=(128, 64))
    write_acdc(folder / "acdc", {"val": 1}, size=(128, 64))
    for number, config in enumerate((DEEPLAB, FCN)):
        torch.manual_seed(number)
        with DefaultScope.overwrite_default_scope("mmseg"):
            model = MODELS.build(Config.fromfile(ROOT / config).model)
        torch.save(model.state_dict(), folder / f"network{number}.pth")
        enhancer = SyMPIE(thumbnail_resize=48, thumbnail_crop=44)
        with torch.no_grad():
            enhancer.nem.out.weight.normal_(0, 0.1)
        save_enhancer(folder / f"enhancer{number}.pth", enhancer)
    return folder


def options(folder: Path) -> list[object]:
    roots = [f"test_dataloader.dataset.datasets.0.data_root={folder}/cityscapes"]
    roots += [f"test_dataloader.dataset.datasets.{i}.data_root={folder}/acdc" for i in range(1, 5)]
    return ["--cfg-options", *roots]


def test_transfer_matrix(folder: Path, run: Callable) -> None:
    work = folder / "transfer"
    command = [
        "tools/transfer.py", "--networks", f"A={DEEPLAB}:{folder}/network0.pth", f"B={FCN}:{folder}/network1.pth",
        "--enhancers", f"A={folder}/enhancer0.pth", f"B={folder}/enhancer1.pth", "--work-dir", work, "--every", 2,
        *options(folder),
    ]  # fmt: skip
    output = run(*command)
    content = json.loads((work / "transfer.json").read_text())
    assert [n["name"] for n in content["networks"]] == ["A", "B"]
    assert {
        k for k, row in content["rows"]["A"].items() if row["kind"] == "condition"
    } == CONDITIONS
    assert content["rows"]["A"]["clean"]["images"] == 1, "every second of two"
    for name in "AB":
        own = json.loads((work / name / "comparison.json").read_text())
        mean = next(row for row in own["rows"] if row["name"] == MEAN)
        for enhancer in "AB":
            gain = content["rows"][name][MEAN]["gains"][enhancer]
            assert gain == mean["differences"][enhancer]["mIoU"]
            expected = mean["scores"][enhancer]["mIoU"] - mean["scores"]["none"]["mIoU"]
            assert gain["value"] == pytest.approx(expected)
    table = (work / "transfer.md").read_text()
    assert table.strip() in output and "| B (ResNetV1c-18, width 32) |" in table


def test_stability(folder: Path, run: Callable) -> None:
    work = folder / "stability"
    files = [f"two-step={folder}/enhancer0.pth", f"one-step={folder}/enhancer1.pth"]
    run(
        "tools/stability.py", DEEPLAB, folder / "network0.pth", "--enhancers", *files, "--times", 2,
        "--work-dir", work, *options(folder),
    )  # fmt: skip
    content = json.loads((work / "stability.json").read_text())
    for points in content["curves"].values():
        assert [point["times"] for point in points] == [1, 2]
        assert points[0]["drift"] == 0 and points[1]["drift"] > 0.1
        for point in points:
            gain = point["score"][MEAN] - content["alone"][MEAN]
            assert point["gain"]["value"] == pytest.approx(gain)
            assert set(point["score"]) > CONDITIONS and point["change"] > 0
    assert (work / "stability.md").read_text().count("\n| ") == 4
    assert b"<svg" in (work / "stability.svg").read_bytes()[:1000]


def test_bad_words_are_named(folder: Path, run: Callable) -> None:
    output = run("tools/transfer.py", "--networks", "A=x.py", "--enhancers", "A=b", fails=True)
    assert "'A=x.py': expected NAME=CONFIG:CHECKPOINT" in output and "Traceback" not in output
