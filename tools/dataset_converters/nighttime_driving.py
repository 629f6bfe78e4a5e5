"""Check an unpacked Nighttime Driving (its test split, with coarse labels).

Where only *_gtCoarse_labelIds.png are there, *_gtCoarse_labelTrainIds.png are made from them. The
number of images is shown, but not checked: no published number was confirmed. Safe to repeat:
what is there and whole is kept.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

# Must be set before the workers start: each works on one file, on one core.
os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from sympie_seg.datasets.preparation import NIGHTTIME_DRIVING, add_arguments, prepare
from sympie_seg.utils.output import print_anything


def parse_args(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_arguments(parser, NIGHTTIME_DRIVING)
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    """Check, and convert what is missing; return the exit status."""
    return prepare(NIGHTTIME_DRIVING, parse_args(arguments))


if __name__ == "__main__":
    print_anything()
    sys.exit(main())
