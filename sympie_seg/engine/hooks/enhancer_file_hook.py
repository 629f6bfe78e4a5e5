"""Write standalone enhancer files beside mmengine's checkpoints: last, best and teacher."""

from __future__ import annotations

import os.path as osp
from typing import Any

from mmengine.dist import master_only
from mmengine.hooks import Hook
from mmengine.registry import HOOKS
from mmengine.runner import Runner

from sympie_seg.engine.processes import bare_model
from sympie_seg.enhancer import SyMPIE, load_enhancer, save_enhancer
from sympie_seg.enhancer.loading import forget_inference_options
from sympie_seg.models.data_preprocessors.config import preprocessor_options
from sympie_seg.models.frozen.fingerprint import network_fingerprints, networks_met
from sympie_seg.version import __version__

__all__ = ["EnhancerFileHook"]

BEST = "best_enhancer_score"


@HOOKS.register_module()
class EnhancerFileHook(Hook):
    """Writes ``enhancer_last.pth``, ``enhancer_teacher.pth`` and ``enhancer_best.pth`` to the work dir.

    "Best" is the highest ``save_best`` after a validation, which the configs run on corrupted images of the SOURCE
    data only, never on the domains that are tested.

    The provenance in each file names the fingerprints of the frozen networks that it was trained through, and those of
    the file that training started from, so that a comparison can tell a network that the enhancer has met from others.
    They do not keep the strength, the refinement and the dead zone of that file: they are 1, None and None from the
    start of training, in validation too, unless the data preprocessor's option ``strength`` says otherwise.

    Args:
        interval (int): iterations between two writes of last and teacher. Defaults to 500.
        save_best (str): key of the validation metrics, higher is better. Defaults to 'mIoU'.
    """

    priority = "VERY_LOW"

    def __init__(self, interval: int = 500, save_best: str = "mIoU") -> None:
        self.interval, self.save_best = interval, save_best
        self._networks: list[str] | None = None

    def before_train(self, runner: Runner) -> None:
        """Forget what the file chose that training starts from; remember the best score of an interrupted run.

        Forgotten are strength, refinement and dead zone, which were chosen for other weights. A validation follows the
        checkpoint that is resumed.
        """
        preprocessor = bare_model(runner.model).data_preprocessor
        if isinstance(preprocessor.enhancer, SyMPIE):
            given = preprocessor.enhancer.strength if preprocessor.strength_is_given else 1.0
            forget_inference_options(preprocessor.enhancer).strength = given
            if preprocessor.teacher is not None:
                forget_inference_options(preprocessor.teacher.module).strength = given
        path = self._path(runner, "best")
        if runner._resume and osp.isfile(path):
            score = load_enhancer(path)[1].get("validation", {}).get(self.save_best, float("-inf"))
            best = runner.message_hub.runtime_info.get(BEST, float("-inf"))
            runner.message_hub.update_info(BEST, max(score, best))

    def after_train_iter(self, runner: Runner, batch_idx: int, *args: Any, **kwargs: Any) -> None:
        """Write last and teacher at every interval and at the end."""
        if self.every_n_train_iters(runner, self.interval) or self.is_last_train_iter(runner):
            preprocessor = bare_model(runner.model).data_preprocessor
            self._write(runner, "last", preprocessor.enhancer)
            if preprocessor.teacher is not None:
                self._write(runner, "teacher", preprocessor.teacher.module)

    def after_val_epoch(self, runner: Runner, metrics: dict[str, float] | None = None) -> None:
        """Write best where the validation improved.

        Raises:
            KeyError: if the metrics do not hold ``save_best``.
        """
        metrics = metrics or {}
        if self.save_best not in metrics:
            raise KeyError(
                f"save_best='{self.save_best}' is none of the validation metrics {sorted(metrics)}"
            )
        score = float(metrics[self.save_best])
        best = runner.message_hub.runtime_info.get(BEST, float("-inf"))
        if score > best:
            runner.message_hub.update_info(BEST, score)  # kept in the checkpoint, so resume knows
            self._write(
                runner,
                "best",
                bare_model(runner.model).data_preprocessor.enhancer,
                {self.save_best: score},
            )

    @master_only
    def _write(
        self, runner: Runner, name: str, enhancer: SyMPIE, scores: dict[str, float] | None = None
    ) -> None:
        provenance = dict(
            software=f"sympie-seg {__version__}",
            # No date and no run name: the same training gives the same file, byte for byte.
            config=osp.basename(runner.cfg.filename or ""),
            iteration=runner.iter + (0 if name == "best" else 1),
            kind=name,
            frozen_checkpoint=str(_frozen_checkpoint(runner)),
            seed=runner.seed,
            validation=scores or {},
            networks=self._fingerprints(runner),
        )
        path = self._path(runner, name)
        save_enhancer(path, enhancer, provenance)
        runner.logger.info("Wrote %s", path)

    def _fingerprints(self, runner: Runner) -> list[str]:
        if self._networks is None:
            start = _start(preprocessor_options(runner.cfg))
            before = networks_met(load_enhancer(start)[1]) if start else []
            self._networks = sorted({*before, *network_fingerprints(bare_model(runner.model))})
        return self._networks

    def _path(self, runner: Runner, name: str) -> str:
        return osp.join(runner.work_dir, f"enhancer_{name}.pth")


def _start(preprocessor: dict[str, Any]) -> str | None:
    """The enhancer file that training starts from, if it starts from one."""
    enhancer = preprocessor.get("enhancer")
    return enhancer.get("path") if isinstance(enhancer, dict) else enhancer


def _frozen_checkpoint(runner: Runner) -> str | None:
    """Where the network's weights come from; a TorchNetwork may have them from its own options."""
    model = bare_model(runner.model)
    if hasattr(model, "describe_weights"):  # several networks
        result: str | None = model.describe_weights(runner.cfg.get("frozen_checkpoint"))
        return result
    return runner.cfg.get("frozen_checkpoint") or getattr(model, "weights_source", None)
