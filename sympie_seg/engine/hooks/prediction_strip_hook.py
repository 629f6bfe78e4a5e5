"""A strip for some validation images: input, enhanced, prediction without and with the enhancer, truth."""

from __future__ import annotations

import os.path as osp
from typing import Any

import numpy as np
from mmengine.dist import master_only
from mmengine.hooks import Hook
from mmengine.registry import HOOKS
from mmengine.runner import Runner

from sympie_seg.engine.hooks.shown_pictures import show_picture
from sympie_seg.engine.processes import bare_model
from sympie_seg.visualization.before_after import BeforeAfter, before_and_after
from sympie_seg.visualization.enhancement_strip import enhancement_strip

__all__ = ["PredictionStripHook", "prediction_of"]


@HOOKS.register_module()
class PredictionStripHook(Hook):
    """Gives the visualizer a strip for each of the first images of a validation.

    The network is run twice more on each of them, without gradient and in eval mode: training continues as without the
    hook.

    Args:
        images (int): images to show, from the beginning of the validation set. Defaults to 4.
        interval (int): validations between two shows. Defaults to 1.
        width (int, optional): of one picture in pixels. Defaults to None: as wide as the network's input.

    Raises:
        ValueError: if a number is less than 1.
    """

    def __init__(self, images: int = 4, interval: int = 1, width: int | None = None) -> None:
        if images < 1 or interval < 1:
            raise ValueError(f"images and interval must be 1 or more, got {images} and {interval}")
        self.images, self.interval, self.width = images, interval, width
        self._validations = self._shown = 0

    def before_val_epoch(self, runner: Runner) -> None:
        """Begin with the first image."""
        self._shown = 0 if self._validations % self.interval == 0 else self.images
        self._validations += 1

    @master_only
    def after_val_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: dict | None = None,
        outputs: Any = None,
    ) -> None:
        """Show what of this batch belongs to the first images."""
        if data_batch is None or self._shown >= self.images:
            return
        model = bare_model(runner.model)
        meta = getattr(runner.val_dataloader.dataset, "metainfo", {})
        for index in range(min(self.images - self._shown, len(data_batch["inputs"]))):
            before_after = before_and_after(model, data_batch, index)
            picture = _draw(before_after, meta, self.width)
            show_picture(runner.visualizer, f"validation/{self._shown:02}", picture, runner.iter)
            self._shown += 1


def _draw(before_after: BeforeAfter, meta: dict[str, Any], width: int | None) -> np.ndarray:
    sample = before_after.after
    words = [osp.basename(sample.get("img_path") or ""), sample.get("condition")]
    if sample.get("corruption") is not None:
        words.append(f"{sample.corruption} {sample.get('severity')}")
    classes = meta.get("classes") or ()
    return enhancement_strip(
        before_after.input,
        before_after.enhanced,
        prediction_of(before_after.before, classes),
        prediction_of(before_after.after, classes),
        _truth_of(sample, classes),
        classes,
        meta.get("palette") or (),
        before_after.parameters,
        title="  ".join(word for word in words if word),
        width=width,
    )


def prediction_of(sample: Any, classes: Any) -> np.ndarray | str:
    """The label map (H, W), or in classification the class with its share."""
    if "pred_sem_seg" in sample:
        result: np.ndarray | str = sample.pred_sem_seg.data[0].cpu().numpy()
        return result
    label, share = int(sample.pred_label), float(sample.pred_score.max())
    return f"{classes[label] if label < len(classes) else label} {share:.0%}"


def _truth_of(sample: Any, classes: Any) -> np.ndarray | str | None:
    if "gt_sem_seg" in sample:
        result: np.ndarray | str | None = sample.gt_sem_seg.data[0].cpu().numpy()
        return result
    if "gt_label" in sample:
        return ", ".join(
            str(classes[i] if i < len(classes) else i) for i in sample.gt_label.tolist()
        )
    return None
