"""Test one frozen network behind several enhancers on the same images, and print what each gains, with intervals.

    sympie-seg compare CONFIG [CHECKPOINT] --enhancer none clahe gamma enhancer.pth
    sympie-seg compare CONFIG [CHECKPOINT] --enhancer none enhancer.pth --strength 0 0.5 1 1.4

CONFIG is a test config of mmseg or mmpretrain, stock or ours; CHECKPOINT holds the network (by default the config's
frozen_checkpoint, else load_from). Writes comparison.json, .csv, .md and .html. Run the same command again after a
stop: it continues from the images that it had finished. See docs/evaluation.md.
"""

from __future__ import annotations

import argparse
import os.path as osp

from mmengine.config import Config
from mmengine.logging import MMLogger

from sympie_seg.cli.common import (
    add_common_arguments,
    command_line,
    load_config,
    only_run,
    run_or_stop,
)
from sympie_seg.comparison.bootstrap import Bootstrap
from sympie_seg.comparison.cost import usual_size
from sympie_seg.comparison.enhancers import choose_enhancers, sweep_strength
from sympie_seg.comparison.grid import find_baseline
from sympie_seg.comparison.network import checkpoint_of
from sympie_seg.comparison.run import Options, compare
from sympie_seg.engine.processes import start_processes
from sympie_seg.models.enhancers import CLASSICAL
from sympie_seg.report.outputs import write_comparison, write_page


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options."""
    parser.add_argument("config", help="test config file path")
    parser.add_argument("checkpoint", nargs="?", help="checkpoint of the frozen network")
    parser.add_argument(
        "--enhancer", "--enhancers", dest="enhancers", nargs="+", default=["none", "clahe", "gamma"],
        metavar="NAME_OR_FILE",
        help=f"{', '.join(CLASSICAL)}, or enhancer files; differences are from the first",
    )  # fmt: skip
    parser.add_argument(
        "--strength", type=float, nargs="+", metavar="S",
        help="test each enhancer file once with each of these strengths, 0 to 2: a column for each (default: the "
        "file's own; 0 changes nothing, 1 applies the prediction, more goes further)",
    )  # fmt: skip
    parser.add_argument(
        "--out",
        help="JSON file; CSV and Markdown go beside it (default: comparison.json in --work-dir)",
    )
    parser.add_argument(
        "--cost-size", type=int, nargs=2, metavar=("WIDTH", "HEIGHT"),
        help="image size at which the cost is measured (default: 1024 512, in classification 224 224)",
    )  # fmt: skip
    parser.add_argument("--no-cost", action="store_true", help="do not measure the cost")
    parser.add_argument("--resamples", type=int, default=1000, help="of the bootstrap")
    parser.add_argument("--level", type=float, default=0.95, help="of the intervals")
    parser.add_argument("--bootstrap-seed", type=int, default=0)
    parser.add_argument(
        "--mce-baseline", metavar="NAME_OR_FILE",
        help="an enhancer of this run, or JSON/CSV of errors in percent by corruption (default: the first enhancer)",
    )  # fmt: skip
    parser.add_argument("--title", help="of the tables")
    parser.add_argument(
        "--report", action=argparse.BooleanOptionalAction, default=True,
        help="write an HTML page with tables, grids and chosen images too",
    )  # fmt: skip
    add_common_arguments(parser)


def options_of(args: argparse.Namespace, cfg: Config, names: list[str]) -> Options:
    """Turn the arguments into what the comparison takes."""
    size = args.cost_size or usual_size(cfg)
    return Options(
        bootstrap=Bootstrap(args.resamples, args.level, args.bootstrap_seed),
        cost_size=None if args.no_cost else tuple(size),
        mce_baseline=find_baseline(args.mce_baseline, names),
        title=args.title,
        command=command_line(),
    )


def run(args: argparse.Namespace) -> None:
    """Compare, print and write.

    Raises:
        SystemExit: with one line on what is wrong with the input.
    """
    run_or_stop(_run, args)


def _run(args: argparse.Namespace) -> None:
    cfg = load_config(args)
    with only_run(cfg, "a comparison"):
        _compare(args, cfg)


def _compare(args: argparse.Namespace, cfg: Config) -> None:
    start_processes(args.launcher, cfg)
    MMLogger.get_instance("compare", logger_name="compare")  # knows its rank: one of them speaks
    choices = sweep_strength(choose_enhancers(args.enhancers), args.strength)
    options = options_of(args, cfg, [choice.name for choice in choices])
    checkpoint = checkpoint_of(cfg, args.checkpoint)
    compared = compare(cfg, checkpoint, choices, osp.join(cfg.work_dir, "records"), options)
    if compared is not None:
        out = args.out or osp.join(cfg.work_dir, "comparison.json")
        write_comparison(out, compared.result)
        if args.report:
            write_page(osp.splitext(out)[0] + ".html", compared)
