"""One image without and with the enhancer, compared with what the model itself gives."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from mmengine.config import ConfigDict
from mmengine.registry import DefaultScope
from torch import nn

from sympie_seg.engine.hooks.prediction_strip_hook import _draw, prediction_of
from sympie_seg.enhancer import WarpParameters
from sympie_seg.visualization.before_after import before_and_after


class Brighter(nn.Module):
    """An enhancer that adds a tenth of the range to red, and says so."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return torch.stack(
            [image + torch.tensor([0.1 / 0.229, 0, 0]).view(3, 1, 1) for image in images]
        )

    def estimate(self, images: torch.Tensor) -> WarpParameters:
        return WarpParameters.identity(len(images))


def test_segmentation(enhanced_network: Callable, batch: Callable) -> None:
    model = enhanced_network(dict(enhancer=Brighter())).eval()
    raw = batch(3, size=(32, 48))
    kept = [image.clone() for image in raw["inputs"]]
    pictures = before_and_after(model, raw, index=1)
    rgb = raw["inputs"][1].flip(0).permute(1, 2, 0).numpy()
    assert np.array_equal(pictures.input, rgb)
    reddened = np.clip(np.rint(rgb + np.array([25.5, 0, 0])), 0, 255)
    assert np.abs(pictures.enhanced - reddened).max() <= 1
    after = model.test_step(raw)[1].pred_sem_seg.data[0].numpy()
    assert np.array_equal(prediction_of(pictures.after, ()), after)
    assert pictures.parameters == WarpParameters.identity().to_vector()[0].tolist()
    assert isinstance(model.data_preprocessor.enhancer, Brighter), "the enhancer is back"
    model.data_preprocessor.enhancer = nn.Identity()
    before = model.test_step(raw)[1].pred_sem_seg.data[0].numpy()
    assert np.array_equal(prediction_of(pictures.before, ()), before)
    assert not np.array_equal(before, after)
    assert all(torch.equal(image, old) for image, old in zip(raw["inputs"], kept, strict=True))


def test_the_enhancer_comes_back_after_an_error(enhanced_network: Callable) -> None:
    model = enhanced_network(dict(enhancer=Brighter())).eval()
    with pytest.raises(Exception):  # noqa: B017  (whatever the network says of an empty image)
        before_and_after(model, dict(inputs=[torch.zeros(3, 0, 0)], data_samples=[None]))
    assert isinstance(model.data_preprocessor.enhancer, Brighter)


def test_classification() -> None:
    pytest.importorskip("mmpretrain", reason="pip install -e '.[cls]'")
    from mmpretrain.registry import MODELS
    from mmpretrain.structures import DataSample

    from sympie_seg.classification import SyMPIEClsDataPreprocessor

    head = dict(
        type="LinearClsHead", num_classes=3, in_channels=512, loss=dict(type="CrossEntropyLoss")
    )
    config = dict(
        type="ImageClassifier",
        backbone=dict(type="ResNet", depth=18),
        neck=dict(type="GlobalAveragePooling"),
    )
    with DefaultScope.overwrite_default_scope("mmpretrain"):
        model = MODELS.build(ConfigDict(**config, head=head)).eval()
    model.data_preprocessor = SyMPIEClsDataPreprocessor(
        enhancer=Brighter(),
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        to_rgb=True,
    ).eval()
    inputs = torch.randint(0, 230, (2, 3, 32, 32), dtype=torch.uint8)
    samples = [DataSample(metainfo=dict(img_path="x/y.png")).set_gt_label(1) for _ in inputs]
    pictures = before_and_after(model, dict(inputs=inputs, data_samples=samples), index=1)
    assert np.array_equal(pictures.input, inputs[1].flip(0).permute(1, 2, 0).numpy())
    assert pictures.enhanced[..., 0].mean() > pictures.input[..., 0].mean() + 20
    after = model.test_step(dict(inputs=inputs, data_samples=samples))[1]
    label = int(after.pred_label)
    assert (
        prediction_of(pictures.after, "abc")
        == f"{'abc'[label]} {after.pred_score[label].item():.0%}"
    )
    strip = _draw(pictures, dict(classes=("a", "b", "c")), 200)
    assert strip.shape[1] == 3 * 206, "two pictures and the parameters"
