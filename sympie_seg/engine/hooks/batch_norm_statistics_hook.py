"""BatchNorm statistics of the enhancer as the mean over the last iterations, not over the last ten batches."""

from __future__ import annotations

from typing import Any

from mmengine.hooks import Hook
from mmengine.registry import HOOKS
from mmengine.runner import Runner
from torch.nn.modules.batchnorm import _BatchNorm
from torch.utils.hooks import RemovableHandle

from sympie_seg.engine.processes import bare_model

__all__ = ["BatchNormStatisticsHook"]


@HOOKS.register_module()
class BatchNormStatisticsHook(Hook):
    """Makes the enhancer's running statistics the mean over the last iterations of a training.

    With the usual momentum of 0.1 they come from the last ten batches or so. Small batches of corrupted images differ
    much from one another, so the enhancer that is saved depends on what came last. Here the momentum falls as
    ``1 / (k + 1 / momentum)`` in the ``k``-th of the last iterations: the statistics become a plain mean, in which
    those from before weigh like ``1 / momentum`` batches. Only the first step's images count, which are what the
    enhancer meets in use; the second step's were cleaned by the teacher.

    The momentum is a function of the iteration alone, so a resumed run ends with the same bytes. The learning rate
    should be low by then: the schedules here end at 0.

    Args:
        iterations (int): how many of the last iterations. Defaults to 300.

    Raises:
        ValueError: if it is less than 1.
    """

    def __init__(self, iterations: int = 300) -> None:
        if iterations < 1:
            raise ValueError(f"iterations must be 1 or more, got {iterations}")
        self.iterations = iterations
        self._usual: dict[_BatchNorm, float] = {}
        self._late = False
        self._passes: list[RemovableHandle] = []

    def before_train(self, runner: Runner) -> None:
        """Find the layers; those without a momentum keep a plain mean by themselves."""
        enhancer = bare_model(runner.model).data_preprocessor.enhancer
        layers = [layer for layer in enhancer.modules() if isinstance(layer, _BatchNorm)]
        self._usual = {layer: layer.momentum for layer in layers if layer.momentum}
        self._passes = [layer.register_forward_hook(self._after_pass) for layer in self._usual]

    def before_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: dict | None = None
    ) -> None:
        """Set the momentum of this iteration's first pass."""
        late = runner.iter - max(runner.max_iters - self.iterations, 0)  # 0 is the first of them
        self._late = late >= 0
        for layer, usual in self._usual.items():
            layer.momentum = 1 / (late + 1 / usual) if self._late else usual

    def after_train(self, runner: Runner) -> None:
        """Leave the layers as they were found."""
        for layer, usual in self._usual.items():
            layer.momentum = usual
        for handle in self._passes:
            handle.remove()

    def _after_pass(self, layer: _BatchNorm, *_: Any) -> None:
        """Let the passes that follow the first one in training change nothing, once the momentum falls."""
        if self._late and layer.training:
            layer.momentum = 0.0
