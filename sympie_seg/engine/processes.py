"""Start the process group of a tool that is not a Runner."""

from __future__ import annotations

import torch
from mmengine.config import Config
from mmengine.dist import init_dist, is_distributed

__all__ = ["start_processes"]


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
