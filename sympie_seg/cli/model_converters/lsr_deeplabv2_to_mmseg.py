"""Convert the public DeepLabV2-ResNet50 of LTTM/LSR to a checkpoint for sympie_seg's DeepLabV2.

    sympie-seg convert-model lsr-deeplabv2-to-mmseg SRC DST

Use the result with configs/_base_/models/deeplabv2_r50-d8.py and
``model.decode_head.summed_branches=2``: the file holds four branches of the classifier, but the
network that it belongs to adds up only the first two. The number is kept with the weights.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from sympie_seg.datasets import ConditionCityscapesDataset
from sympie_seg.enhancer.files import file_sha256, save_whole
from sympie_seg.models.conversion.lsr_names import SUMMED, convert_lsr
from sympie_seg.upstream.checkpoint_reading import read_checkpoint
from sympie_seg.version import __version__


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options."""
    parser.add_argument("src", metavar="SRC", type=Path, help="checkpoint of LTTM/LSR")
    parser.add_argument("dst", metavar="DST", type=Path, help="checkpoint to write")


def run(args: argparse.Namespace) -> int:
    """Convert a file.

    Returns:
        0, or 1 after a line on stderr that says what is wrong.
    """
    try:
        state = convert_lsr(read_checkpoint(args.src))
        save_whole(args.dst, {"state_dict": state, "meta": _meta(args.src, state)})
    except (ValueError, OSError) as error:
        print(f"error: cannot convert '{args.src}': {error}", file=sys.stderr)
        return 1
    print(
        f"wrote {len(state)} tensors to '{args.dst}'; use it with decode_head.summed_branches={SUMMED}"
    )
    return 0


def _meta(source: Path, state: Mapping[str, Tensor]) -> dict[str, Any]:
    meta: dict[str, Any] = {
        "converted_from": source.name,
        "converted_from_sha256": file_sha256(source),
        "converter": "tools/model_converters/lsr_deeplabv2_to_mmseg.py",
        "sympie_seg_version": __version__,
    }
    classes = ConditionCityscapesDataset.METAINFO["classes"]
    if state["decode_head.branches.0.bias"].numel() == len(classes):
        meta["dataset_meta"] = dict(ConditionCityscapesDataset.METAINFO)
    return meta
