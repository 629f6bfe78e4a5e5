"""Enhance a picture, a video, or a folder of them (its tree is kept); needs no mmseg.

file                      what
========================  ========================================================================
``command``               the options, and the run
``jobs``                  which files are read, and where their results go
``pictures``, ``videos``  write them: alpha, 16 bits, frame rates; the readers are in ``sympie_seg.utils``
``large``                 pictures from 17 million pixels on, strip by strip
``sound``                 of videos, copied by ffmpeg
``record``                the 37 numbers as CSV or JSON
========================  ========================================================================
=======
sympie-seg enhance IN OUT [--enhancer general]
"""

from __future__ import annotations

import argparse
from pathlib import Path

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options."""
    add = parser.add_argument
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


def run(args: argparse.Namespace) -> int:
    """Enhance what the options name; see :func:`sympie_seg.cli.enhance.command.run`."""
    from sympie_seg.cli.enhance.command import run as enhance  # imports torch and OpenCV

    return enhance(args)
