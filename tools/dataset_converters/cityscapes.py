"""Check an unpacked Cityscapes, and make its *_gtFine_labelTrainIds.png.

They are not in the archive. They are made from *_gtFine_labelIds.png or, where that is absent,
from *_gtFine_polygons.json, for train and val (test has no public labels). Safe to repeat: what
is there and whole is kept.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

# Must be set before the workers start: each works on one file, on one core.
os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from sympie_seg.datasets.preparation import CITYSCAPES, add_arguments, prepare
from sympie_seg.utils.output import print_anything


def parse_args(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_arguments(parser, CITYSCAPES)
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    """Check, and convert what is missing; return the exit status."""
    return prepare(CITYSCAPES, parse_args(arguments))


if __name__ == "__main__":
    print_anything()
    sys.exit(main())
