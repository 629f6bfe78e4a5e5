"""Enhance a picture, a video, or a folder of them (its tree is kept); needs no mmseg.

    sympie-seg enhance IN OUT [--enhancer general]

Run the same command again to continue: files whose result is there, and whole, are skipped.
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
    """Enhance what the options name.

    Returns:
        0, or 1 if some files could not be enhanced or even read.

    Raises:
        SystemExit: with a message, if nothing can be done or written.
    """
    # They import torch and OpenCV.
    from sympie_seg.enhancing.options import Options
    from sympie_seg.enhancing.run import enhance_files
    from sympie_seg.utils.failures import told

    try:
        asked = {name: getattr(args, name) for name in Options.__dataclass_fields__}
        summary, is_whole = enhance_files(Options(**asked))
    except KeyboardInterrupt:
        raise SystemExit("stopped; the same command continues with what is missing") from None
    except (OSError, ValueError, RuntimeError) as error:
        raise SystemExit(f"error: {told(error)}") from None
    print(summary)
    return int(not is_whole)
