"""Networks of torchvision through every tool: an enhancer is trained, tested, compared, transferred, exported."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torchvision.models import squeezenet1_0
from torchvision.models.segmentation import lraspp_mobilenet_v3_large

from sympie_seg.enhancer import load_enhancer
from sympie_seg.streets.writers import write_acdc, write_cityscapes

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]
CONFIG = f"""
_base_ = [
    '{ROOT}/configs/_base_/datasets/streets-corrupted_256x128.py',
    '{ROOT}/configs/_base_/schedules/sympie_400.py',
    '{ROOT}/configs/_base_/default_runtime.py',
]
model = dict(
    type='TorchNetwork',
    factory='torchvision.models.segmentation:lraspp_mobilenet_v3_large',  # runs code of torchvision
    factory_args=dict(weights=None, weights_backbone=None, num_classes=19),
    checkpoint='WEIGHTS',
    mean=[0.485, 0.456, 0.406],
    std=[0.229, 0.224, 0.225],
    output='out',
    data_preprocessor=dict(
        type='SyMPIESegDataPreProcessor',
        enhancer=dict(type='SyMPIE', thumbnail_resize=48, thumbnail_crop=48),
        two_step=True,
    ),
)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Streets, a network's weights in torchvision's own names, and a config."""
    folder = tmp_path_factory.mktemp("torch_network")
    write_cityscapes(folder / "cityscapes", {"train": 4, "val": 2}, size=(128, 64))
    write_acdc(folder / "acdc", {"val": 1}, size=(128, 64))
    torch.manual_seed(0)
    network = lraspp_mobilenet_v3_large(weights=None, weights_backbone=None, num_classes=19)
    torch.save({f"module.{k}": v for k, v in network.state_dict().items()}, folder / "network.pth")
    (folder / "config.py").write_text(CONFIG.replace("WEIGHTS", str(folder / "network.pth")))
    return folder


def options(folder: Path, *more: str) -> list[str]:
    parts = [f"test_dataloader.dataset.datasets.{number}" for number in range(5)]
    roots = [f"{parts[0]}.data_root={folder}/cityscapes"]
    roots += [f"{part}.data_root={folder}/acdc" for part in parts[1:]]
    roots += [
        f"{part}_dataloader.dataset.data_root={folder}/cityscapes" for part in ("train", "val")
    ]
    return ["--cfg-options", *roots, *more]


@pytest.fixture(scope="module")
def trained(folder: Path, run: Callable) -> Path:
    """The enhancer's file after two iterations."""
    short = ["train_dataloader.batch_size=2", "train_cfg.max_iters=2", "train_cfg.val_interval=2"]
    often = ["default_hooks.checkpoint.interval=2", "custom_hooks.0.interval=2"]
    work = ["--work-dir", folder / "work"]
    run("tools/train.py", folder / "config.py", *work, *options(folder, *short, *often))
    return folder / "work/enhancer_last.pth"


def test_the_enhancer_is_trained_and_the_network_stays(folder: Path, trained: Path) -> None:
    before = torch.load(folder / "network.pth", weights_only=True)
    after = torch.load(folder / "work/iter_2.pth", weights_only=True)["state_dict"]
    for key, value in before.items():
        assert torch.equal(after["network." + key.removeprefix("module.")], value), key
    enhancer, provenance = load_enhancer(trained)
    assert enhancer.nem.out.weight.abs().max() > 0
    assert provenance["frozen_checkpoint"] == str(folder / "network.pth")


def test_tested_by_both_kinds_of_checkpoint(folder: Path, trained: Path, run: Callable) -> None:
    words = ["tools/test.py", folder / "config.py"]
    more = options(folder, f"model.data_preprocessor.enhancer={trained}")
    outputs = [
        run(*words, path, "--work-dir", folder / "tested", *more)
        for path in (folder / "network.pth", folder / "work/iter_2.pth")
    ]
    scores = [re.findall(r"night/mIoU: ([\d.]+)", text) for text in outputs]
    assert scores[0] and scores[0] == scores[1]
    assert "missing keys" not in outputs[0]
    other = squeezenet1_0(weights=None).state_dict()
    torch.save(other, folder / "other.pth")
    output = run(*words, folder / "other.pth", "--work-dir", folder / "t", *more, fails=True)
    assert "other.pth' does not fit the network" in output


def test_compared(folder: Path, trained: Path, run: Callable) -> None:
    work = [
        "--work-dir",
        folder / "compared",
        "--cost-size",
        64,
        32,
        "--resamples",
        50,
        "--no-report",
    ]
    words = ["tools/compare.py", folder / "config.py", "--enhancer", "none", trained, *work]
    run(*words, *options(folder))
    content = json.loads((folder / "compared/comparison.json").read_text())
    assert content["network"]["backbone"] == "lraspp_mobilenet_v3_large"
    assert content["network"]["checkpoint"] == str(folder / "network.pth")
    assert {row["name"] for row in content["rows"]} >= {"clean", "fog", "night", "rain", "snow"}


