"""Prepare ACDC, in its official tree or flat, and write the lists that tell its conditions apart."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from sympie_seg.datasets.preparation.command import prepare
from sympie_seg.datasets.preparation.condition_lists import (
    Lists,
    collect_lists,
    compare_with_flat_copy,
    write_lists,
)
from sympie_seg.datasets.preparation.counting import Count
from sympie_seg.datasets.preparation.layouts import Layout

__all__ = ["prepare_with_lists"]


def prepare_with_lists(official: Layout, flat: Layout, args: argparse.Namespace) -> int:
    """Check, convert what is missing, write lists.

    Args:
        official: the official tree.
        flat: the flat one; everything that is not flat is to be the official tree.
        args: options of :func:`~sympie_seg.datasets.preparation.command.add_arguments`, ``write_lists`` (a folder or
            None) and ``lists_from`` (an official tree, or None for the root).

    Returns:
        The exit status.
    """
    is_flat = flat.fits(args.root) and not official.fits(args.root)
    layout = flat if is_flat else official
    if is_flat:
        print(
            f"'{args.root}' has the flat layout: its folders do not tell conditions apart. File "
            "lists do: --write-lists DIR --lists-from OFFICIAL_TREE"
        )
    if not args.write_lists:
        return prepare(layout, args)
    try:
        lists = collect_lists(args.lists_from or args.root, official, args.splits, args.subset)
    except ValueError as error:
        print(f"error: no lists were written: {error}", file=sys.stderr)
        return 1

    def compare(root: Path, counts: Sequence[Count]) -> list[str]:
        return compare_with_flat_copy(lists, counts) if is_flat else []

    return prepare(layout, args, compare) or _write(args.write_lists, lists, args.dry_run)


def _write(folder: Path, lists: Lists, dry_run: bool) -> int:
    try:
        written = write_lists(folder, lists, dry_run)
    except OSError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    done = "would be written" if dry_run else "written"
    there = len(lists) - len(written)
    print(f"lists in '{folder}': {len(written)} {done}, {there} were there already")
    return 0
