"""The command ``sympie-seg``; to import it needs the standard library only (see ``sympie_seg_cli.py``)."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from sympie_seg.cli import doctor
from sympie_seg.utils.output import print_anything
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
    add_enhance(commands)
    return top


def add_enhance(commands: argparse._SubParsersAction) -> None:
    """Describe ``sympie-seg enhance``."""
    text = "enhance a picture, a video, or a folder of them (its tree is kept); needs no mmseg"
    command = commands.add_parser("enhance", help=text, description=text)
    add = command.add_argument
    add("input", type=Path, metavar="IN", help="picture, video or folder")
    add("output", type=Path, metavar="OUT", help="file to write or folder to fill; never IN")
    add(
        "--enhancer",
        type=Path,
        help="enhancer file, or general, cityscapes, camvid (default: general)",
    )
    add(
        "--strength", type=float, metavar="S",
        help="0 changes nothing, 1 applies the prediction, up to 2 goes further (default: the enhancer file's own)",
    )  # fmt: skip
    add("--device", help="cpu, cuda, cuda:1, ... (default: cuda where there is one)")
    add(
        "--parameters",
        type=Path,
        metavar="FILE",
        help="write the 37 numbers of each, .csv or .json",
    )
    add("--overwrite", action="store_true", help="do files again whose result is there")
    add("--suffix", help="write pictures (or videos) in this format, such as .png or .mp4")
    add("--jpeg-quality", type=int, default=95, help="0 to 100 (default: 95)")
    add(
        "--smooth", type=float, default=0.0, metavar="WEIGHT",
        help="weight of the past frames' parameters in a video, in [0, 1) (default: 0, off)",
    )  # fmt: skip
    add("--fps", type=float, help="frames per second of videos (default: the source's)")
    add("--codec", help="four letters, such as mp4v (default: as the suffix asks)")
    add(
        "--audio", choices=("drop", "copy"), default="drop",
        help="of videos: copy their sound, which needs the program ffmpeg (default: drop)",
    )  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: what follows ``sympie-seg`` on the command line. Defaults to ``sys.argv``.

    Returns:
        The exit status: 0, or 1 if the doctor found something broken or files could not be enhanced.
    """
    print_anything()
    options = parser().parse_args(arguments)
    if options.command == "enhance":
        from sympie_seg.cli.enhance.command import run  # imports torch and OpenCV

        return run(options)
    return doctor.main(try_imports=not options.no_import)
