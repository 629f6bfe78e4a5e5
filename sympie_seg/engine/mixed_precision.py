"""Turn a config's training into one in mixed precision (``sympie-seg train --amp``)."""

from __future__ import annotations

from mmengine.config import Config
from mmengine.device import get_device

__all__ = ["enable_amp"]

_WRAPPERS = ("OptimWrapper", "AmpOptimWrapper", "Bfloat16OptimWrapper")


def enable_amp(cfg: Config) -> None:
    """Turn the OptimWrapper into an AmpOptimWrapper with a dynamic loss scale; bfloat16 on a CPU.

    Args:
        cfg: of a training; changed.

    Raises:
        ValueError: if the config has an optimiser wrapper of another type.
    """
    kind = cfg.optim_wrapper.type
    if kind not in _WRAPPERS:
        raise ValueError(f"--amp needs optim_wrapper.type='OptimWrapper', the config has '{kind}'")
    if get_device() == "cpu":
        cfg.optim_wrapper.type = "Bfloat16OptimWrapper"
    elif kind == "OptimWrapper":
        cfg.optim_wrapper.type = "AmpOptimWrapper"
        cfg.optim_wrapper.setdefault("loss_scale", "dynamic")
