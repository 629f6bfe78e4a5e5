"""The embedded default for classification: SyMPIE in front of a frozen classifier of crops of generated streets.

    sympie-seg demo-classification [--work-dir work_dirs/streets-crops] [--seed 1]

Generates streets, cuts crops of six classes, trains a classifier, freezes it, trains SyMPIE in front of it, and
compares the two on crops of other streets, clean and corrupted. Every step is skipped where its result is there
already, and continues from its last checkpoint where it was interrupted. Needs no data; a few minutes on two cores.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from sympie_seg.cli.common import to_continue
from sympie_seg.demos.crops import run_all, summary
from sympie_seg.utils.phases import minutes


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options."""
    parser.add_argument("--work-dir", type=Path, default=Path("work_dirs/streets-crops"))
    parser.add_argument("--seed", type=int, default=1, help="of the scenes and of both trainings")


def run(args: argparse.Namespace) -> None:
    """Run and print the table.

    Raises:
        SystemExit: if a step fails or is interrupted.
    """
    start = time.monotonic()
    with to_continue():
        print(summary(run_all(args.work_dir, args.seed)))
    print(f"Took {minutes(time.monotonic() - start)}")
