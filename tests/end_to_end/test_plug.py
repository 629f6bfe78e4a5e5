"""tools/plug.py and what its configs are for: night benchmarks, testing and training in front of zoo networks."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import cv2
import mmseg
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope
from mmengine.runner import Runner
from mmseg.registry import MODELS

from sympie_seg.enhancer import load_enhancer
from sympie_seg.enhancer.shipped import CITYSCAPES
from sympie_seg.streets.writers import write_cityscapes, write_dark_zurich

ROOT = Path(__file__).resolve().parents[2]
STOCK_TOOLS = Path(mmseg.__file__).parent / ".mim" / "tools"
NIGHT = "pspnet_r50-d8_4xb2-40k_cityscapes-512x1024_{}-1920x1080.py"
NETWORKS = ("pspnet_r50-d8_4xb2-40k", "pspnet_r101-d8_4xb2-40k", "pspnet_r101b-d8_4xb2-80k")
PSPNET = "mmseg::pspnet/pspnet_r50-d8_4xb2-40k_cityscapes-512x1024.py"
NARROW = {
    "model.backbone.base_channels": 4, "model.decode_head.in_channels": 128, "model.decode_head.channels": 8,
    "model.auxiliary_head.in_channels": 64, "model.auxiliary_head.channels": 8,
}  # fmt: skip


def words(options: dict) -> list[str]:
    return [f"{key}={value}".replace(" ", "") for key, value in options.items()]


def scores(folder: Path) -> dict[str, float]:
    (file,) = folder.glob("*/*.json")
    return json.loads(file.read_text().splitlines()[-1])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Streets in the layouts of Cityscapes, Dark Zurich and Nighttime Driving, and a narrow PSPNet."""
    folder = tmp_path_factory.mktemp("plug")
    write_cityscapes(folder / "cityscapes", {"train": 4, "val": 2}, size=(128, 64))
    write_dark_zurich(folder / "dark_zurich", 2, size=(128, 64))
    night = folder / "night"
    for path in sorted((folder / "dark_zurich").rglob("*.png")):
        if path.stem.endswith("_gt_labelTrainIds"):
            stem, kind = path.stem.removesuffix("_gt_labelTrainIds"), "gtCoarse_labelTrainIds"
            target = night / "gtCoarse_daytime_trainvaltest/test/night" / f"{stem}_{kind}.png"
        elif path.stem.endswith("_rgb_anon") and "_ref_" not in path.stem:
            stem = path.stem.removesuffix("_rgb_anon")
            target = night / "leftImg8bit/test/night" / f"{stem}_leftImg8bit.png"
        else:
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    config = Config.fromfile(ROOT / "configs/night" / NIGHT.format("dark-zurich"))
    config.merge_from_dict(NARROW)
    torch.manual_seed(0)
    with DefaultScope.overwrite_default_scope("mmseg"):
        network = MODELS.build(config.model)
    for module in network.modules():
        if isinstance(module, torch.nn.Conv2d):  # random, but not deaf to the image
            torch.nn.init.kaiming_normal_(module.weight)
    torch.save(network.state_dict(), folder / "network.pth")
    return folder


def stock_score(folder: Path) -> float:
    """mIoU of mmseg's own config, by mmengine's own runner."""
    (folder / "stock.py").write_text(f"_base_ = 'mmseg::pspnet/{NIGHT.format('dark-zurich')}'")
    config = Config.fromfile(folder / "stock.py")
    data = "test_dataloader.dataset"
    config.merge_from_dict(
        NARROW
        | {f"{data}.data_root": f"{folder}/dark_zurich", f"{data}.pipeline.1.scale": (128, 64)}
        | {"test_dataloader.num_workers": 0, "test_dataloader.persistent_workers": False}
        | {"test_dataloader.batch_size": 1, "load_from": f"{folder}/network.pth"}
        | {"work_dir": f"{folder}/stock", "experiment_name": "stock"}
    )
    (sequence,) = (folder / "dark_zurich/rgb_anon/val/night").iterdir()
    assert sequence.name == "GOPR0356"
    return Runner.from_cfg(config).test()["mIoU"]


