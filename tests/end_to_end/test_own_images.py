"""As a user: a folder of pictures, a network, one plugged config, a training without labels, an enhancer file."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope
from mmseg.registry import MODELS

from sympie_seg.enhancer import load_enhancer
from sympie_seg.models import SyMPIESegDataPreProcessor

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        "label_free" not in inspect.signature(SyMPIESegDataPreProcessor).parameters,
        reason="the data preprocessor has no label-free loss",
    ),
]

SEGMENTER = """
default_scope = 'mmseg'
norm = dict(type='BN')
model = dict(
    type='EncoderDecoder',
    data_preprocessor=dict(
        type='SegDataPreProcessor', mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375], bgr_to_rgb=True,
        size=(64, 96)),
    backbone=dict(type='DeepLabV2ResNet', depth=18, base_channels=8, norm_cfg=norm),
    decode_head=dict(
        type='FCNHead', in_channels=64, in_index=3, channels=8, num_convs=1, num_classes=5, concat_input=False,
        norm_cfg=norm, align_corners=False, loss_decode=dict(type='CrossEntropyLoss')),
    train_cfg=dict(), test_cfg=dict(mode='whole'))
pipeline = [
    dict(type='LoadImageFromFile'), dict(type='LoadAnnotations'), dict(type='RandomCrop', crop_size=(48, 64)),
    dict(type='PackSegInputs')]
train_dataloader = dict(
    batch_size=2, num_workers=0,
    dataset=dict(type='BaseSegDataset', metainfo=dict(classes=list('abcde'), palette=[[50 * i] * 3 for i in range(5)]),
                 data_root='nowhere', pipeline=pipeline))
test_dataloader = dict(
    batch_size=1, num_workers=0, dataset=dict(type='BaseSegDataset', data_root='nowhere', pipeline=pipeline))
test_evaluator = dict(type='IoUMetric')
test_cfg = dict(type='TestLoop')
vis_backends = [dict(type='LocalVisBackend')]
visualizer = dict(type='SegLocalVisualizer', vis_backends=vis_backends, name='visualizer')
"""

CLASSIFIER = """
default_scope = 'mmpretrain'
model = dict(
    type='ImageClassifier',
    backbone=dict(type='ResNet', depth=18, base_channels=8, stem_channels=8),
    neck=dict(type='GlobalAveragePooling'),
    head=dict(type='LinearClsHead', in_channels=64, num_classes=7, loss=dict(type='CrossEntropyLoss')))
data_preprocessor = dict(num_classes=7, mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375], to_rgb=True)
pipeline = [
    dict(type='LoadImageFromFile'), dict(type='RandomResizedCrop', scale=48), dict(type='PackInputs')]
train_dataloader = dict(
    batch_size=2, num_workers=0, collate_fn=dict(type='default_collate'),
    dataset=dict(type='CustomDataset', data_root='nowhere', pipeline=pipeline))
val_dataloader = test_dataloader = train_dataloader
val_evaluator = test_evaluator = dict(type='Accuracy', topk=(1,))
test_cfg = dict(type='TestLoop')
vis_backends = [dict(type='LocalVisBackend')]
visualizer = dict(type='UniversalVisualizer', vis_backends=vis_backends, name='visualizer')
"""


def scene(seed: int) -> np.ndarray:
    """Shapes of random colours on a random ground."""
    draw = np.random.default_rng(seed)
    picture = np.full((60, 90, 3), draw.integers(0, 256, 3), np.uint8)
    for _ in range(12):
        colour, centre = draw.integers(0, 256, 3).tolist(), draw.integers(0, 90, 2).tolist()
        if draw.random() < 0.5:
            cv2.circle(picture, centre, int(draw.integers(4, 20)), colour, -1)
        else:
            cv2.rectangle(picture, centre, draw.integers(0, 90, 2).tolist(), colour, -1)
    return picture


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two sequences of eight pictures, one picture that is broken, and what does not belong there."""
    folder = tmp_path_factory.mktemp("own") / "pictures"
    for sequence, name in enumerate(("morning", "noon")):
        (folder / name).mkdir(parents=True)
        for index in range(8):
            cv2.imwrite(str(folder / name / f"{index:03}.JPG"), scene(100 * sequence + index))
    (folder / ".DS_Store").write_bytes(b"x")
    (folder / "noon/link.jpg").symlink_to(folder / "noon/000.JPG")
    return folder


