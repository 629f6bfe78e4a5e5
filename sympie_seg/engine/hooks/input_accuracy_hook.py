"""Accuracies of the frozen classifier on original, corrupted and enhanced images while the enhancer is trained."""

from __future__ import annotations

from typing import Any

import torch
from mmengine.hooks import Hook
from mmengine.registry import HOOKS
from mmengine.runner import Runner
from torch import nn

from sympie_seg.engine.processes import bare_model
from sympie_seg.models.data_preprocessors.clean_images import kept_clean_images

__all__ = ["InputAccuracyHook"]


@HOOKS.register_module()
class InputAccuracyHook(Hook):
    """Logs ``train/top1_original``, ``train/top1_corrupted`` and ``train/top1_enhanced`` (percent of a batch).

    The enhanced images are those of the student as it will be used: in eval mode, with clamped colours. The originals
    are there where the pipeline keeps them (``RandomCorruption(keep_clean=True)``, 'clean_img' packed as meta key).
    Needs a ``SyMPIEClsDataPreprocessor`` and samples with ``gt_label``; neither weights nor statistics are changed.

    Args:
        interval (int): iterations between two measurements; each is three forward passes of the batch without
            gradient. Defaults to 50.
    """

    priority = "ABOVE_NORMAL"  # before the logger

    def __init__(self, interval: int = 50) -> None:
        self.interval = interval

    @torch.no_grad()
    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: dict | None = None, outputs: Any = None
    ) -> None:
        """Measure on the batch that was just trained on."""
        if data_batch is None or not self.every_n_train_iters(runner, self.interval):
            return
        model = bare_model(runner.model)
        preprocessor, samples = model.data_preprocessor, data_batch["data_samples"]
        corrupted = dict(inputs=data_batch["inputs"], data_samples=samples)
        views = {"corrupted": preprocessor.without_enhancement(corrupted)}
        original = kept_clean_images(samples)
        if original is not None:
            views["original"] = preprocessor.without_enhancement(
                dict(inputs=original, data_samples=samples)
            )
        trains = preprocessor.enhancer.training
        preprocessor.enhancer.eval()
        views["enhanced"] = preprocessor(corrupted, training=False)
        preprocessor.enhancer.train(trains)
        for name, view in views.items():
            runner.message_hub.update_scalar(f"train/top1_{name}", _top1(model, view))


def _top1(model: nn.Module, view: dict) -> float:
    predicted = model(**view, mode="predict")
    hits = [int(sample.pred_label.item() in sample.gt_label.tolist()) for sample in predicted]
    return 100 * sum(hits) / len(hits)
