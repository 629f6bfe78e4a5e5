"""Write, or check, an archive for the test server of ACDC, Dark Zurich or Cityscapes.

    sympie-seg submission write acdc PREDICTIONS OUT.zip --data data/acdc
    sympie-seg submission check acdc OUT.zip --data data/acdc

PREDICTIONS is the folder of ``sympie-seg test --out`` (see configs/*_test-server.py), or any folder with one PNG of
trainIds per test image. What each server wants: docs/submission.md.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from sympie_seg.submission import (
    SERVERS,
    Report,
    check_submission,
    expected_images,
    get_server,
    write_archive,
)
from sympie_seg.utils.failures import told


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options."""
    commands = parser.add_subparsers(dest="command", required=True)
    write = commands.add_parser("write", help="pack predictions, check, and write the zip")
    check = commands.add_parser("check", help="check a zip, or a folder with the same tree")
    for command in (write, check):
        command.add_argument("server", choices=list(SERVERS))
    write.add_argument("predictions", type=Path, help="folder with the predictions")
    write.add_argument("out", type=Path, help="zip file to write or replace")
    write.add_argument(
        "--holds", choices=("trainIds", "labelIds"), default="trainIds",
        help="the numbers in the predictions (default trainIds); turned into what the server wants",
    )  # fmt: skip
    check.add_argument("archive", type=Path, help="zip file or folder")
    for command in (write, check):
        command.add_argument(
            "--data", type=Path, help="the dataset on disk: names and conditions are compared too"
        )
        command.add_argument(
            "--subset", action="store_true", help="DATA may hold fewer test images than published"
        )
        command.add_argument("--nproc", type=int, default=1, help="processes")


def write_or_check(args: argparse.Namespace) -> Report:
    """Write, or check."""
    server = get_server(args.server)
    images = expected_images(server, args.data, args.subset) if args.data else None
    if args.command == "check":
        return check_submission(server, args.archive, images, args.nproc)
    return write_archive(server, args.predictions, args.out, images, args.holds, args.nproc)


def run(args: argparse.Namespace) -> int:
    """Run a command; 0 if no error was found."""
    try:
        report = write_or_check(args)
    except (OSError, ValueError) as error:
        sys.stdout.flush()
        print(f"error: {told(error)}", file=sys.stderr)
        return 1
    print(report)
    if args.command == "write":
        print(f"written: '{args.out}'" if report.ok else "nothing was written")
    return 0 if report.ok else 1
