"""Check an unpacked ACDC, in its official tree or flat, and write file lists by condition.

Labels come ready; where only *_gt_labelIds.png are there, *_gt_labelTrainIds.png are made from
them. The flat layout of domain-adaptation code (rgb_anon/{train,val}) no longer tells conditions
apart: lists made from an official tree do. Safe to repeat: what is there and whole is kept.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from sympie_seg.cli.usage_error import UsageError
from sympie_seg.datasets.preparation import ACDC, ACDC_FLAT, Layout, prepare
from sympie_seg.datasets.preparation import add_arguments as add_layout_arguments
from sympie_seg.datasets.preparation.condition_lists import (
    collect_lists,
    compare_with_flat_copy,
    write_lists,
)
from sympie_seg.datasets.preparation.counting import Count


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
    layout = choose_layout(args.root)
    if layout is ACDC_FLAT:
        print(
            f"'{args.root}' has the flat layout: its folders do not tell conditions apart. File "
            "lists do: --write-lists DIR --lists-from OFFICIAL_TREE"
        )
    if not args.write_lists:
        return prepare(layout, args)
    try:
        lists = collect_lists(args.lists_from or args.root, ACDC, args.splits, args.subset)
    except ValueError as error:
        print(f"error: no lists were written: {error}", file=sys.stderr)
        return 1

    def compare(root: Path, counts: Sequence[Count]) -> list[str]:
        return compare_with_flat_copy(lists, counts) if layout is ACDC_FLAT else []

    return prepare(layout, args, compare) or _write_lists(args, lists)


def choose_layout(root: Path) -> Layout:
    """Recognise the flat layout; everything else is to be the official tree."""
    return ACDC_FLAT if ACDC_FLAT.fits(root) and not ACDC.fits(root) else ACDC


def _write_lists(args: argparse.Namespace, lists: dict) -> int:
    try:
        written = write_lists(args.write_lists, lists, args.dry_run)
    except OSError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    done = "would be written" if args.dry_run else "written"
    there = len(lists) - len(written)
    print(f"lists in '{args.write_lists}': {len(written)} {done}, {there} were there already")
    return 0
