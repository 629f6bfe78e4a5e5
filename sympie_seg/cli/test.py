"""Test a segmentor or a classifier, with or without enhancer; the interface is mmseg's and mmpretrain's."""

from __future__ import annotations

import argparse

from sympie_seg.cli.common import (
    add_common_arguments,
    build_runner,
    keep_memory_without_gpu,
    load_config,
)
from sympie_seg.cli.input_errors import input_errors
from sympie_seg.engine.testing import Outputs, prepare_test, run_test


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add mmseg's arguments."""
    parser.add_argument("config", help="test config file path")
    parser.add_argument(
        "checkpoint",
        help="checkpoint file: a full one, or the frozen network's together with "
        "--cfg-options model.data_preprocessor.enhancer=FILE",
    )
    parser.add_argument(
        "--out",
        help="segmentation: directory for the predictions, as PNG with class indices; classification: file "
        "(.pkl, with --out-item metrics also .json)",
    )
    parser.add_argument(
        "--out-item",
        choices=["metrics", "pred"],
        help="classification: what --out holds (default: pred, the predictions)",
    )
    parser.add_argument("--show", action="store_true", help="show prediction results")
    parser.add_argument("--show-dir", help="directory where painted images are saved")
    parser.add_argument("--wait-time", type=float, default=2, help="the interval of show (s)")
    parser.add_argument("--tta", action="store_true", help="test time augmentation")
    add_common_arguments(parser)


def run(args: argparse.Namespace) -> None:
    """Test, and write what the options ask for.

    Raises:
        SystemExit: if options would write nothing, or the config lacks what they need.
    """
    cfg = load_config(args)
    cfg.load_from = args.checkpoint
    outputs = Outputs(args.out, args.out_item, args.show, args.show_dir, args.wait_time, args.tta)
    with input_errors():
        prepare_test(cfg, outputs)
    keep_memory_without_gpu()
    run_test(build_runner(cfg), outputs)
