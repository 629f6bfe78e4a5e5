"""Write what a network is given: samples after the pipeline, with their label, corruption and severity.

    sympie-seg browse-dataset CONFIG --output-dir browse [--phase train] [--number 16]

The training phase shows the first draws of a training with this config and seed, in their order. A picture holds the
image as it was loaded (where the pipeline keeps it), the image that leaves the pipeline, and that with its label.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from sympie_seg.cli.common import add_config_options, load_config
from sympie_seg.report.samples import Shown, write_samples


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options."""
    parser.add_argument("config", help="config file path")
    parser.add_argument("--output-dir", default="browse", help="folder for the pictures")
    parser.add_argument("--phase", choices=["train", "val", "test"], default="train")
    parser.add_argument("--number", type=int, default=16, help="pictures")
    parser.add_argument("--show", action="store_true", help="show them in a window too")
    parser.add_argument("--show-interval", type=float, default=2, help="seconds")
    add_config_options(parser)


def run(args: argparse.Namespace) -> None:
    """Write the pictures."""
    cfg = load_config(args)
    shown = Shown(args.phase, args.number, args.show_interval if args.show else None)
    number = write_samples(cfg, Path(args.output_dir), shown)
    print(f"\n{number} pictures of the {args.phase} pipeline are in '{args.output_dir}'")
