"""Write a corrupted copy of a dataset: OUT/<corruption>/<severity>/..., or OUT/mixed/...

    sympie-seg make-corrupted-dataset data/cityscapes data/cityscapes-c --layout cityscapes --splits val
    sympie-seg make-corrupted-dataset data/CamVid data/camvid-c --layout camvid --splits test --names fog
    sympie-seg make-corrupted-dataset data/imagenet data/imagenet-c --layout imagenet --jpeg-quality 85

Each <corruption>/<severity> is a dataset of the same layout. Its labels are links to the source's, or, where the
corruption moves pixels, copies that are moved alike. The pixels depend on the seed, the image's path below SOURCE, the
corruption and the severity alone, and are those of the pipeline transform ``Corrupt``. Safe to repeat: what is there
and whole is kept, so a run that was killed continues where it stopped. Images keep their format; a copy of JPEG images
is compressed once more (--jpeg-quality).
"""

from __future__ import annotations

import argparse
from pathlib import Path

from sympie_seg.cli.input_errors import input_errors
from sympie_seg.corruptions.registry import GROUPS
from sympie_seg.datasets.preparation.corrupted_copy import LAYOUTS
from sympie_seg.datasets.preparation.corrupted_dataset import (
    CorruptedDataset,
    write_corrupted_dataset,
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options."""
    parser.add_argument("source", type=Path, help="root of the dataset")
    parser.add_argument("out", type=Path, help="folder to fill")
    parser.add_argument("--layout", choices=LAYOUTS, required=True)
    parser.add_argument("--splits", nargs="+", default=["val"])
    names = list(GROUPS["imagenet_c"])
    parser.add_argument(
        "--names", nargs="+", default=names, help="corruptions (default: those of ImageNet-C)"
    )
    parser.add_argument("--severities", type=int, nargs="+", default=[1, 2, 3, 4, 5])
    parser.add_argument(
        "--mixed", action="store_true", help="several of the corruptions on one image, one copy"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jpeg-quality", type=int, default=95)
    parser.add_argument("--nproc", type=int, default=2, help="processes")


def run(args: argparse.Namespace) -> None:
    """Write what is missing.

    Raises:
        SystemExit: with one line on what is wrong, also where images of the source were left out.
    """
    copy = CorruptedDataset(
        args.source, args.out, args.layout, args.splits, args.names, args.severities, args.mixed, args.seed,
        args.jpeg_quality,
    )  # fmt: skip
    with input_errors():
        done = write_corrupted_dataset(copy, args.nproc)
    print(f"{args.out}: {done.written} images written, {done.images - done.written} were there")
    if done.unfinished:
        shown = ", ".join(done.unfinished[:3]) + (", ..." if len(done.unfinished) > 3 else "")
        print(
            f"not complete yet, of other runs: {len(done.unfinished)} parts ({shown}); give their command again"
        )
    print("".join(f"note: {line}\n" for line in done.remarks), end="")
    if done.losses:
        raise SystemExit("error: not all images of the source were written, see the notes")
