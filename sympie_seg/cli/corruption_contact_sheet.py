"""Draw every corruption at every severity on one photograph.

    sympie-seg corruption-contact-sheet corruptions.png [--image PHOTO] [--names fog night] [--width 180]

Without --image the photograph is one that scikit-image ships (its cup of coffee).
"""

from __future__ import annotations

import argparse
from pathlib import Path

from mmengine.utils import track_iter_progress

from sympie_seg.cli.input_errors import input_errors
from sympie_seg.corruptions.registry import CORRUPTIONS, check_name
from sympie_seg.utils.images import write_image
from sympie_seg.utils.pictures import read_rgb
from sympie_seg.visualization.contact_sheet import contact_sheet, example_photograph


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options."""
    parser.add_argument("out", type=Path, help="PNG or JPEG file to write")
    parser.add_argument("--image", type=Path, help="photograph (default: scikit-image's coffee)")
    parser.add_argument("--names", nargs="+", default=list(CORRUPTIONS))
    parser.add_argument("--width", type=int, default=180, help="of one picture, in pixels")
    parser.add_argument("--seed", type=int, default=0)


def run(args: argparse.Namespace) -> None:
    """Write the sheet.

    Raises:
        SystemExit: with one line on what is wrong with an option.
    """
    with input_errors("--names"):
        for name in args.names:
            check_name(name)
    with input_errors("--image" if args.image else ""):
        image = read_rgb(args.image) if args.image else example_photograph()
    sheet = contact_sheet(image, track_iter_progress(args.names), args.width, args.seed)
    try:
        write_image(args.out, sheet)
    except OSError as error:
        raise SystemExit(f"error: {error}; name a .png or .jpg file") from None
    print(f"\n{len(args.names)} corruptions are on '{args.out}'")
