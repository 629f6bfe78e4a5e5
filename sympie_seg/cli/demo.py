"""The embedded default: generate streets, train a network, freeze it, train SyMPIE in front of it, and compare.

    sympie-seg demo                          # one quick run
    sympie-seg demo --full --seeds 1 2 3     # the larger runs behind the table of docs/quickstart.md

Needs no data and no GPU. The steps and the time of each are said first; each has a bar, and its output goes to
demo.log. Run the same command again to continue: finished steps are skipped, an unfinished training resumes from its
last checkpoint.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from sympie_seg.cli.common import to_continue
from sympie_seg.demos.streets import FULL, QUICK, run_seeds
from sympie_seg.utils.phases import minutes


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options."""
    parser.add_argument(
        "--work-dir",
        type=Path,
        help=f"folder to fill (default: {QUICK.work_dir}, with --full {FULL.work_dir})",
    )
    parser.add_argument("--seeds", type=int, nargs="+", default=[1], help="one whole run each")
    parser.add_argument("--full", action="store_true", help="train longer and test more images")


def run(args: argparse.Namespace) -> None:
    """Run all seeds and print the table.

    Raises:
        SystemExit: if a step fails or is interrupted.
    """
    start = time.monotonic()
    size = FULL if args.full else QUICK
    with to_continue():
        run_seeds((args.work_dir or Path(size.work_dir)).resolve(), args.seeds, size)
    print(f"Took {minutes(time.monotonic() - start)}")
