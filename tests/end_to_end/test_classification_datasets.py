"""As a user: every published classification set, and ImageNet on the fly, through tools/test.py with a tiny network."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmengine.registry import DefaultScope

pytest.importorskip("mmpretrain", reason="pip install -e '.[cls]'")

from mmpretrain.registry import MODELS

import sympie_seg.classification  # noqa: F401
from sympie_seg.cli.main import main
from sympie_seg.enhancer import SyMPIE, save_enhancer

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
WNIDS = ("n01440764", "n02129165", "n15075141")
NETWORK = dict(backbone=dict(stem_channels=4, base_channels=4), head=dict(in_channels=32))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three classes of two images in every published layout, a classifier and an enhancer."""
    root, draw = tmp_path_factory.mktemp("published"), np.random.default_rng(0)
    for tree in (
        "imagenet/val", "c/weather/fog/1", "c/weather/fog/5", "c/noise/shot_noise/1", "c/noise/shot_noise/5",
        "bar/cocentric_sine_waves/1", "bar/cocentric_sine_waves/5", "mixed/1", "mixed/2",
    ):  # fmt: skip
        for wnid in WNIDS:
            (root / tree / wnid).mkdir(parents=True)
            for index in range(2):
                image = draw.integers(0, 256, (40, 48, 3), dtype=np.uint8)
                name = f"ILSVRC2012_val_{index:08}.JPEG"
                (root / tree / wnid / name).write_bytes(cv2.imencode(".jpg", image)[1].tobytes())
    vizwiz = root / "vizwiz"
    (vizwiz / "val").mkdir(parents=True)
    names = [f"VizWiz_val_{index}.jpg" for index in range(3)]
    for name in names:
        source = root / "imagenet/val" / WNIDS[0] / "ILSVRC2012_val_00000000.JPEG"
        (vizwiz / "val" / name).write_bytes(source.read_bytes())
    categories = [dict(id=291, wordnet_id=WNIDS[1]), dict(id=999, wordnet_id=WNIDS[2])]
    (vizwiz / "annotations.json").write_text(json.dumps(dict(categories=categories, images=names)))
    save_enhancer(root / "enhancer.pth", SyMPIE(thumbnail_resize=48, thumbnail_crop=44), {})
    torch.manual_seed(0)
    with DefaultScope.overwrite_default_scope("mmpretrain"):
        backbone = dict(type="ResNet", depth=18, **NETWORK["backbone"])
        head = dict(type="LinearClsHead", num_classes=1000, **NETWORK["head"])
        model = MODELS.build(dict(type="ImageClassifier", backbone=backbone, head=head))
    torch.save(dict(state_dict=model.state_dict(), meta={}), root / "classifier.pth")
    return root


@pytest.fixture
def run_test(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict]:
    """Run sympie-seg test in this process on a config of these data, and give the metrics it wrote."""

    def start(data: str, *options: str) -> dict:
        parts = (
            "models/resnet18_cls",
            f"datasets/{data}",
            "schedules/sympie_cls_test",
            "default_runtime_cls",
        )
        bases = [str(ROOT / "configs" / "_base_" / f"{part}.py") for part in parts]
        preprocessor = dict(type="SyMPIEClsDataPreprocessor", enhancer=f"{folder}/enhancer.pth")
        model = dict(NETWORK, data_preprocessor=preprocessor)
        (tmp_path / "config.py").write_text(f"_base_ = {bases}\nmodel = {model}\n")
        words = [tmp_path / "config.py", folder / "classifier.pth", "--work-dir", tmp_path / "work"]
        cheap = ["test_dataloader.num_workers=0", "test_dataloader.persistent_workers=False"]
        cheap.append("test_dataloader.batch_size=4")
        main(["test", *map(str, words), "--cfg-options", *cheap, *options])
        (file,) = (tmp_path / "work").glob("*/*.json")
        return json.loads(file.read_text())

    return start


