"""Convert CLIP's RN50 by OpenAI to a checkpoint for CLIPResNet and ZeroShotClsHead.

    sympie-seg convert-model clip-to-mmpretrain RN50.pt DST --text-features TEXT.pt

RN50.pt is OpenAI's TorchScript archive (its tensors are read; its code is neither run nor kept), or a state dict of
that model. TEXT.pt holds the text embeddings of the classes, precomputed with CLIP's text encoder: a tensor
(1000, 1024) or (1024, 1000). Without it the config has to name the file: model.head.text_features=TEXT.pt
"""

from __future__ import annotations

import argparse
from pathlib import Path

from sympie_seg.models.conversion.clip_names import convert_clip, read_text_features
from sympie_seg.models.conversion.command import convert_file
from sympie_seg.models.conversion.torchscript_archive import (
    is_torchscript,
    read_torchscript_weights,
)
from sympie_seg.upstream.checkpoint_reading import read_checkpoint

CONFIG = "configs/_base_/models/clip-resnet50_cls.py"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options."""
    parser.add_argument("src", metavar="SRC", type=Path, help="RN50.pt, or a state dict of it")
    parser.add_argument("dst", metavar="DST", type=Path, help="checkpoint to write")
    parser.add_argument(
        "--text-features", metavar="TEXT", type=Path, help="text embeddings of the classes"
    )


def run(args: argparse.Namespace) -> int:
    """Convert a file.

    Returns:
        0, or 1 after a line on stderr that says what is wrong.
    """

    def convert() -> tuple[dict, str]:
        text = read_text_features(args.text_features) if args.text_features else None
        archive = is_torchscript(args.src)
        content = read_torchscript_weights(args.src) if archive else read_checkpoint(args.src)
        state = convert_clip(content, text)
        if text is None:
            return state, f"the network is {CONFIG}, with model.head.text_features=FILE"
        return state, f"the network is {CONFIG}, with {len(text[0])} classes"

    return convert_file(args.src, args.dst, convert, Path(__file__).name)
