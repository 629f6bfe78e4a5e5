"""Draw strips of pictures: input, enhanced, the network's prediction without and with the enhancer, ground truth.

    sympie-seg visualize CONFIG CHECKPOINT IN OUT --enhancer enhancer.pth [--truth LABELS]

IN is a picture or a folder (with the tree below it), OUT the file or folder to write, as PNG. Pictures go through
the config's test pipeline, of any size; CHECKPOINT holds the frozen network. A run that was stopped continues with what
is missing.
"""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path

from sympie_seg.cli.common import add_config_options, load_config
from sympie_seg.report.strips import Drawing, Sources, write_strips
from sympie_seg.utils.failures import told


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options."""
    parser.add_argument("config", help="test config of the network")
    parser.add_argument("checkpoint", help="checkpoint of the frozen network")
    parser.add_argument("input", type=Path, metavar="IN", help="a picture, or a folder of pictures")
    parser.add_argument("output", type=Path, metavar="OUT", help="PNG file, or folder to fill")
    parser.add_argument("--enhancer", required=True, help="enhancer file, or a name such as clahe")
    parser.add_argument(
        "--truth", type=Path, help="folder of label maps with IN's tree (or one file)"
    )
    parser.add_argument(
        "--image-suffix", help="what --truth-suffix replaces (default: IN's suffix)"
    )
    parser.add_argument("--truth-suffix", default=".png", help="such as _gtFine_labelTrainIds.png")
    parser.add_argument("--opacity", type=float, default=1.0, help="of the classes on the pictures")
    parser.add_argument("--width", type=int, help="of one picture, in pixels (default: its own)")
    parser.add_argument("--columns", type=int, help="pictures in a row (default: all)")
    parser.add_argument("--parameters", action="store_true", help="draw C_M, C_S and K, too")
    parser.add_argument("--overwrite", action="store_true", help="draw again what is there already")
    add_config_options(parser)


def run(args: argparse.Namespace) -> int:
    """Draw all strips.

    Returns:
        1 if some could not be drawn, else 0.

    Raises:
        SystemExit: with one line on what is wrong with the options.
    """
    try:
        sources = Sources(
            args.config,
            args.checkpoint,
            args.enhancer,
            partial(load_config, args),
            args.cfg_options,
        )
        drawing = Drawing(
            args.truth, args.image_suffix, args.truth_suffix, args.opacity, args.width, args.columns, args.parameters
        )  # fmt: skip
        done = write_strips(args.input, args.output, sources, drawing, args.overwrite)
    except KeyboardInterrupt:
        raise SystemExit("stopped; the same command continues with what is missing") from None
    except (OSError, ValueError) as error:
        raise SystemExit(f"error: {told(error)}") from None
    drawn, failed = done.written, len(done.failures)
    print(f"{drawn} strips written to '{args.output}'")
    if drawn + failed < done.strips:
        print(f"{done.strips - drawn - failed} were there already (--overwrite draws them again)")
    if done.failures:
        print("\n".join([f"{failed} could not be drawn:", *(f"  {f}" for f in done.failures)]))
    if done.listing:
        print("".join(f"note: {remark}\n" for remark in done.listing.remarks()), end="")
    return int(bool(done.failures or (done.listing and done.listing.losses())))
