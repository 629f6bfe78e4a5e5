"""Write the student of a distillation as a file that ``frozen_checkpoint`` takes."""

from __future__ import annotations

import os.path as osp
from typing import Any

from mmengine.dist import master_only
from mmengine.hooks import Hook
from mmengine.registry import HOOKS
from mmengine.runner import Runner

from sympie_seg.engine.processes import bare_model
from sympie_seg.enhancer.files import save_whole
from sympie_seg.version import __version__

__all__ = ["StudentFileHook"]


@HOOKS.register_module()
class StudentFileHook(Hook):
    """Writes ``student.pth`` to the work dir: the weights of the network alone, and whose student it is.

    Args:
        interval (int): iterations between two writes; the last iteration writes too. Defaults to 500.
    """

    priority = "VERY_LOW"

    def __init__(self, interval: int = 500) -> None:
        self.interval = interval

    def after_train_iter(self, runner: Runner, batch_idx: int, *args: Any, **kwargs: Any) -> None:
        """Write the file at every interval and at the end."""
        if self.every_n_train_iters(runner, self.interval) or self.is_last_train_iter(runner):
            self._write(runner)

    @master_only
    def _write(self, runner: Runner) -> None:
        model = bare_model(runner.model)
        state = {name: value.cpu() for name, value in model.student.network.state_dict().items()}
        meta = dict(
            teacher=osp.basename(model.teacher_checkpoint),
            iteration=runner.iter + 1,
            sympie_seg=__version__,
        )
        save_whole(osp.join(runner.work_dir, "student.pth"), dict(state_dict=state, meta=meta))
