"""As a user: predict a test split in its official layout, pack it for its server, check the archive."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope
from mmseg.registry import MODELS

from sympie_seg.cli.main import main
from sympie_seg.streets.conditions import apply_condition
from sympie_seg.streets.keys import SceneKey
from sympie_seg.streets.scene import render_scene

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
NARROW = {"model.backbone.base_channels": 8, "model.decode_head.in_channels": 256}
FULL_HD, CITYSCAPES = (1920, 1080), (2048, 1024)
IMAGES = {
    "acdc/rgb_anon/fog/test/GOPR0477/GOPR0477_frame_000001_rgb_anon.png": FULL_HD,
    "acdc/rgb_anon/night/test/GOPR0356/GOPR0356_frame_000001_rgb_anon.png": FULL_HD,
    "acdc/rgb_anon/rain/test/GOPR0402/GOPR0402_frame_000001_rgb_anon.png": FULL_HD,
    "acdc/rgb_anon/snow/test/GOPR0122/GOPR0122_frame_000001_rgb_anon.png": FULL_HD,
    "acdc/rgb_anon/snow/test_ref/GOPR0122/GOPR0122_frame_000001_rgb_ref_anon.png": FULL_HD,
    "dark_zurich/rgb_anon/test/night/GOPR0364/GOPR0364_frame_000001_rgb_anon.png": FULL_HD,
    "cityscapes/leftImg8bit/test/berlin/berlin_000000_000019_leftImg8bit.png": CITYSCAPES,
}  # fmt: skip


def submission(*arguments: object) -> int:
    """Run the tool in this process: starting another one takes longer than all it does."""
    return main(["submission", *map(str, arguments)])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Test splits in the official layouts and sizes (one generated street each), and a network."""
    folder = tmp_path_factory.mktemp("submission")
    scene = render_scene(SceneKey(0, "acdc", "val", "fog", 0), (128, 64))
    street = apply_condition(scene, "fog")[..., ::-1]
    for name, size in IMAGES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), cv2.resize(street, size))
    cfg = Config.fromfile(ROOT / "configs/sympie_cs2acdc.py")
    cfg.merge_from_dict(NARROW)
    torch.manual_seed(0)
    with DefaultScope.overwrite_default_scope("mmseg"):
        torch.save(MODELS.build(cfg.model).state_dict(), folder / "network.pth")
    return folder


@pytest.mark.parametrize(
    ("server", "config", "parts", "files"),
    [
        ("acdc", "sympie_cs2acdc_test-server", 4, {"labelTrainIds": "uint8"}),
        (
            "dark_zurich", "sympie_cs2darkzurich_test-server", 1,
            {"labelTrainIds": "uint8", "labelTrainIds_invalid": "uint8", "confidence": "uint16"},
        ),
        ("cityscapes", "sympie_cs_test-server", 1, {"": "uint8"}),
    ],
)  # fmt: skip
def test_predictions_become_an_archive(
    server: str,
    config: str,
    parts: int,
    files: dict[str, str],
    folder: Path,
    run: Callable,
    capsys: pytest.CaptureFixture,
) -> None:
    small = [f"{key}={value}" for key, value in NARROW.items()]
    for index in range(parts):
        start = f"test_dataloader.dataset.datasets.{index}"
        small += [f"{start}.data_root={folder}/{server}", f"{start}.pipeline.1.scale=(128,128)"]
    predictions, archive = folder / f"{server}_out", folder / f"{server}.zip"
    run(
        "tools/test.py", f"configs/{config}.py", folder / "network.pth", "--work-dir", folder / "work",
        "--out", predictions, "--cfg-options", *small,
    )  # fmt: skip
    data = ["--data", folder / server, "--subset"]
    assert submission("write", server, predictions, archive, *data) == 0
    assert submission("check", server, archive, *data) == 0
    assert capsys.readouterr().out.count("no errors found") == 2
    with zipfile.ZipFile(archive) as zipped:
        assert len(zipped.namelist()) == parts * len(files)
        for name in zipped.namelist():
            pixels = cv2.imdecode(np.frombuffer(zipped.read(name), np.uint8), cv2.IMREAD_UNCHANGED)
            assert pixels.dtype == files[name.rpartition("/")[0]]
            assert pixels.shape == ((1024, 2048) if server == "cityscapes" else (1080, 1920))


def test_wrong_archive_ends_with_status_1(folder: Path, capsys: pytest.CaptureFixture) -> None:
    wrong = folder / "wrong/fog/GOPR0477_frame_000001_rgb_anon.png"
    wrong.parent.mkdir(parents=True)
    cv2.imwrite(str(wrong), np.full((108, 192), 23, np.uint8))
    data = ["--data", folder / "acdc", "--subset"]
    assert submission("check", "acdc", folder / "wrong", *data) == 1
    output = capsys.readouterr().out
    for message in (
        "instead of labelTrainIds/",
        "3 of 4 test images",
        "192 x 108",
        "3 errors found",
    ):
        assert message in output
    assert submission("check", "acdc", folder / "absent.zip") == 1
    assert "error: there is no archive" in capsys.readouterr().err
