"""Painted predictions whose names do not clash where several datasets are tested."""

from __future__ import annotations

import os.path as osp
from collections.abc import Sequence

import mmcv
import mmengine.fileio as fileio
from mmengine.registry import HOOKS
from mmengine.runner import Runner
from mmengine.visualization import Visualizer
from mmseg.engine.hooks import SegVisualizationHook
from mmseg.structures import SegDataSample

__all__ = ["ConditionVisualizationHook"]


@HOOKS.register_module()
class ConditionVisualizationHook(SegVisualizationHook):
    """mmseg's SegVisualizationHook that writes ``<show_dir>/<condition>/<image>.png``.

    mmseg names pictures by file name and batch, so that of two images with one name in a batch one is lost. A name
    that is taken within a condition gets its folder in front.

    Args:
        show_dir (str, optional): folder for the pictures. Defaults to None: the visualizer's own, as in mmseg.
        **kwargs: as in SegVisualizationHook.
    """

    def __init__(self, show_dir: str | None = None, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.show_dir = show_dir
        self._taken: dict[str, str] = {}

    def _after_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: dict,
        outputs: Sequence[SegDataSample],
        mode: str = "val",
    ) -> None:
        if not self.draw or mode == "train" or self.show_dir is None:
            super()._after_iter(runner, batch_idx, data_batch, outputs, mode)
            return
        if not self.every_n_inner_iters(batch_idx, self.interval):
            return
        visualizer: Visualizer = self._visualizer
        for sample in outputs:
            content = fileio.get(sample.img_path, backend_args=self.backend_args)
            image = mmcv.imfrombytes(content, channel_order="rgb")
            # The paper's scoring mode predicts at another size than the file's.
            height, width = sample.pred_sem_seg.shape[-2:]
            visualizer.add_datasample(
                osp.basename(sample.img_path),
                mmcv.imresize(image, (width, height)),
                data_sample=sample,
                show=self.show,
                wait_time=self.wait_time,
                out_file=self._path(sample),
                step=runner.iter,
            )

    def _path(self, sample: SegDataSample) -> str:
        folder, name = osp.split(osp.abspath(sample.img_path))
        stem = osp.splitext(name)[0]
        assert self.show_dir is not None  # asked for before
        target_folder = osp.join(self.show_dir, sample.get("condition") or "")
        for name in (
            stem,
            f"{osp.basename(folder)}_{stem}",
            f"{folder.replace(osp.sep, '_')}_{stem}",
        ):
            path = osp.join(target_folder, f"{name}.png")
            if self._taken.setdefault(path, sample.img_path) == sample.img_path:
                return path
        raise AssertionError("unreachable: the last name holds the whole path")
