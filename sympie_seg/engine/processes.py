"""Several processes: start their group in a tool that is not a Runner; the model inside its wrapper."""

from __future__ import annotations

import torch
from mmengine.config import Config
from mmengine.dist import init_dist, is_distributed
from mmengine.model import BaseModel, is_model_wrapper
from torch import nn

__all__ = ["bare_model", "start_processes"]


def start_processes(launcher: str, cfg: Config) -> None:
    """Join the other processes of a launcher; gloo where there is no GPU, which mmengine's launcher asks for.

    Args:
        launcher: 'none', 'pytorch', 'slurm' or 'mpi'.
        cfg: its ``env_cfg.dist_cfg`` is used.
    """
    if launcher == "none" or is_distributed():
        return
    if launcher == "pytorch" and not torch.cuda.is_available():
        torch.distributed.init_process_group(backend="gloo")
        return
    init_dist(launcher, **(cfg.get("env_cfg") or {}).get("dist_cfg", {}))


def bare_model(model: nn.Module) -> BaseModel:
    """The segmentor or classifier without wrapper and test-time augmentation."""
    bare: BaseModel = model.module if is_model_wrapper(model) else model
    inner = getattr(bare, "module", None)  # BaseTTAModel
    return inner if isinstance(inner, nn.Module) else bare
