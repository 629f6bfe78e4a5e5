"""mmengine's Runner whose runs survive being killed (``runner_type`` in the config)."""

from __future__ import annotations

import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from mmengine.dist import is_main_process
from mmengine.registry import RUNNERS
from mmengine.runner import BaseLoop, Runner
from torch import nn
from torch.utils.data import DataLoader

from sympie_seg.engine.processes import bare_model
from sympie_seg.engine.resuming.checkpoint_files import latest_complete_checkpoint
from sympie_seg.engine.resuming.loader_settings import workable
from sympie_seg.engine.resuming.numbered_draws import build_numbered_dataloader
from sympie_seg.models.frozen.frozen_weights import check_network_weights
from sympie_seg.models.frozen.predict_by_size import predict_by_size
from sympie_seg.models.torch_network import FROM_FACTORY, TorchNetwork
from sympie_seg.utils.files import remove_leftovers
from sympie_seg.version import __version__

__all__ = ["ResumableRunner"]

_REPLACED = {
    "CheckpointHook": "SafeCheckpointHook",
    "IterBasedTrainLoop": "ResumableIterBasedTrainLoop",
}
_LOGGED = ("mmsegmentation", "mmcv-lite", "mmcv", "mmpretrain", "albumentations", "numpy")


@RUNNERS.register_module()
class ResumableRunner(Runner):
    """Runner that writes checkpoints whole or not at all, and whose resumed runs are exact.

    mmengine's ``CheckpointHook`` and ``IterBasedTrainLoop`` are replaced by
    :class:`~sympie_seg.engine.hooks.safe_checkpoint_hook.SafeCheckpointHook` and
    :class:`~sympie_seg.engine.resuming.resumable_train_loop.ResumableIterBasedTrainLoop`, which take the same
    arguments: a config needs nothing but ``runner_type='ResumableRunner'``.
    """

    _whole_network = False
    """Whether a checkpoint has to hold every weight of the network."""
    # mmengine's own.
    _train_dataloader: DataLoader | dict | None
    _load_from: str | None

    def register_hook(self, hook: Any, priority: Any = None) -> None:
        """Register as mmengine does, with the safe checkpoint hook in place of its own."""
        super().register_hook(_replaced(hook), priority)

    def build_train_loop(self, loop: BaseLoop | dict) -> BaseLoop:
        """Build as mmengine does, with the resumable loop in place of its own, and numbered draws."""
        if isinstance(loop, dict) and loop.get("by_epoch") is False and "type" not in loop:
            loop = {key: value for key, value in loop.items() if key != "by_epoch"}
            loop["type"] = "IterBasedTrainLoop"
        if isinstance(self._train_dataloader, dict):
            differ = self._randomness_cfg.get("diff_rank_seed", False)
            self._train_dataloader = build_numbered_dataloader(
                workable(self._train_dataloader), self.seed, differ
            )
        return super().build_train_loop(_replaced(loop))

    @staticmethod
    def build_dataloader(dataloader: Any, *args: Any, **kwargs: Any) -> Any:
        """Build as mmengine does, without settings of workers where there are none."""
        return Runner.build_dataloader(workable(dataloader), *args, **kwargs)

    def build_val_loop(self, loop: BaseLoop | dict) -> BaseLoop:
        """Build as mmengine does, and give the model to metrics that ask for it (``set_model``)."""
        return self._with_model(super().build_val_loop(loop))

    def build_test_loop(self, loop: BaseLoop | dict) -> BaseLoop:
        """Build as mmengine does, and give the model to metrics that ask for it (``set_model``)."""
        return self._with_model(super().build_test_loop(loop))

    def _with_model(self, loop: BaseLoop) -> BaseLoop:
        for metric in getattr(getattr(loop, "evaluator", None), "metrics", ()):
            if hasattr(metric, "set_model"):
                metric.set_model(bare_model(self.model))
        return loop

    def wrap_model(self, model_wrapper_cfg: dict | None, model: nn.Module) -> nn.Module:
        """Let the model predict batches of several sizes, then wrap as mmengine does."""
        predict_by_size(bare_model(model))
        result: nn.Module = super().wrap_model(model_wrapper_cfg, model)
        return result

    def train(self) -> nn.Module:
        """Train; temporary files of killed runs are removed first."""
        if is_main_process():
            remove_leftovers(self.work_dir)
        result: nn.Module = super().train()
        return result

    def test(self) -> dict[str, float]:
        """Test; a checkpoint of another network is refused.

        Raises:
            ValueError: if weights of the network are missing or do not fit.
        """
        self._whole_network = True
        result: dict[str, float] = super().test()
        return result

    def load_or_resume(self) -> None:
        """Load as mmengine does; ``resume`` takes the newest checkpoint that is complete."""
        if not self._has_loaded:
            self._will_resume()
        super().load_or_resume()

    def _will_resume(self) -> bool:
        """Whether there is a checkpoint to resume from, which is looked for once; else the run starts from 0."""
        if self._resume and self._load_from is None:
            self._load_from = latest_complete_checkpoint(self.work_dir)
        return self._resume and self._load_from is not None

    def resume(self, filename: str, *args: Any, **kwargs: Any) -> None:
        """Resume as mmengine does; a checkpoint of another network is refused."""
        self._whole_network = True
        super().resume(filename, *args, **kwargs)

    def load_checkpoint(self, filename: str, *args: Any, **kwargs: Any) -> Any:
        """Load as mmengine does; 'factory': a TorchNetwork has its weights already.

        Raises:
            ValueError: if the file is damaged; in testing and resuming, if weights of the network are missing or do
                not fit.
        """
        model = bare_model(self.model)
        if filename == FROM_FACTORY and isinstance(model, TorchNetwork):
            model.load_weights(filename)
            return {}
        checkpoint = super().load_checkpoint(filename, *args, **kwargs)
        if self._whole_network:
            check_network_weights(model, checkpoint, filename)
        return checkpoint

    def save_checkpoint(
        self,
        out_dir: str,
        filename: str,
        file_client_args: dict | None = None,
        *args: Any,
        backend_args: dict | None = None,
        **kwargs: Any,
    ) -> None:
        """Save as mmengine does; a local file is replaced at once, or stays as it was.

        Raises:
            OSError: if the disk is full or the like; the message names the last good checkpoint.
        """
        if file_client_args is None and backend_args is None and "://" not in str(out_dir):
            backend_args = dict(backend="AtomicLocalBackend")
        kwargs["backend_args"] = backend_args
        try:
            super().save_checkpoint(out_dir, filename, file_client_args, *args, **kwargs)
        except OSError as error:
            good = latest_complete_checkpoint(self.work_dir)
            text = f"the last good checkpoint is '{good}'" if good else "no checkpoint was written"
            raise type(error)(
                error.errno,
                f"{error.strerror}. Training stops; {text}; --resume continues from there",
            ) from error

    def _log_env(self, env_cfg: dict) -> None:
        """Log what mmengine does, then the versions and the commit that it does not know of."""
        super()._log_env(env_cfg)
        lines = [f"sympie_seg: {__version__}{_commit()}"]
        names = [name for part in _LOGGED for name in (part, f"onedl-{part}")]
        lines += [f"{name}: {installed}" for name in names if (installed := _version(name))]
        self.logger.info("SyMPIE-Seg environment:\n    %s", "\n    ".join(lines))


def _replaced(part: Any) -> Any:
    if not isinstance(part, dict) or "type" not in part:
        return part
    # A string, with or without scope, or (in mmengine's pure Python configs) the class.
    name = getattr(part["type"], "__name__", str(part["type"])).rsplit(".", 1)[-1]
    if name not in _REPLACED:
        return part
    part = part.copy()
    part["type"] = _REPLACED[name]
    return part


def _commit() -> str:
    """The git commit of a checkout, marked where files were changed; an installed package has its version only."""
    folder = Path(__file__).resolve().parents[3]
    if not (folder / ".git").exists():
        return ""
    command = [
        "git",
        "-C",
        str(folder),
        "describe",
        "--always",
        "--dirty",
        "--abbrev=12",
        "--exclude=*",
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return " (commit unknown)"
    return f" (commit {done.stdout.strip()})"


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