class TestNightBenchmarks:
    @pytest.mark.slow
    @pytest.mark.parametrize("name", ["dark-zurich", "night-driving"])
    def test_before_and_after_in_one_command(
        self, name: str, folder: Path, enhancer_file: Path, run: Callable
    ) -> None:
        root = (
            folder
            / dict(zip(("dark-zurich", "night-driving"), ("dark_zurich", "night"), strict=True))[
                name
            ]
        )
        options = words(
            NARROW
            | {"test_dataloader.dataset.data_root": root}
            | {"test_dataloader.dataset.pipeline.1.scale": "(128,64)"}
        )
        out = folder / f"{name}.json"
        output = run(
            "tools/compare.py", f"configs/night/{NIGHT.format(name)}", folder / "network.pth",
            "--enhancer", "none", enhancer_file, "--no-cost", "--no-report", "--resamples", 50,
            "--out", out, "--work-dir", folder / f"compare_{name}", "--cfg-options", *options,
        )  # fmt: skip
        comparison = json.loads(out.read_text())
        (row,) = (row for row in comparison["rows"] if row["kind"] == "condition")
        assert row["name"] == {"dark-zurich": "dark_zurich_val"}.get(name, "nighttime_driving")
        assert row["images"] == 2 and row["name"] in output
        before, after = (row["scores"][e["name"]]["mIoU"] for e in comparison["enhancers"])
        assert before != after
        if name == "dark-zurich":
            assert before == pytest.approx(stock_score(folder), abs=0.01)

    @pytest.mark.parametrize("network", NETWORKS)
    @pytest.mark.parametrize("name", ["dark-zurich", "night-driving"])
    def test_nothing_but_the_enhancer_is_new(self, network: str, name: str) -> None:
        file = f"{network}_cityscapes-512x1024_{name}-1920x1080.py"
        ours = Config.fromfile(ROOT / "configs/night" / file).to_dict()
        stock = Config.fromfile(STOCK_TOOLS.parent / "configs/pspnet" / file).to_dict()
        assert (
            ours["frozen_checkpoint"]
            .split("/")[-1]
            .startswith(network.split("_4xb2")[0] + "_512x1024")
        )
        preprocessor = ours["model"].pop("data_preprocessor")
        assert preprocessor.pop("enhancer") == CITYSCAPES
        assert bare(preprocessor) == bare(stock["model"].pop("data_preprocessor")) | dict(
            type="SyMPIESegDataPreProcessor"
        )
        assert bare(ours["model"]) == bare(stock["model"])
        theirs, tested = (c["test_dataloader"]["dataset"] for c in (stock, ours))
        assert tested["data_prefix"] == theirs["data_prefix"]
        assert tested["data_root"] == theirs["data_root"]


def bare(value: object) -> object:
    """Without the scopes that mmengine writes into what is inherited from a library."""
    if isinstance(value, dict):
        return {key: bare(item) for key, item in value.items() if key != "_scope_"}
    return [bare(item) for item in value] if isinstance(value, (list, tuple)) else value


