"""Pictures of what the enhancer does, for TensorBoard or any other visualiser backend."""

from __future__ import annotations

from typing import Any

import numpy as np
from mmengine.hooks import Hook
from mmengine.registry import HOOKS
from mmengine.runner import Runner
from torch import Tensor

from sympie_seg.engine.hooks.shown_pictures import show_picture
from sympie_seg.engine.processes import bare_model
from sympie_seg.enhancer.normalization import denormalize
from sympie_seg.visualization import heat_map

__all__ = ["EnhancementVisualizationHook"]


@HOOKS.register_module()
class EnhancementVisualizationHook(Hook):
    """Shows, for the first image of a batch: original, corrupted, enhanced by student and teacher, C_M, C_S and K.

    The original is there where the pipeline keeps it (``RandomCorruption(keep_clean=True)``, 'clean_img' packed as
    meta key). The mean distance of the parameters from identity is logged as a scalar.

    Args:
        interval (int): iterations between two pictures. Defaults to 100.
    """

    def __init__(self, interval: int = 100) -> None:
        self.interval = interval

    def before_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: dict | None = None
    ) -> None:
        """Ask the data preprocessor to keep the next batch's first image."""
        if batch_idx % self.interval == 0:
            bare_model(runner.model).data_preprocessor.record_next = True

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: dict | None = None, outputs: Any = None
    ) -> None:
        """Show what was kept."""
        preprocessor = bare_model(runner.model).data_preprocessor
        recorded, preprocessor.recorded = preprocessor.recorded, {}
        if not recorded:
            return
        step = runner.iter
        pictures = {
            "image/2_corrupted": _picture(recorded["input"]),
            "image/3_enhanced": _picture(recorded["enhanced"]),
        }
        if "teacher" in recorded:
            pictures["image/4_enhanced_by_teacher"] = _picture(recorded["teacher"])
        clean = data_batch["data_samples"][0].get("clean_img") if data_batch else None
        if clean is not None:
            pictures["image/1_original"] = np.ascontiguousarray(clean[..., ::-1])
        parameters = recorded["parameters"]
        for name, values in zip(("C_M", "C_S", "K"), parameters.tensors(), strict=True):
            pictures[f"parameters/{name}"] = heat_map(values[0].float().cpu().numpy(), numbers=True)
        for name, picture in pictures.items():
            show_picture(runner.visualizer, name, picture, step)
        distance = parameters.distance_to_identity().mean()
        runner.message_hub.update_scalar("train/distance_to_identity", distance)


def _picture(normalized: Tensor) -> np.ndarray:
    pixels = denormalize(normalized.float()).clamp(0, 1).mul(255).round().byte()
    return pixels.permute(1, 2, 0).cpu().numpy()
