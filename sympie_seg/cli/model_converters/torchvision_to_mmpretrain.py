"""Convert a classifier in torchvision's names to a checkpoint for mmpretrain's network.

    sympie-seg convert-model torchvision-to-mmpretrain resnet50 SRC DST

SRC is a file of torchvision, or of anybody who trains torchvision's networks: AugMix, PixMix, PRIME, HybridAugment++.
Weights may be bare or under 'state_dict', 'model' or 'model_state_dict', with 'module.' or 'model.' before their names;
a normalisation layer beside the network is checked and left out.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from sympie_seg.models.conversion import ARCHITECTURES, convert_torchvision
from sympie_seg.models.conversion.command import convert_file
from sympie_seg.upstream.checkpoint_reading import read_checkpoint


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options."""
    parser.add_argument("architecture", choices=ARCHITECTURES, help="torchvision's name")
    parser.add_argument("src", metavar="SRC", type=Path, help="checkpoint in torchvision's names")
    parser.add_argument("dst", metavar="DST", type=Path, help="checkpoint to write")


def run(args: argparse.Namespace) -> int:
    """Convert a file.

    Returns:
        0, or 1 after a line on stderr that says what is wrong.
    """

    def convert() -> tuple[dict, str]:
        state, published = convert_torchvision(read_checkpoint(args.src), args.architecture)
        wrapped = ", ".join(
            [*map(repr, published.wrappers), repr(published.prefix) if published.prefix else ""]
        )
        message = f"the network is configs/_base_/models/{ARCHITECTURES[args.architecture].config}"
        if wrapped.strip(", "):
            message += f"; the weights were under {wrapped.strip(', ')}"
        if published.left_out:
            message += (
                f"; left out, as the data preprocessor normalises: {', '.join(published.left_out)}"
            )
        return state, message

    return convert_file(args.src, args.dst, convert, Path(__file__).name)
