"""Train a segmentor or a classifier, or an enhancer in front of a frozen one; the interface is mmseg's."""

from __future__ import annotations

import argparse

from mmengine.config import Config
from mmengine.device import get_device

from sympie_seg.cli.common import add_common_arguments, build_runner, load_config, only_run


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add mmseg's arguments."""
    parser.add_argument("config", help="train config file path")
    parser.add_argument(
        "--resume",
        action="store_true",
        help="resume from the latest checkpoint in the work_dir automatically",
    )
    parser.add_argument(
        "--amp",
        action="store_true",
        help="enable automatic mixed precision (bfloat16 without a GPU)",
    )
    add_common_arguments(parser)


def enable_amp(cfg: Config) -> None:
    """Turn the OptimWrapper into an AmpOptimWrapper with a dynamic loss scale; bfloat16 on a CPU."""
    kind = cfg.optim_wrapper.type
    if kind not in ("OptimWrapper", "AmpOptimWrapper", "Bfloat16OptimWrapper"):
        raise SystemExit(
            f"error: --amp needs optim_wrapper.type='OptimWrapper', the config has '{kind}'"
        )
    if get_device() == "cpu":
        cfg.optim_wrapper.type = "Bfloat16OptimWrapper"
    elif kind == "OptimWrapper":
        cfg.optim_wrapper.type = "AmpOptimWrapper"
        cfg.optim_wrapper.setdefault("loss_scale", "dynamic")


def run(args: argparse.Namespace) -> None:
    """Build the runner and train."""
    cfg = load_config(args)
    if args.amp:
        enable_amp(cfg)
    cfg.resume = args.resume
    with only_run(cfg, "training"):
        build_runner(cfg).train()
