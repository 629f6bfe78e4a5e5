"""mmengine's iteration-based training loop, with bit-exact resume and a check for non-finite losses."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from mmengine.dist import get_rank, get_world_size
from mmengine.logging import print_log
from mmengine.optim import AmpOptimWrapper
from mmengine.registry import LOOPS
from mmengine.runner import IterBasedTrainLoop, Runner
from torch import nn
from torch.utils.data import DataLoader

from sympie_seg.engine.hooks.safe_checkpoint_hook import SafeCheckpointHook
from sympie_seg.engine.resuming.numbered_draws import NumberedSampler
from sympie_seg.engine.resuming.randomness import derive_seed, set_random_states
from sympie_seg.engine.resuming.stop_request import STOPPED, StopRequest

__all__ = ["ResumableIterBasedTrainLoop"]

DRAWN = "samples_drawn"
_PATIENCE = 20  # infinite losses in a row that a loss scale may need to settle


@LOOPS.register_module()
class ResumableIterBasedTrainLoop(IterBasedTrainLoop):
    """IterBasedTrainLoop whose resumed run ends as the uninterrupted one would have ended.

    - Past samples are passed over by number, not loaded.
    - Random states are a function of the seed, the rank and the iteration
      (:mod:`sympie_seg.engine.resuming.randomness`).
    - A run that stopped in a validation repeats it, so that the best enhancer is not missed.
    - SIGTERM: the iteration is finished, a checkpoint written, and the process exits with status 143.
    - A loss that is not finite stops the run before anything is written.

    Takes the arguments of IterBasedTrainLoop.
    """

    dataloader_iterator: Any

    def __init__(
        self, runner: Runner, dataloader: DataLoader | dict, *args: Any, **kw: Any
    ) -> None:
        sampler = getattr(dataloader, "sampler", None)
        if isinstance(sampler, NumberedSampler):
            sampler.hold()  # the parent starts the workers, run() says where they begin
        self._infinite_in_a_row = 0
        super().__init__(runner, dataloader, *args, **kw)

    def run(self) -> nn.Module:
        """Train, from where a checkpoint ended if there is one."""
        self._check_accumulation()
        self.runner.call_hook("before_train")
        self.runner.call_hook("before_train_epoch")
        self._start_data()
        with StopRequest() as stop:
            if self._iter > 0:
                self._decide_current_val_interval()
                self._validate_if_due(stop)
            while self._iter < self._max_iters and not self.stop_training:
                self.runner.model.train()
                self.run_iter(self._next_batch(stop))
                if stop.on_any_rank() and self._updated():
                    self._leave()
                self._decide_current_val_interval()
                self._validate_if_due(stop)
        self.runner.call_hook("after_train_epoch")
        self.runner.call_hook("after_train")
        result: nn.Module = self.runner.model
        return result

    def run_iter(self, data_batch: dict) -> None:
        """Train on one batch, with random states of this iteration.

        Raises:
            FloatingPointError: if the loss is NaN or infinite; nothing was saved of it.
        """
        runner, seed = self.runner, self.runner.seed
        set_random_states(derive_seed(seed, "iteration", self._iter, get_rank()))
        runner.call_hook("before_train_iter", batch_idx=self._iter, data_batch=data_batch)
        outputs = runner.model.train_step(data_batch, optim_wrapper=runner.optim_wrapper)
        self._check_loss(outputs, data_batch)
        drawn = runner.message_hub.runtime_info.get(DRAWN, 0)
        runner.message_hub.update_info(DRAWN, drawn + self._length(data_batch) * get_world_size())
        runner.call_hook(
            "after_train_iter", batch_idx=self._iter, data_batch=data_batch, outputs=outputs
        )
        self._iter += 1

    def _start_data(self) -> None:
        """Point the sampler behind the samples that earlier processes have drawn."""
        info, sampler, world = (
            self.runner.message_hub.runtime_info,
            self.dataloader.sampler,
            get_world_size(),
        )
        drawn = info.get(DRAWN) if self._iter else 0
        if drawn is None:  # a checkpoint of mmengine's own loop
            drawn = self._iter * (self.dataloader.batch_size or 1) * world
        self.runner.message_hub.update_info(DRAWN, drawn)
        if not isinstance(sampler, NumberedSampler):
            for _ in range(self._iter):
                next(self.dataloader_iterator)
            return
        skip, epoch = math.ceil(drawn / world), 0
        if not sampler.infinite:
            # With drop_last, an epoch is shorter than the sampler.
            per_epoch = min(len(sampler), len(self.dataloader) * (self.dataloader.batch_size or 1))
            epoch, skip = divmod(skip, per_epoch)
        sampler.restart(self.runner.seed, epoch, skip)
        self.dataloader_iterator = type(self.dataloader_iterator)(self.dataloader)
        self.dataloader_iterator._epoch = epoch
        if drawn:
            print_log(f"Passed over {drawn} samples by number, none was loaded", logger="current")

    def _next_batch(self, stop: StopRequest) -> dict:
        with self._leaving_between_steps(stop):
            return next(self.dataloader_iterator)

    def _validate_if_due(self, stop: StopRequest) -> None:
        due = self._iter % self.val_interval == 0 or self._iter == self._max_iters
        if self.runner.val_loop is not None and self._iter >= self.val_begin and due:
            set_random_states(derive_seed(self.runner.seed, "validation", self._iter, get_rank()))
            with self._leaving_between_steps(stop):
                self.runner.val_loop.run()

    @contextmanager
    def _leaving_between_steps(self, stop: StopRequest) -> Iterator[None]:
        """Where SIGTERM has ended the workers too, save what is there and leave."""
        try:
            yield
        except RuntimeError:
            if stop.received and self._iter > 0 and self._updated():
                self._leave()
            raise

    def _leave(self) -> None:
        """Write a checkpoint, say how to continue, and exit."""
        saver = next((h for h in self.runner.hooks if isinstance(h, SafeCheckpointHook)), None)
        text = "no checkpoint, since the config has no CheckpointHook"
        if saver is not None and not saver.by_epoch:
            text = f"wrote '{saver.save_now(self.runner, self._iter)}'"
        print_log(
            f"Stopped by SIGTERM after iteration {self._iter}: {text}. The same command with --resume continues",
            logger="current",
            level=logging.WARNING,
        )
        raise SystemExit(STOPPED)

    def _updated(self) -> bool:
        """Whether no gradient waits for the rest of its accumulated batch; a checkpoint holds none."""
        result: bool = self._iter % _accumulation(self.runner) == 0
        return result

    def _check_accumulation(self) -> None:
        steps = _accumulation(self.runner)
        savers = [h for h in self.runner.hooks if isinstance(h, SafeCheckpointHook)]
        intervals = [h.interval for h in savers if not h.by_epoch and h.interval > 0]
        for interval in intervals:
            if interval % steps:
                raise ValueError(
                    f"default_hooks.checkpoint.interval={interval} is no multiple of "
                    f"optim_wrapper.accumulative_counts={steps}: a checkpoint in the middle of an accumulated batch "
                    f"would lose its gradients. Set it to {-(-interval // steps) * steps}"
                )

    def _length(self, data_batch: Any) -> int:
        """How many draws of the sampler are in a batch."""
        inputs = data_batch.get("inputs") if isinstance(data_batch, dict) else None
        if inputs is None:
            return self.dataloader.batch_size or 1
        # A NetworkMix gives several images for each draw.
        return len(inputs) // getattr(self.dataloader.dataset, "samples_per_draw", 1)

    def _check_loss(self, outputs: dict[str, Any], data_batch: Any) -> None:
        loss = float(torch.as_tensor(outputs.get("loss", 0.0)).detach())
        if math.isfinite(loss):
            self._infinite_in_a_row = 0
            return
        self._infinite_in_a_row += 1
        scaled = isinstance(self.runner.optim_wrapper, AmpOptimWrapper)
        if scaled and self._infinite_in_a_row < _PATIENCE:
            return  # the scaler skips this step and lowers its scale
        raise FloatingPointError(_explain_loss(self.runner, loss, self._iter + 1, data_batch))


def _accumulation(runner: Runner) -> int:
    return max(int(getattr(runner.optim_wrapper, "_accumulative_counts", 1)), 1)


def _explain_loss(runner: Runner, loss: float, iteration: int, data_batch: Any) -> str:
    samples = data_batch.get("data_samples", []) if isinstance(data_batch, dict) else []
    images = [
        " ".join(
            str(s.get(k)) for k in ("img_path", "corruption", "severity") if s.get(k) is not None
        )
        for s in samples
    ]
    last = runner.message_hub.runtime_info.get("last_ckpt")
    good = f"the last good checkpoint is '{last}'" if last else "no checkpoint was written yet"
    return (
        f"the loss is {loss} at iteration {iteration} (images: {'; '.join(images[:4])}). Nothing of this step was "
        f"saved; {good}. Lower the learning rate (optim_wrapper.optimizer.lr), start from the identity "
        "(model.data_preprocessor.enhancer.init=identity), or train without --amp, then continue with --resume"
    )
