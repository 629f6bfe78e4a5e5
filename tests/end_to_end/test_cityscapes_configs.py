"""The configs for real data, on generated data in the official layouts and with a narrow network."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope
from mmseg.registry import MODELS

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
NARROW = {"model.backbone.base_channels": 8, "model.decode_head.in_channels": 256}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, run: Callable) -> Path:
    """Data, a frozen network and an enhancer trained for one iteration by ``configs/sympie_cs2acdc.py``."""
    folder = tmp_path_factory.mktemp("cityscapes")
    sizes = ["--size", 128, 64, "--train", 2, "--val", 1, "--adverse", 1, "--workers", 1]
    run("tools/generate_streets.py", folder / "data", *sizes)
    cfg = Config.fromfile(ROOT / "configs/sympie_cs2acdc.py")
    cfg.merge_from_dict(NARROW)
    torch.manual_seed(0)
    with DefaultScope.overwrite_default_scope("mmseg"):
        torch.save(MODELS.build(cfg.model).state_dict(), folder / "frozen.pth")
    short = ["train_dataloader.batch_size=2", "train_cfg.max_iters=1", "train_cfg.val_interval=1"]
    work = ["--work-dir", folder / "work", "--amp"]
    run("tools/train.py", "configs/sympie_cs2acdc.py", *work, *options(folder, *short))
    return folder


def options(folder: Path, *more: str) -> list[str]:
    data = folder / "data"
    narrow = [f"{key}={value}" for key, value in NARROW.items()]
    roots = [f"{part}_dataloader.dataset.data_root={data}/cityscapes" for part in ("train", "val")]
    frozen = f"frozen_checkpoint={folder}/frozen.pth"
    return ["--cfg-options", frozen, *narrow, *roots, *more]


def roots_of_tests(folder: Path, *names: str) -> list[str]:
    start = "test_dataloader.dataset.datasets"
    return [f"{start}.{i}.data_root={folder}/data/{name}" for i, name in enumerate(names)]


ACDC = ("cityscapes", "acdc", "acdc", "acdc", "acdc")
DARK_ZURICH = ("cityscapes", "dark_zurich")
EVERYTHING = (*ACDC, "dark_zurich")


@pytest.mark.parametrize(
    ("config", "names", "conditions", "mode"),
    [
        ("sympie_cs2acdc", ACDC, "clean fog night rain snow all", "original size (mmseg)"),
        ("sympie_cs2acdc_paper-scoring", ACDC, "clean fog night rain snow all", "mirrored (paper)"),
        (
            "sympie_cs2adverse",
            EVERYTHING,
            "clean fog night rain snow all dark_zurich_val",
            "original size (mmseg)",
        ),
        ("sympie_cs2darkzurich", DARK_ZURICH, "clean dark_zurich_val", "original size (mmseg)"),
    ],
)
def test_checkpoint_is_scored_by_condition(
    config: str, names: tuple, conditions: str, mode: str, folder: Path, run: Callable
) -> None:
    work = folder / config
    output = run(
        "tools/test.py", f"configs/{config}.py", folder / "work/iter_1.pth", "--work-dir", work,
        *options(folder, *roots_of_tests(folder, *names)),
    )  # fmt: skip
    assert mode in output, "the scoring mode stands in the table"
    (file,) = work.glob("*/*.json")
    scores = json.loads(file.read_text())
    for condition in conditions.split():
        assert 0 <= scores[f"{condition}/mIoU"] <= 100


def test_the_network_is_as_it_was(folder: Path) -> None:
    frozen = torch.load(folder / "frozen.pth", weights_only=True)
    after = torch.load(folder / "work/iter_1.pth", weights_only=True)["state_dict"]
    network = {k: v for k, v in frozen.items() if not k.startswith("data_preprocessor.")}
    assert len(network) > 300 and all(torch.equal(after[k], v) for k, v in network.items())
