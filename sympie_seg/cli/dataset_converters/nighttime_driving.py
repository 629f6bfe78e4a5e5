"""Check an unpacked Nighttime Driving (its test split, with coarse labels).

Where only *_gtCoarse_labelIds.png are there, *_gtCoarse_labelTrainIds.png are made from them. The
number of images is shown, but not checked: no published number was confirmed. Safe to repeat:
what is there and whole is kept.
"""

from __future__ import annotations

import argparse

from sympie_seg.datasets.preparation import NIGHTTIME_DRIVING, prepare
from sympie_seg.datasets.preparation import add_arguments as add_layout_arguments


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options."""
    add_layout_arguments(parser, NIGHTTIME_DRIVING)


def run(args: argparse.Namespace) -> int:
    """Check, and convert what is missing; return the exit status."""
    return prepare(NIGHTTIME_DRIVING, args)
