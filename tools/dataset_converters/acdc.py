"""Check an unpacked ACDC, in its official tree or flat, and write file lists by condition.

Labels come ready; where only *_gt_labelIds.png are there, *_gt_labelTrainIds.png are made from
them. The flat layout of domain-adaptation code (rgb_anon/{train,val}) no longer tells conditions
apart: lists made from an official tree do. Safe to repeat: what is there and whole is kept.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

# Must be set before the workers start: each works on one file, on one core.
os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from sympie_seg.datasets.preparation import ACDC, ACDC_FLAT, Layout, add_arguments, prepare
from sympie_seg.datasets.preparation.condition_lists import (
    collect_lists,
    compare_with_flat_copy,
    write_lists,
)
from sympie_seg.datasets.preparation.counting import Count
from sympie_seg.utils.output import print_anything


def parse_args(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_arguments(parser, ACDC)
    parser.add_argument(
        "--write-lists", type=Path, metavar="DIR",
        help="write DIR/<condition>_<split>.txt: one image a line, its file name without "
        "'_rgb_anon.png'",
    )  # fmt: skip
    parser.add_argument(
        "--lists-from", type=Path, metavar="OFFICIAL_TREE",
        help="official tree from which the lists are made, if ROOT is flat (default: ROOT)",
    )  # fmt: skip
    args = parser.parse_args(arguments)
    if args.lists_from and not args.write_lists:
        parser.error("--lists-from needs --write-lists DIR")
    return args


def main(arguments: list[str] | None = None) -> int:
    """Check, convert what is missing, write lists; return the exit status."""
    args = parse_args(arguments)
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


if __name__ == "__main__":
    print_anything()
    sys.exit(main())
