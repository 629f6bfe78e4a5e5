"""As a user: generate streets, train a network, freeze it, train SyMPIE in front of it, test."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import pytest
import torch

from sympie_seg.enhancer import load_enhancer

FROZEN = "configs/streets/deeplabv2_r18-d8-w32_1xb8-800_streets-256x128.py"
SYMPIE = "configs/streets/sympie_streets_1xb4-400.py"
NARROW = ["model.backbone.base_channels=8", "model.decode_head.in_channels=64"]


def options(data: Path, *more: str) -> list[str]:
    roots = [f"{part}_dataloader.dataset.data_root={data}/cityscapes" for part in ("train", "val")]
    roots.append(f"test_dataloader.dataset.datasets.0.data_root={data}/cityscapes")
    for index in range(1, 5):
        roots.append(f"test_dataloader.dataset.datasets.{index}.data_root={data}/acdc")
    return ["--cfg-options", *roots, *NARROW, *more]


def metrics(work_dir: Path) -> dict[str, float]:
    (file,) = work_dir.glob("*/*.json")
    scores = json.loads(file.read_text())
    return {key: value for key, value in scores.items() if not key.endswith("time")}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, run: Callable) -> Path:
    """A folder with data, a frozen network (iter_2.pth) and a trained enhancer."""
    folder = tmp_path_factory.mktemp("user")
    data = folder / "data"
    sizes = ["--size", 128, 64, "--train", 8, "--val", 3, "--adverse", 2, "--workers", 1]
    run("tools/generate_streets.py", data, *sizes)
    short = ["train_dataloader.batch_size=2", "train_cfg.max_iters=2", "train_cfg.val_interval=2"]
    crop = "train_dataloader.dataset.pipeline.3.crop_size=(64,128)"
    small = ["train_dataloader.dataset.pipeline.2.scale=(128,64)", crop]
    small.append("model.data_preprocessor.size=(64,128)")
    work = ["--work-dir", folder / "frozen"]
    run("tools/train.py", FROZEN, *work, *options(data, *short, *small))
    frozen = f"frozen_checkpoint={folder}/frozen/iter_2.pth"
    work = ["--work-dir", folder / "sympie"]
    run("tools/train.py", SYMPIE, *work, *options(data, *short, frozen))
    return folder


def test_training_writes_enhancers_and_leaves_the_network_alone(
    trained: Path, run: Callable
) -> None:
    before = torch.load(trained / "frozen/iter_2.pth", weights_only=True)["state_dict"]
    after = torch.load(trained / "sympie/iter_2.pth", weights_only=True)["state_dict"]
    assert before and all(torch.equal(after[key], value) for key, value in before.items())
    for name in ("last", "best", "teacher"):
        _enhancer, provenance = load_enhancer(trained / f"sympie/enhancer_{name}.pth")
        assert provenance["kind"] == name
    last, _ = load_enhancer(trained / "sympie/enhancer_last.pth")
    for key, value in last.state_dict().items():
        assert torch.equal(after[f"data_preprocessor.enhancer.{key}"], value)
    assert last.nem.out.weight.abs().max() > 0, "nothing was trained"


def test_full_checkpoint_and_frozen_with_file_score_the_same(trained: Path, run: Callable) -> None:
    data, out = trained / "data", trained / "predictions"
    full = ["--work-dir", trained / "full", "--out", out, "--show-dir", trained / "painted"]
    run("tools/test.py", SYMPIE, trained / "sympie/iter_2.pth", *full, *options(data))
    enhancer = f"model.data_preprocessor.enhancer={trained}/sympie/enhancer_last.pth"
    parts = ["--work-dir", trained / "parts"]
    run("tools/test.py", SYMPIE, trained / "frozen/iter_2.pth", *parts, *options(data, enhancer))
    scores = metrics(trained / "full")
    assert scores == metrics(trained / "parts")
    assert {"mIoU", "fog/mIoU", "night/mIoU", "all/mIoU", "mean_over_conditions/mIoU"} <= set(
        scores
    )
    files = sorted(out.rglob("*.png"))
    assert len(files) == 3 + 4 * 2
    assert {file.parent.name for file in files} == {"clean", "fog", "night", "rain", "snow"}
    assert all(cv2.imread(str(f), cv2.IMREAD_UNCHANGED).shape == (64, 128) for f in files)
    assert len(list((trained / "painted").rglob("*.png"))) == 3 + 4 * 2


def test_tta_keeps_the_conditions_apart(trained: Path, run: Callable) -> None:
    work = ["--work-dir", trained / "tta", "--tta"]
    run("tools/test.py", SYMPIE, trained / "sympie/iter_2.pth", *work, *options(trained / "data"))
    scores = metrics(trained / "tta")
    assert {"clean/mIoU", "fog/mIoU", "snow/mIoU", "mean_over_conditions/mIoU"} <= set(scores)


def test_compare_prints_one_table(trained: Path, run: Callable) -> None:
    data, out = trained / "data", trained / "compared.json"
    enhancer = trained / "sympie/enhancer_last.pth"
    chosen = ["--enhancers", "none", "clahe", "gamma", enhancer, "--cost-size", 128, 64]
    run(
        "tools/compare.py", SYMPIE, trained / "frozen/iter_2.pth", "--work-dir", trained / "compare",
        *chosen, "--out", out, *options(data),
    )  # fmt: skip
    results = json.loads(out.read_text())["results"]
    assert list(results) == ["none", "clahe", "gamma", str(enhancer)]
    for result in results.values():
        assert 0 <= result["metrics"]["mean_over_conditions/mIoU"] <= 100
    assert results["none"]["cost"]["parameters"] == 0
    assert 4e6 < results[str(enhancer)]["cost"]["parameters"] < 5e6
    table = out.with_suffix(".md").read_text()
    assert all(f"| {row} |" in table for row in ("clean", "fog", "night", "rain", "snow"))


def test_missing_weights_stop_the_run_with_the_mend(trained: Path, run: Callable) -> None:
    data = trained / "data"
    absent = options(data, "frozen_checkpoint=absent.pth")
    output = run("tools/train.py", SYMPIE, "--work-dir", trained / "x", *absent, fails=True)
    assert "frozen_checkpoint 'absent.pth' does not exist" in output
    work = ["--work-dir", trained / "y"]
    network = trained / "frozen/iter_2.pth"
    output = run("tools/test.py", SYMPIE, network, *work, *options(data), fails=True)
    assert (
        "the enhancer is untrained" in output and "model.data_preprocessor.enhancer=FILE" in output
    )
