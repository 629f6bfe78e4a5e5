"""Check an unpacked Dark Zurich; daytime references are not counted as images.

Labels are public for val only. They come ready; where only *_gt_labelIds.png are there,
*_gt_labelTrainIds.png are made from them. Safe to repeat: what is there and whole is kept.
"""

from __future__ import annotations

import argparse

from sympie_seg.datasets.preparation import DARK_ZURICH, prepare
from sympie_seg.datasets.preparation import add_arguments as add_layout_arguments


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options."""
    add_layout_arguments(parser, DARK_ZURICH)


def run(args: argparse.Namespace) -> int:
    """Check, and convert what is missing; return the exit status."""
    return prepare(DARK_ZURICH, args)
