"""Check an unpacked Cityscapes, and make its *_gtFine_labelTrainIds.png.

They are not in the archive. They are made from *_gtFine_labelIds.png or, where that is absent,
from *_gtFine_polygons.json, for train and val (test has no public labels). Safe to repeat: what
is there and whole is kept.
"""

from __future__ import annotations

import argparse

from sympie_seg.datasets.preparation import CITYSCAPES, prepare
from sympie_seg.datasets.preparation import add_arguments as add_layout_arguments


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options."""
    add_layout_arguments(parser, CITYSCAPES)


def run(args: argparse.Namespace) -> int:
    """Check, and convert what is missing; return the exit status."""
    return prepare(CITYSCAPES, args)
