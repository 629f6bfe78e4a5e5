"""mmengine's CheckpointHook, without the moment in which there is no checkpoint."""

from __future__ import annotations

from typing import Any

from mmengine.dist import is_main_process
from mmengine.hooks import CheckpointHook
from mmengine.registry import HOOKS
from mmengine.runner import Runner

__all__ = ["SafeCheckpointHook"]


@HOOKS.register_module()
class SafeCheckpointHook(CheckpointHook):
    """CheckpointHook that removes an outdated checkpoint after the new one is written, not before.

    Takes the arguments of CheckpointHook. With ``max_keep_ckpts=1`` mmengine's own leaves nothing if the process
    dies, or the disk is full, while it writes.
    """

    def save_now(self, runner: Runner, iteration: int) -> str:
        """Write the checkpoint of this iteration unless it is written; gives its path."""
        if runner.message_hub.runtime_info.get("last_ckpt") != self._path(iteration):
            meta = dict(epoch=runner.epoch, iter=iteration)
            self._save_checkpoint_with_step(runner, iteration, meta)
        return self._path(iteration)

    def _save_checkpoint_with_step(self, runner: Runner, step: int, meta: dict[str, Any]) -> None:
        outdated = None
        if self.max_keep_ckpts > 0 and step not in self.keep_ckpt_ids:
            if len(self.keep_ckpt_ids) == self.max_keep_ckpts:
                outdated = self.keep_ckpt_ids.popleft()
            # mmengine finds the step in its list and so removes nothing.
            self.keep_ckpt_ids.append(step)
            runner.message_hub.update_info("keep_ckpt_ids", list(self.keep_ckpt_ids))
        super()._save_checkpoint_with_step(runner, step, meta)
        if outdated is None or not is_main_process():
            return
        path = self._path(outdated)
        if self.file_backend.isfile(path):
            self.file_backend.remove(path)
        elif self.file_backend.isdir(path):
            self.file_backend.rmtree(path)

    def _path(self, step: int) -> str:
        result: str = self.file_backend.join_path(self.out_dir, self.filename_tmpl.format(step))
        return result
