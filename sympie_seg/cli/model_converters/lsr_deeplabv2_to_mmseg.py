"""Convert the public DeepLabV2-ResNet50 of LTTM/LSR to a checkpoint for sympie_seg's DeepLabV2.

    sympie-seg convert-model lsr-deeplabv2-to-mmseg SRC DST

Use the result with configs/_base_/models/deeplabv2_r50-d8.py and
``model.decode_head.summed_branches=2``: the file holds four branches of the classifier, but the
network that it belongs to adds up only the first two. The number is kept with the weights.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from sympie_seg.models.conversion.command import convert_file
from sympie_seg.models.conversion.lsr_names import SUMMED, convert_lsr, lsr_meta
from sympie_seg.upstream.checkpoint_reading import read_checkpoint


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options."""
    parser.add_argument("src", metavar="SRC", type=Path, help="checkpoint of LTTM/LSR")
    parser.add_argument("dst", metavar="DST", type=Path, help="checkpoint to write")


def run(args: argparse.Namespace) -> int:
    """Convert a file.

    Returns:
        0, or 1 after a line on stderr that says what is wrong.
    """

    def convert() -> tuple[dict, str]:
        state = convert_lsr(read_checkpoint(args.src))
        return state, f"use it with decode_head.summed_branches={SUMMED}"

    return convert_file(args.src, args.dst, convert, Path(__file__).name, lsr_meta)