def test_transferred(folder: Path, trained: Path, run: Callable) -> None:
    network = f"here={folder}/config.py:{folder}/network.pth"
    words = [
        "--networks",
        network,
        "--enhancers",
        f"here={trained}",
        "--work-dir",
        folder / "moved",
    ]
    output = run("tools/transfer.py", *words, *options(folder))
    assert "here (lraspp_mobilenet_v3_large)" in output


@pytest.mark.parametrize("kind", ["pt2", "onnx"])
def test_exported(kind: str, folder: Path, trained: Path, run: Callable) -> None:
    if kind == "onnx":
        pytest.importorskip("onnxruntime", reason="pip install -e '.[export]'")
    words = ["tools/export.py", folder / "config.py", folder / "network.pth", "--enhancer", trained]
    sizes = ["--sizes", "64x96", "--out", folder / f"network.{kind}"]
    output = run(*words, "--format", kind, *sizes)
    assert "| 1 x 3" not in output and "uint8 RGB" in output and "classes" in output


def test_a_classifier_is_exported(folder: Path, trained: Path, run: Callable) -> None:
    pytest.importorskip("mmpretrain", reason="pip install -e '.[cls]'")
    torch.manual_seed(0)
    torch.save(squeezenet1_0(weights=None).state_dict(), folder / "squeezenet.pth")
    (folder / "classifier.py").write_text(
        "default_scope = 'mmpretrain'\n"
        "model = dict(type='TorchNetwork', factory='torchvision.models:squeezenet1_0', task='classification',\n"
        "    mean=[104, 117, 123], std=[1, 1, 1], order='bgr', max_pixel_value=255)\n"
    )
    words = ["tools/export.py", folder / "classifier.py", folder / "squeezenet.pth"]
    out = folder / "classifier.pt2"
    run(
        *words, "--enhancer", trained, "--sizes", "96x96", "128x100", "--order", "bgr", "--out", out
    )
    program = torch.export.load(out).module()
    logits, classes = program(torch.randint(0, 256, (2, 3, 90, 90), dtype=torch.uint8))
    assert logits.shape == (2, 1000) and torch.equal(logits.argmax(1), classes)


OWN_IMAGES = {
    "segmentation": "factory='torchvision.models.segmentation:lraspp_mobilenet_v3_large', output='out',\n"
    "    factory_args=dict(weights=None, weights_backbone=None, num_classes=19), mean=[0.485, 0.456, 0.406],\n"
    "    std=[0.229, 0.224, 0.225]",
    "classification": "factory='torchvision.models:squeezenet1_0', task='classification', mean=[104, 117, 123],\n"
    "    std=[1, 1, 1], order='bgr', max_pixel_value=255",
}


@pytest.mark.parametrize("task", OWN_IMAGES)
def test_trained_on_pictures_without_labels(
    task: str, folder: Path, tmp_path: Path, run: Callable
) -> None:
    """A config that holds nothing but the network, and a folder of pictures."""
    config, new, weights = tmp_path / "network.py", tmp_path / "new.py", folder / "network.pth"
    kind, scope = "SegLocalVisualizer", "mmseg"
    if task == "classification":
        pytest.importorskip("mmpretrain", reason="pip install -e '.[cls]'")
        kind, scope, weights = "UniversalVisualizer", "mmpretrain", tmp_path / "squeezenet.pth"
        torch.save(squeezenet1_0(weights=None).state_dict(), weights)
    config.write_text(
        f"default_scope = '{scope}'\nmodel = dict(type='TorchNetwork', {OWN_IMAGES[task]})\n"
        f"visualizer = dict(type='{kind}', vis_backends=[dict(type='LocalVisBackend')], name='visualizer')\n"
    )
    pictures = ["--images", folder / "cityscapes/leftImg8bit", "--split-by", "file"]
    pictures += ["--crop", 64, 64, "--holdout", 0.4, "--iterations", 2]
    run("tools/plug.py", config, weights, "--train", *pictures, "-o", new)
    small = [f"model.data_preprocessor.enhancer.thumbnail_{k}=48" for k in ("crop", "resize")]
    few = ["train_dataloader.batch_size=2", "val_dataloader.batch_size=1"]
    few.append("test_dataloader=None")  # which the fixture's options make: the config has none
    work = tmp_path / "work"
    run("tools/train.py", new, "--work-dir", work, "--cfg-options", *small, *few)
    enhancer, provenance = load_enhancer(work / "enhancer_last.pth")
    assert enhancer.nem.out.weight.abs().max() > 0, "nothing was trained"
    assert provenance["frozen_checkpoint"] == str(weights)
    before = torch.load(weights, weights_only=True)
    after = torch.load(work / "iter_2.pth", weights_only=True)["state_dict"]
    assert all(
        torch.equal(after["network." + k.removeprefix("module.")], v) for k, v in before.items()
    )
