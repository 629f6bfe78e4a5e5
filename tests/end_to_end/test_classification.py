"""As a user: generate streets, cut crops, train a classifier, freeze it, train SyMPIE in front of it, test, compare."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from mmengine.fileio import load

from sympie_seg.enhancer import load_enhancer

pytestmark = pytest.mark.slow

pytest.importorskip("mmpretrain", reason="pip install -e '.[cls]'")

FOLDER = "configs/classification/streets-crops"
FROZEN = f"{FOLDER}/resnet18-w32_1xb64-300_streets-crops-64.py"
SYMPIE = f"{FOLDER}/sympie_streets-crops_1xb16-300.py"
NARROW = [
    "model.backbone.stem_channels=8",
    "model.backbone.base_channels=8",
    "model.head.in_channels=64",
]
THUMBNAIL = [f"model.data_preprocessor.enhancer.thumbnail_{k}=48" for k in ("crop", "resize")]
GRID = "test_dataloader.dataset"


def options(crops: Path, *more: str, grid: bool = True) -> list[str]:
    roots = [f"{part}_dataloader.dataset.data_root={crops}" for part in ("train", "val")]
    if grid:
        roots += [f"{GRID}.dataset.data_root={crops}", f"{GRID}.severities=(3,)"]
        roots.append(f"{GRID}.corruptions=['fog','gaussian_noise']")
    else:
        roots.append(f"{GRID}.data_root={crops}")
    return ["--cfg-options", *roots, *NARROW, *more]


SHORT = ["train_dataloader.batch_size=4", "train_cfg.max_iters=2", "train_cfg.val_interval=2"]
OFTEN = [
    "custom_hooks.1.interval=1",
    "custom_hooks.3.interval=1",
    "default_hooks.logger.interval=1",
]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, run: Callable) -> Path:
    """A folder with crops, a frozen classifier (iter_2.pth), a trained enhancer and what its training said."""
    folder = tmp_path_factory.mktemp("classifier")
    streets, crops = folder / "streets", folder / "crops"
    sizes = ["--size", 256, 128, "--train", 12, "--val", 10, "--adverse", 0, "--workers", 1]
    run("tools/generate_streets.py", streets, *sizes)
    cut = ["tools/dataset_converters/crops.py", "cityscapes", streets / "cityscapes", crops]
    most = ["--most", "train=4", "val=2", "test=2", "--nproc", 1]
    output = run(*cut, *most)
    assert "train: 24 crops (road 4, building 4," in output
    work = ["--work-dir", folder / "frozen"]
    run("tools/train.py", FROZEN, *work, *options(crops, *SHORT, grid=False))
    frozen = f"frozen_checkpoint={folder}/frozen/iter_2.pth"
    work = ["--work-dir", folder / "sympie"]
    output = run(
        "tools/train.py", SYMPIE, *work, *options(crops, *SHORT, *OFTEN, *THUMBNAIL, frozen)
    )
    (folder / "said.txt").write_text(output)
    return folder


def test_training_freezes_the_classifier_and_writes_enhancers(trained: Path) -> None:
    before = torch.load(trained / "frozen/iter_2.pth", weights_only=True)["state_dict"]
    after = torch.load(trained / "sympie/iter_2.pth", weights_only=True)["state_dict"]
    assert before and all(torch.equal(after[key], value) for key, value in before.items())
    for name in ("last", "best", "teacher"):
        enhancer, provenance = load_enhancer(trained / f"sympie/enhancer_{name}.pth")
        assert provenance["kind"] == name and enhancer.thumbnail_crop == 48
        assert name != "best" or set(provenance["validation"]) == {"accuracy/top1"}
    last, _ = load_enhancer(trained / "sympie/enhancer_last.pth")
    assert last.nem.out.weight.abs().max() > 0, "nothing was trained"
    assert torch.equal(
        after["data_preprocessor.enhancer.nem.out.weight"], last.nem.out.weight.detach()
    )


def test_accuracies_of_original_corrupted_and_enhanced_are_logged(trained: Path) -> None:
    output = (trained / "said.txt").read_text()
    for name in ("top1_original", "top1_corrupted", "top1_enhanced", "step1.accuracy_top-1"):
        values = [float(v) for v in re.findall(rf"{re.escape(name)}: ([\d.]+)", output)]
        assert len(values) == 2 and all(0 <= value <= 100 for value in values)
    assert "loss1:" in output and "loss2:" in output


def test_resuming_continues_and_skips_what_is_done(trained: Path, run: Callable) -> None:
    more = [*SHORT[:1], "train_cfg.max_iters=3", "train_cfg.val_interval=3", *THUMBNAIL]
    more.append("frozen_checkpoint=absent.pth")  # a resumed run has it in its checkpoint
    folder = trained / "resumed"
    folder.mkdir()
    for name in ("iter_2.pth", "enhancer_best.pth"):
        (folder / name).write_bytes((trained / "sympie" / name).read_bytes())
    work = ["--work-dir", folder, "--resume"]
    output = run("tools/train.py", SYMPIE, *work, *options(trained / "crops", *more))
    assert "resumed epoch: 0, iter: 2" in output and (folder / "iter_3.pth").is_file()


def test_metrics_predictions_and_pictures(trained: Path, run: Callable) -> None:
    """Full checkpoint with metrics; classifier and enhancer file with predictions: the same numbers."""
    crops, metrics, painted = trained / "crops", trained / "metrics.json", trained / "painted"
    out = ["--out", metrics, "--out-item", "metrics", "--show-dir", painted]
    words = [*out, "--work-dir", trained / "full", *options(crops, *THUMBNAIL)]
    output = run("tools/test.py", SYMPIE, trained / "sympie/iter_2.pth", *words)
    scores = json.loads(metrics.read_text())
    assert {"top1", "top5", "clean/top1", "fog-3/top1", "mean_over_conditions/top1"} <= set(scores)
    assert "top1 (%) at severity" in output
    pictures = sorted(painted.rglob("*.png"))
    assert len(pictures) == 3 * 12
    assert {p.parent.name for p in pictures} == {"clean", "fog-3", "gaussian_noise-3"}
    enhancer = f"model.data_preprocessor.enhancer={trained}/sympie/enhancer_last.pth"
    words = ["--out", trained / "predictions.pkl", "--work-dir", trained / "parts"]
    network = trained / "frozen/iter_2.pth"
    run("tools/test.py", SYMPIE, network, *words, "--tta", *options(crops, enhancer))
    mirrored = load(trained / "predictions.pkl")
    assert len(mirrored) == 3 * 12 and mirrored[0]["pred_score"].shape == (6,)


def test_compare_gives_the_grid(trained: Path, run: Callable) -> None:
    network, enhancer = trained / "frozen/iter_2.pth", trained / "sympie/enhancer_last.pth"
    work = ["--work-dir", trained / "compare", "--enhancer", "none", enhancer, "--no-cost"]
    run("tools/compare.py", SYMPIE, network, *work, *options(trained / "crops"))
    content = json.loads((trained / "compare/comparison.json").read_text())
    assert content["task"] == "classification" and content["metric"] == "top1"
    assert content["grid"]["corruptions"] == ["fog", "gaussian_noise"]
    own = content["enhancers"][1]["name"]
    rows = {row["name"]: row for row in content["rows"]}
    metrics = trained / "metrics.json"
    if metrics.is_file():  # the same numbers as tools/test.py
        scores = json.loads(metrics.read_text())
        for name in ("clean", "fog-3", "gaussian_noise-3"):
            expected = pytest.approx(scores[f"{name}/top1"], abs=0.01)
            assert rows[name]["scores"][own]["top1"] == expected


class TestClearMessages:
    """What a user reads where something is wrong."""

    def test_kind_of_file(self, trained: Path, run: Callable) -> None:
        network = trained / "frozen/iter_2.pth"
        words = ["--out", "folder", *options(trained / "crops")]
        output = run("tools/test.py", SYMPIE, network, *words, fails=True)
        assert "--out 'folder' should end in .pkl, .pickle for pred" in output
        assert "Traceback" not in output