@pytest.mark.slow
class TestZooConfig:
    @pytest.fixture(scope="class")
    @staticmethod
    def options(folder: Path) -> list[str]:
        parts = ("train", "val", "test")
        roots = {f"{part}_dataloader.dataset.data_root": folder / "cityscapes" for part in parts}
        small = {"train_dataloader.dataset.pipeline.2.scale": "(128,64)"}
        small |= {"train_dataloader.dataset.pipeline.3.crop_size": "(64,128)"}
        small |= {f"{part}_dataloader.dataset.pipeline.1.scale": "(128,64)" for part in parts[1:]}
        return [
            "--cfg-options",
            *words(NARROW | roots | small | {"model.data_preprocessor.size": "(64,128)"}),
        ]

    def test_is_tested_by_our_tools_and_mmsegs(
        self, folder: Path, options: list[str], enhancer_file: Path, run: Callable
    ) -> None:
        config = folder / "plugged.py"
        command = ["tools/plug.py", PSPNET, "--enhancer", enhancer_file, "-o", config, *options]
        output = run(*command)
        assert (
            f"next: sympie-seg test {config} CHECKPOINT" in output and "full config" not in output
        )
        text = config.read_text()
        assert f"_base_ = '{PSPNET}'" in text and "SyMPIESegDataPreProcessor" in text
        assert "is there already" in run(*command, fails=True)
        results = {}
        for name, tool in (("ours", "tools/test.py"), ("mmsegs", STOCK_TOOLS / "test.py")):
            output = run(tool, config, folder / "network.pth", "--work-dir", folder / name)
            assert "Enhancer loaded from" in output
            results[name] = scores(folder / name)["mIoU"]
        assert results["ours"] == results["mmsegs"]

    def test_is_trained(self, folder: Path, options: list[str], run: Callable) -> None:
        config, network = folder / "training.py", folder / "network.pth"
        output = run(
            "tools/plug.py", PSPNET, "--train", "--checkpoint", network, "--iterations", 2, "-o", config, *options,
            "train_dataloader.batch_size=2",
        )  # fmt: skip
        assert "the corruptions stand in for PhotoMetricDistortion" in output
        run(
            "tools/train.py", config, "--work-dir", folder / "trained",
            "--cfg-options", "train_dataloader.batch_size=2",
        )  # fmt: skip
        enhancer, provenance = load_enhancer(folder / "trained/enhancer_last.pth")
        assert enhancer.nem.out.weight.abs().max() > 0 and provenance["iteration"] == 2
        assert (folder / "trained/enhancer_best.pth").is_file(), "validated"
        before = torch.load(network, weights_only=True)
        after = torch.load(folder / "trained/iter_2.pth", weights_only=True)["state_dict"]
        frozen = [key for key in before if not key.startswith("data_preprocessor.")]
        assert len(frozen) > 300 and all(torch.equal(after[key], before[key]) for key in frozen)

    def test_errors_are_one_line(self, folder: Path, enhancer_file: Path, run: Callable) -> None:
        (folder / "other.py").write_text("a = 1")
        command = ["tools/plug.py", folder / "other.py", "--enhancer", enhancer_file]
        output = run(*command, "-o", folder / "never.py", fails=True)
        assert "error: not a config of mmseg or mmpretrain" in output and "Traceback" not in output
        assert not (folder / "never.py").exists()


CLASSIFIER = """
_base_ = 'mmpretrain::resnet/resnet50_8xb32-mixup_in1k.py'
model = dict(backbone=dict(depth=18), head=dict(in_channels=512, num_classes=2))
data_preprocessor = dict(num_classes=2)
load, pack = dict(type='LoadImageFromFile'), dict(type='PackInputs')
crop = dict(type='RandomResizedCrop', scale=32)
pictures = dict(_delete_=True, type='CustomDataset', data_root='{root}')
train_dataloader = dict(
    num_workers=0, persistent_workers=False,
    dataset=dict(pictures, data_prefix='train', pipeline=[load, crop, pack]),
)
val_dataloader = dict(
    num_workers=0, persistent_workers=False,
    dataset=dict(pictures, data_prefix='val', pipeline=[load, pack]),
)
val_evaluator = dict(topk=(1,))
"""


@pytest.mark.slow
def test_classifier_is_trained(tmp_path: Path, run: Callable) -> None:
    """A config of mmpretrain that mixes images; its enhancer is trained on a folder of pictures."""
    pytest.importorskip("mmpretrain")
    draw = np.random.default_rng(0)
    for split in ("train", "val"):
        for name in ("a", "b"):
            (tmp_path / split / name).mkdir(parents=True)
            for index in range(2):
                picture = draw.integers(0, 256, (48, 64, 3), dtype=np.uint8)
                assert cv2.imwrite(str(tmp_path / split / name / f"{index}.png"), picture)
    (tmp_path / "mine.py").write_text(CLASSIFIER.format(root=tmp_path))
    config = tmp_path / "new.py"
    output = run("tools/plug.py", tmp_path / "mine.py", "--train", "--iterations", 2, "-o", config)
    assert "mixing of images" in output and "_base_ = './mine.py'" in config.read_text()
    cfg = Config.fromfile(config)
    with DefaultScope.overwrite_default_scope("mmpretrain"):
        from mmpretrain.registry import MODELS as CLASSIFIERS

        torch.manual_seed(0)
        network = CLASSIFIERS.build(cfg.model | dict(data_preprocessor=dict(num_classes=2)))
    torch.save(network.state_dict(), tmp_path / "network.pth")
    run(
        "tools/train.py", config, "--work-dir", tmp_path / "work", "--cfg-options",
        f"frozen_checkpoint={tmp_path}/network.pth", "train_dataloader.batch_size=2",
    )  # fmt: skip
    enhancer, _ = load_enhancer(tmp_path / "work/enhancer_best.pth")
    assert enhancer.nem.out.weight.abs().max() > 0
