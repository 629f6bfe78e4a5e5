"""The runner for a frozen network behind a trained enhancer (``runner_type`` in the config)."""

from __future__ import annotations

from typing import Any

import torch
from mmengine.dist import is_distributed
from mmengine.model import BaseModel
from mmengine.registry import RUNNERS
from torch import nn

from sympie_seg.engine.processes import bare_model
from sympie_seg.engine.resuming.resumable_runner import ResumableRunner
from sympie_seg.models.frozen.compiling import compile_parts
from sympie_seg.models.frozen.freezing import freeze_network
from sympie_seg.models.frozen.frozen_weights import load_frozen_weights
from sympie_seg.models.frozen.split_loss import split_loss
from sympie_seg.models.frozen.synchronized_batch_norm import synchronize_batch_norm
from sympie_seg.models.frozen_networks import FrozenNetworks

__all__ = ["FrozenNetworkRunner"]


@RUNNERS.register_module()
class FrozenNetworkRunner(ResumableRunner):
    """ResumableRunner that freezes the network before it is wrapped and trains what stands in front of it.

    Set ``runner_type='FrozenNetworkRunner'``; mmseg's and mmpretrain's own ``tools/train.py`` honour it. The frozen
    weights come from the config key ``frozen_checkpoint`` (file or URL; for
    :class:`~sympie_seg.models.frozen_networks.FrozenNetworks` a list, one for each network). ``init_weights`` is never
    called, so nothing is drawn again or downloaded.
    """

    def setup_env(self, env_cfg: dict) -> None:
        """Start a gloo group first where there is no GPU: mmengine's launcher asks for CUDA."""
        if self._launcher == "pytorch" and not torch.cuda.is_available() and not is_distributed():
            torch.distributed.init_process_group(backend="gloo")
        super().setup_env(env_cfg)

    def wrap_model(self, model_wrapper_cfg: dict | None, model: BaseModel) -> nn.Module:
        """Freeze, split the loss, synchronise NEM's BatchNorm where that is possible, then wrap as mmengine does.

        Raises:
            ValueError: if the config asks for ``sync_bn``, which would convert the frozen network too.
        """
        if _is_enhanced(model):
            if self.cfg.get("sync_bn") is not None:
                raise ValueError(
                    f"sync_bn={self.cfg.sync_bn!r} would convert the frozen network's BatchNorm too; leave it out: "
                    "NEM's is synchronised by itself in distributed training on GPUs"
                )
            freeze_network(model)
            if not isinstance(model, FrozenNetworks):  # which splits each network's loss itself
                split_loss(model)
            if self.distributed:
                synchronize_batch_norm(model.data_preprocessor)
        if model_wrapper_cfg is None and self.distributed and not torch.cuda.is_available():
            model_wrapper_cfg = dict(
                type="MMDistributedDataParallel", device_ids=None, broadcast_buffers=False
            )
        return super().wrap_model(model_wrapper_cfg, model)

    def train(self) -> nn.Module:
        """Load the frozen weights, then train; a resumed run takes them from its checkpoint."""
        network = bare_model(self.model)
        if not self._will_resume():
            load_frozen_weights(network, self.cfg.get("frozen_checkpoint"))
        model = super().train()
        if _is_enhanced(network):
            network.data_preprocessor.enhancer_source = "this training"
        return model

    def _maybe_compile(self, target: str) -> None:
        """Compile as the config's ``compile`` (True, or options of torch.compile) says, part by part."""
        options, network = self.cfg.get("compile"), bare_model(self.model)
        if not _is_enhanced(network):
            super()._maybe_compile(target)
        elif options not in (None, False):
            compile_parts(network, **({} if options is True else options))

    def _init_model_weights(self) -> None:
        self.logger.info("The network is frozen: its weights are loaded, never initialised")

    def load_checkpoint(self, filename: str, *args: Any, **kwargs: Any) -> Any:
        """Load as mmengine does, and refuse a checkpoint that does not hold the whole network.

        Raises:
            ValueError: if weights of the network are missing or do not fit.
        """
        self._whole_network |= _is_enhanced(bare_model(self.model))
        return super().load_checkpoint(filename, *args, **kwargs)

    def test(self) -> dict[str, float]:
        """Test; refuses an enhancer that nobody has trained.

        Raises:
            ValueError: if neither the checkpoint nor the config brought a trained enhancer.
        """
        self._check_enhancer_after_load = True
        return super().test()

    def load_or_resume(self) -> None:
        """Load as mmengine does; in testing, make sure that a trained enhancer came along."""
        network = bare_model(self.model)
        if _is_enhanced(network):
            network.data_preprocessor.follows_checkpoint = bool(self._resume)
        super().load_or_resume()
        if not getattr(self, "_check_enhancer_after_load", False) or not _is_enhanced(network):
            return
        if network.data_preprocessor.enhancer_source is None:
            raise ValueError(
                f"the enhancer is untrained: '{self._load_from}' holds the network only. Name an "
                "enhancer file: --cfg-options model.data_preprocessor.enhancer=FILE (or, for the network "
                "alone, model.data_preprocessor.enhancer._delete_=True "
                "model.data_preprocessor.enhancer.type=NoEnhancer)"
            )
        self.logger.info("Enhancer: %s", network.data_preprocessor.enhancer_source)


def _is_enhanced(model: nn.Module) -> bool:
    return hasattr(getattr(model, "data_preprocessor", None), "enhancer")
