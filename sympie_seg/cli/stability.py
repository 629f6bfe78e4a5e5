"""Apply enhancers 1, 2, ... times in front of a frozen network, and say what becomes of scores and pictures.

    sympie-seg stability CONFIG CHECKPOINT --enhancers two-step=A.pth one-step=B.pth --work-dir work_dirs/stability

CONFIG is a test config as for sympie-seg compare. Writes stability.json, .csv, .md and .svg into the work dir. Run the
same command again after a stop: it continues from the images that it had finished.
"""

from __future__ import annotations

import argparse
import os.path as osp

from sympie_seg.cli.common import (
    add_common_arguments,
    add_every_argument,
    check_work_dir,
    command_line,
    in_one_process,
    load_config,
    named_files,
    run_or_stop,
    thin_out,
)
from sympie_seg.cli.usage_error import UsageError
from sympie_seg.comparison.network import checkpoint_of
from sympie_seg.comparison.stability import measure_stability
from sympie_seg.report.outputs import write_stability


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options."""
    parser.add_argument("config", help="test config file path")
    parser.add_argument("checkpoint", nargs="?", help="checkpoint of the frozen network")
    parser.add_argument(
        "--enhancers", nargs="+", required=True, metavar="NAME=FILE", help="enhancer files, named"
    )
    parser.add_argument("--times", type=int, default=10, help="most applications (default 10)")
    add_every_argument(parser)
    add_common_arguments(parser)


def run(args: argparse.Namespace) -> None:
    """Compare all points, measure the drift, print and write.

    Raises:
        SystemExit: with one line on what is wrong with the input.
        UsageError: if options do not fit.
    """
    if args.times < 1:
        raise UsageError("--times must be at least 1")
    in_one_process(args)
    run_or_stop(_run, args)


def _run(args: argparse.Namespace) -> None:
    cfg = load_config(args)
    check_work_dir(cfg.work_dir)
    thin_out(cfg, args.every)
    files = named_files(args.enhancers)
    checkpoint = checkpoint_of(cfg, args.checkpoint)
    records = osp.join(cfg.work_dir, "records")
    content = measure_stability(cfg, checkpoint, files, args.times, records, command_line())
    write_stability(cfg.work_dir, content)
