"""Accuracies on original, corrupted and enhanced images: compared with predictions made by hand."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmengine.config import ConfigDict
from mmengine.logging import MessageHub
from mmengine.registry import HOOKS, DefaultScope
from torch import Tensor, nn

pytest.importorskip("mmpretrain", reason="pip install -e '.[cls]'")

from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample

import sympie_seg.classification  # noqa: F401  (registers)

RGB = dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375], to_rgb=True)
COUNT = 8


class Darken(nn.Module):
    """An enhancer that halves what it sees in eval mode, and spoils it in training."""

    def forward(self, images: Tensor) -> Tensor:
        return 0 * images if self.training else images / 2 - 1


@pytest.fixture
def model() -> nn.Module:
    with DefaultScope.overwrite_default_scope("mmpretrain"):
        model = MODELS.build(
            ConfigDict(
                type="ImageClassifier",
                data_preprocessor=dict(type="SyMPIEClsDataPreprocessor", two_step=True, **RGB),
                backbone=dict(type="ResNet", depth=18, stem_channels=8, base_channels=8),
                neck=dict(type="GlobalAveragePooling"),
                head=dict(type="LinearClsHead", num_classes=4, in_channels=64, topk=(1,)),
            )
        )
    model.data_preprocessor.enhancer = Darken()
    nn.init.normal_(model.head.fc.weight)
    model.train()
    model.backbone.eval()
    return model


def data(keep_clean: bool) -> dict:
    inputs = [torch.randint(0, 256, (3, 40, 50), dtype=torch.uint8) for _ in range(COUNT)]
    samples = []
    for _ in range(COUNT):
        sample = DataSample().set_gt_label(int(torch.randint(0, 4, ())))
        if keep_clean:  # mirrored, as RandomFlip leaves it: a view
            image = np.random.randint(0, 256, (40, 50, 3), dtype=np.uint8)[:, ::-1]
            sample.set_metainfo(dict(clean_img=image))
        samples.append(sample)
    return dict(inputs=inputs, data_samples=samples)


def expected(model: nn.Module, images: list[Tensor], labels: list[int], darken: bool) -> float:
    """Percent of hits of the bare network on normalised RGB images."""
    mean, std = (torch.tensor(RGB[key]).view(3, 1, 1) for key in ("mean", "std"))
    batch = torch.stack([(image.flip(0).float() - mean) / std for image in images])
    batch = batch / 2 - 1 if darken else batch
    with torch.no_grad():
        scores = model.head.fc(model.neck(model.backbone(batch))[-1])
    return 100 * float((scores.argmax(1) == torch.tensor(labels)).float().mean())


def run(model: nn.Module, batch: dict, iteration: int, interval: int = 2) -> dict[str, float]:
    hub = MessageHub(f"hook_{torch.randint(0, 10**9, ())}")
    hook = HOOKS.build(dict(type="InputAccuracyHook", interval=interval))
    runner = SimpleNamespace(model=model, message_hub=hub, iter=iteration)
    hook.after_train_iter(runner, iteration, batch, {})
    return {name: log.current() for name, log in hub.log_scalars.items()}


@pytest.mark.parametrize("keep_clean", [True, False])
def test_logs_what_the_network_gets_right(model: nn.Module, keep_clean: bool) -> None:
    batch = data(keep_clean)
    labels = [sample.gt_label.item() for sample in batch["data_samples"]]
    wanted = {
        "train/top1_corrupted": expected(model, batch["inputs"], labels, False),
        "train/top1_enhanced": expected(model, batch["inputs"], labels, True),
    }
    if keep_clean:
        clean = [s.clean_img.copy() for s in batch["data_samples"]]
        images = [torch.from_numpy(image).permute(2, 0, 1) for image in clean]
        wanted["train/top1_original"] = expected(model, images, labels, False)
    assert run(model, batch, 1) == pytest.approx(wanted)
    assert model.data_preprocessor.enhancer.training, "the student continues to train"
    assert not any("pred_label" in sample for sample in batch["data_samples"])


def test_keeps_its_interval(model: nn.Module) -> None:
    assert run(model, data(True), 0) == {} and run(model, data(True), 1) != {}
