"""The command ``sympie-seg``; needs the standard library only (see ``sympie_seg_cli.py``)."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from sympie_seg import doctor
from sympie_seg.version import __version__

__all__ = ["main"]


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    top = argparse.ArgumentParser(prog="sympie-seg", description="Helpers of SyMPIE-Seg.")
    top.add_argument("--version", action="version", version=f"sympie-seg {__version__}")
    commands = top.add_subparsers(dest="command", required=True)
    check = commands.add_parser("doctor", help="print versions, what is wrong and how to mend it")
    check.add_argument(
        "--no-import", action="store_true", help="look at versions only; import nothing (quick)"
    )
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: what follows ``sympie-seg`` on the command line. Defaults to ``sys.argv``.

    Returns:
        The exit status: 0, or 1 if the doctor found something broken.
    """
    options = parser().parse_args(arguments)
    return doctor.main(try_imports=not options.no_import)