CLEAN = [
    "test_dataloader.dataset.clean.data_root={root}/imagenet", "test_dataloader.dataset.clean.subset=True",
    "test_dataloader.dataset.clean.pipeline.1.scale=36", "test_dataloader.dataset.clean.pipeline.2.crop_size=32",
]  # fmt: skip
TREE = [
    "test_dataloader.dataset.dataset.data_root={root}/{tree}", "test_dataloader.dataset.dataset.subset=True",
    "test_dataloader.dataset.dataset.pipeline.1.crop_size=32", "test_dataloader.dataset.severities=[1,5]",
]  # fmt: skip


def check_grid(metrics: dict, names: list[str]) -> None:
    keys = {f"{name}-{severity}/top{k}" for name in names for severity in (1, 5) for k in (1, 5)}
    assert {"clean/top1", "top1", "top5", "mean_over_conditions/top1", *keys} <= set(metrics)
    mean = sum(metrics[f"{n}-{s}/top5"] for n in names for s in (1, 5)) / (2 * len(names))
    assert metrics["mean_over_conditions/top5"] == pytest.approx(mean, abs=0.01)
    assert metrics["all/top1"] <= metrics["all/top5"] <= 100


@pytest.mark.parametrize(
    ("data", "tree", "names"),
    [
        ("imagenet-c", "c", ["fog", "shot_noise"]),
        ("imagenet-c-bar", "bar", ["concentric_sine_waves"]),
    ],
)
def test_published_grid(
    data: str, tree: str, names: list[str], run_test: Callable, folder: Path
) -> None:
    options = [o.format(root=folder, tree=tree) for o in [*CLEAN, *TREE]]
    metrics = run_test(
        data, *options, f"test_dataloader.dataset.corruptions={names}".replace(" ", "")
    )
    check_grid(metrics, names)


def test_mixed(run_test: Callable, folder: Path) -> None:
    part = "test_dataloader.dataset.datasets"
    metrics = run_test(
        "imagenet-c-mixed",
        f"{part}.0.data_root={folder}/imagenet", f"{part}.0.subset=True", f"{part}.0.pipeline.1.scale=36",
        f"{part}.0.pipeline.2.crop_size=32", f"{part}.1.data_root={folder}/mixed", f"{part}.1.subset=True",
        f"{part}.1.pipeline.1.crop_size=32",
    )  # fmt: skip
    assert {"clean/top1", "severity-1/top5", "severity-2/top5", "all/top1"} <= set(metrics)


def test_on_the_fly(run_test: Callable, folder: Path) -> None:
    own = "test_dataloader.dataset.dataset"
    metrics = run_test(
        "imagenet_224",
        f"{own}.data_root={folder}/imagenet", f"{own}.subset=True", f"{own}.pipeline.1.scale=36",
        f"{own}.pipeline.2.crop_size=32", "test_dataloader.dataset.corruptions=[darken,fog]",
        "test_dataloader.dataset.severities=[1,5]",
        # Only the test is of interest.
        "train_dataloader=None", "val_dataloader=None", "val_evaluator=None",
    )  # fmt: skip
    check_grid(metrics, ["darken", "fog"])


def test_vizwiz(run_test: Callable, folder: Path, tmp_path: Path) -> None:
    own = "test_dataloader.dataset"
    metrics = run_test(
        "vizwiz",
        f"{own}.data_root={folder}/vizwiz", f"{own}.pipeline.1.scale=36", f"{own}.pipeline.2.crop_size=32",
        f"test_evaluator.output_dir={tmp_path}/out",
    )  # fmt: skip
    assert metrics["vizwiz/images"] == 3
    written = json.loads((tmp_path / "out" / "vizwiz_submission.json").read_text())
    assert len(written) == 3 and set(written.values()) <= {291, 999}


def test_a_folder_that_is_not_there(run_test: Callable, folder: Path) -> None:
    options = [o.format(root=folder, tree="nowhere") for o in [*CLEAN, *TREE]]
    with pytest.raises(
        SystemExit,
        match=r"nowhere' \(data_root\) does not exist. Expected gaussian_noise/1/",
    ):
        run_test("imagenet-c", *options)
