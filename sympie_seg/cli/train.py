"""Train a segmentor or a classifier, or an enhancer in front of a frozen one; the interface is mmseg's."""

from __future__ import annotations

import argparse

from sympie_seg.cli.common import (
    add_common_arguments,
    build_runner,
    keep_memory_without_gpu,
    load_config,
    only_run,
)
from sympie_seg.cli.input_errors import input_errors
from sympie_seg.engine.mixed_precision import enable_amp


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


def run(args: argparse.Namespace) -> None:
    """Build the runner and train.

    Raises:
        SystemExit: if the config does not fit the options, or another run has the work dir.
    """
    cfg = load_config(args)
    if args.amp:
        with input_errors():
            enable_amp(cfg)
    cfg.resume = args.resume
    keep_memory_without_gpu()
    with only_run(cfg, "training"):
        build_runner(cfg).train()
