"""One optimiser step of two-step training, and the same without what was saved."""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from mmengine.optim import OptimWrapper, build_optim_wrapper
from mmengine.structures import PixelData
from mmseg.models import SegDataPreProcessor
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample
from torch import nn

from sympie_seg.models.data_preprocessors.enhancement import copy_samples
from sympie_seg.models.frozen.freezing import freeze_network, network_of
from sympie_seg.models.frozen.split_loss import split_loss

__all__ = ["STEPS", "build_model", "make_batch", "training_steps"]

STEPS = ("ours", "two passes, weight gradients on", "two passes", "weight gradients on")
"""What is measured: our step, and what it would be with either or both of its savings undone."""


def build_model(config: Any) -> nn.Module:
    """Build a segmentor with its two-step data preprocessor, frozen; random weights are as fast as any."""
    return split_loss(freeze_network(MODELS.build(config))).train()


def make_batch(count: int, width: int, height: int, classes: int) -> dict[str, Any]:
    """Make raw images of 8 bits with labels, all of it noise."""
    samples = []
    for _ in range(count):
        labels = torch.randint(0, classes, (1, height, width))
        sample = SegDataSample(gt_sem_seg=PixelData(data=labels))
        sample.set_metainfo(dict(img_shape=(height, width), ori_shape=(height, width)))
        samples.append(sample)
    images = [torch.randint(0, 256, (3, height, width), dtype=torch.uint8) for _ in samples]
    return dict(inputs=images, data_samples=samples)


def training_steps(
    model: nn.Module, optim_config: dict, batch: dict[str, Any]
) -> dict[str, Callable[[], object]]:
    """Give each of `STEPS` on a copy of the model of its own, ready to run."""
    runs: dict[str, Callable[[], object]] = {}
    for name in STEPS:
        own = split_loss(freeze_network(copy.deepcopy(_bare(model)))).train()
        if "weight gradients on" in name:
            for part in network_of(own).values():
                part.requires_grad_(True)
        wrapper = build_optim_wrapper(own, optim_config)
        step = two_passes if "two passes" in name else own.train_step
        bound = partial(step, own) if step is two_passes else step
        runs[name] = partial(bound, batch, wrapper)
    return runs


def two_passes(model: nn.Module, batch: dict[str, Any], wrapper: OptimWrapper) -> None:
    """Take one step of the optimiser, with forward and backward of each of the two steps after each other."""
    preprocessor = model.data_preprocessor
    raw = preprocessor.cast_data(batch)["inputs"]
    images = torch.stack([preprocessor._to_normalized(image) for image in raw])
    for weight, cleaned in ((1.0, False), (preprocessor.second_step_weight, True)):
        enhanced = preprocessor.enhancer(preprocessor.teacher(images) if cleaned else images)
        half = dict(
            inputs=[preprocessor._to_raw(image) for image in enhanced],
            data_samples=copy_samples(batch["data_samples"]),
        )
        half = SegDataPreProcessor.forward(preprocessor, half, training=True)
        loss, _ = model.parse_losses(model._own_loss(**half))
        wrapper.backward(weight * loss)
    wrapper.step()
    for part in network_of(model).values():
        part.zero_grad()
    wrapper.zero_grad()


def _bare(model: nn.Module) -> nn.Module:
    """Take off what freezing and splitting have bound to this very instance, which a copy would keep."""
    for module in (model, *network_of(model).values()):
        for name in ("loss", "_own_loss", "train"):
            vars(module).pop(name, None)
    return model
