"""Check an unpacked ACDC, in its official tree or flat, and write file lists by condition.

Labels come ready; where only *_gt_labelIds.png are there, *_gt_labelTrainIds.png are made from
them. The flat layout of domain-adaptation code (rgb_anon/{train,val}) no longer tells conditions
apart: lists made from an official tree do. Safe to repeat: what is there and whole is kept.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from sympie_seg.cli.usage_error import UsageError
from sympie_seg.datasets.preparation import ACDC, ACDC_FLAT
from sympie_seg.datasets.preparation import add_arguments as add_layout_arguments
from sympie_seg.datasets.preparation.acdc import prepare_with_lists


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options."""
    add_layout_arguments(parser, ACDC)
    parser.add_argument(
        "--write-lists", type=Path, metavar="DIR",
        help="write DIR/<condition>_<split>.txt: one image a line, its file name without "
        "'_rgb_anon.png'",
    )  # fmt: skip
    parser.add_argument(
        "--lists-from", type=Path, metavar="OFFICIAL_TREE",
        help="official tree from which the lists are made, if ROOT is flat (default: ROOT)",
    )  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Check, convert what is missing, write lists; return the exit status."""
    if args.lists_from and not args.write_lists:
        raise UsageError("--lists-from needs --write-lists DIR")
    return prepare_with_lists(ACDC, ACDC_FLAT, args)