def network(folder: Path, text: str) -> tuple[Path, Path]:
    """Write a config and random weights that look at the image."""
    config, weights = folder / "network.py", folder / "network.pth"
    config.write_text(text)
    read = Config.fromfile(config)
    if "data_preprocessor" in read:
        read.model.data_preprocessor = read.data_preprocessor
        from mmpretrain.registry import MODELS as models
    else:
        models = MODELS
    torch.manual_seed(0)
    with DefaultScope.overwrite_default_scope(read.default_scope):
        model = models.build(read.model)
    for module in model.modules():
        if isinstance(module, torch.nn.Conv2d | torch.nn.Linear):
            torch.nn.init.kaiming_normal_(module.weight)
    torch.save(model.state_dict(), weights)
    return config, weights


@pytest.mark.parametrize("kind", ["segmenter", "classifier"])
def test_from_plug_to_enhancer_file(
    kind: str, pictures: Path, tmp_path: Path, run: Callable
) -> None:
    if kind == "classifier":
        pytest.importorskip("mmpretrain")
    config, weights = network(tmp_path, SEGMENTER if kind == "segmenter" else CLASSIFIER)
    new, work = tmp_path / "new.py", tmp_path / "work"
    output = run(
        "tools/plug.py", config, weights, "--train", "--images", pictures, "--iterations", 4, "-o", new,
    )  # fmt: skip
    assert "16 pictures, of which 8 (50%, by folder) are held out" in output
    assert (
        "links to pictures that are listed: 1 ('noon/link.jpg'), of an operating system" in output
    )
    assert f"next: sympie-seg train {new}" in output
    small = [f"model.data_preprocessor.enhancer.thumbnail_{k}=48" for k in ("crop", "resize")]
    if kind == "classifier":
        small = [option.removeprefix("model.") for option in small]
    output = run(
        "tools/train.py", new, "--work-dir", work, "--cfg-options", *small, "train_dataloader.batch_size=4",
        "val_dataloader.batch_size=3", "train_cfg.val_interval=2", "default_hooks.logger.interval=1",
        "custom_hooks.1.interval=2",
    )  # fmt: skip
    key = "agreement/mIoU" if kind == "segmenter" else "agreement/scores"
    values = [float(value) for value in re.findall(rf"{key}: ([\d.]+)", output)]
    without = re.findall(rf"{key}_without: ([\d.]+)", output)
    assert len(values) == 2 and len(set(without)) == 1, "the network alone stays what it is"
    assert 0 < values[0] < 100
    _, provenance = load_enhancer(work / "enhancer_best.pth")
    assert provenance["validation"] == {key: pytest.approx(max(values), abs=1e-3)}
    last, _ = load_enhancer(work / "enhancer_last.pth")
    assert last.nem.out.weight.abs().max() > 0, "trained"
    before = torch.load(weights, weights_only=True)
    after = torch.load(work / "iter_4.pth", weights_only=True)["state_dict"]
    frozen = [name for name in before if not name.startswith("data_preprocessor.")]
    assert frozen and all(torch.equal(after[name], before[name]) for name in frozen)


def test_a_broken_picture_is_named(pictures: Path, tmp_path: Path, run: Callable) -> None:
    config, weights = network(tmp_path, SEGMENTER)
    own = tmp_path / "pictures"
    for source in sorted(pictures.glob("*/*.JPG")):
        target = own / source.relative_to(pictures)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(source.read_bytes())
    broken = own / "morning/003.JPG"
    broken.write_bytes(broken.read_bytes()[:300])
    new = tmp_path / "new.py"
    run("tools/plug.py", config, weights, "--train", "--images", own, "--iterations", 1, "-o", new)
    output = run("tools/train.py", new, "--work-dir", tmp_path / "work", fails=True)
    assert "003.JPG' is cut off" in output and "bad_sample='skip'" in output
