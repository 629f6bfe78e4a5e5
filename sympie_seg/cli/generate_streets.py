"""Generate the synthetic streets: OUT/cityscapes, OUT/acdc and OUT/dark_zurich.

Safe to repeat: files that are there and complete are kept, so an interrupted run continues where it
stopped, and larger counts add to what exists.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from sympie_seg.cli.input_errors import input_errors
from sympie_seg.streets.generation import StreetCounts, generate


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options."""
    parser.add_argument("out", type=Path, help="folder to fill")
    parser.add_argument(
        "--size", type=int, nargs=2, default=(256, 128), metavar=("WIDTH", "HEIGHT"),
        help="pixels (default 256 128)",
    )  # fmt: skip
    parser.add_argument("--train", type=int, default=400, help="clear training images")
    parser.add_argument("--val", type=int, default=60, help="clear validation images")
    parser.add_argument("--adverse", type=int, default=30, help="ACDC val images per condition")
    parser.add_argument("--adverse-train", type=int, default=0, help="ACDC train, per condition")
    parser.add_argument("--dark-zurich", type=int, help="Dark Zurich val (default: as --adverse)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2, help="processes")


def run(args: argparse.Namespace) -> None:
    """Generate what is missing.

    Raises:
        SystemExit: with one line on what is wrong, such as a full disk.
    """
    dark = args.adverse if args.dark_zurich is None else args.dark_zurich
    counts = StreetCounts(args.train, args.val, args.adverse_train, args.adverse, dark)
    with input_errors():
        written, scenes = generate(args.out, counts, tuple(args.size), args.seed, args.workers)
    print(f"\n{args.out}: {written} scenes written, {scenes - written} were complete")
