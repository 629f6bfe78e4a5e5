"""Painted classifications whose names do not clash where an image is tested under several conditions."""

from __future__ import annotations

import os.path as osp
from collections.abc import Sequence

import numpy as np
from mmpretrain.engine.hooks import VisualizationHook
from mmpretrain.registry import HOOKS
from mmpretrain.structures import DataSample

__all__ = ["ConditionClsVisualizationHook"]


@HOOKS.register_module()
class ConditionClsVisualizationHook(VisualizationHook):
    """mmpretrain's VisualizationHook that writes ``<out_dir>/<condition>/<folder>_<image>.png``.

    mmpretrain names pictures by file name, so that of one image under many corruptions one picture is left, and it
    paints BGR images as if they were RGB. Without ``out_dir`` pictures go to the visualizer's backends.

    Args:
        **kwargs: as in the parent: ``enable``, ``interval`` (images), ``show``, ``out_dir``, and options of
            ``visualize_cls`` such as ``rescale_factor``.
    """

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self._count = 0

    def _draw_samples(
        self, batch_idx: int, data_batch: dict, data_samples: Sequence[DataSample], step: int = 0
    ) -> None:
        if not self.enable:
            return
        self._count = 0 if batch_idx == 0 else self._count
        for image, sample in zip(data_batch["inputs"], data_samples, strict=True):
            self._count += 1
            if (self._count - 1) % self.interval:
                continue
            name = _name(sample, self._count - 1)
            output = (
                {} if self.out_dir is None else {"out_file": osp.join(self.out_dir, f"{name}.png")}
            )
            rgb = np.ascontiguousarray(
                image.flip(0).permute(1, 2, 0).cpu().numpy().astype(np.uint8)
            )
            self._visualizer.visualize_cls(
                image=rgb, data_sample=sample, step=step, name=name, **self.draw_args, **output
            )


def _name(sample: DataSample, index: int) -> str:
    condition, path = sample.get("condition") or "", sample.get("img_path")
    if path is None:
        return osp.join(condition, str(index))
    folder, file = osp.split(osp.abspath(path))
    return osp.join(condition, f"{osp.basename(folder)}_{osp.splitext(file)[0]}")
