"""Make a classification task from a segmentation dataset: square crops that show one class each.

    sympie-seg convert-dataset crops camvid data/CamVid data/camvid-crops
    sympie-seg convert-dataset crops cityscapes data/streets/cityscapes data/streets-crops

Writes OUT/<split>/<class>/*.png, the folders that mmpretrain's CustomDataset reads. The cityscapes layout is also that
of the generated streets. Each class of a split has at most --most crops, drawn evenly, so that accuracies mean the same
for every class. Safe to repeat: what is there and whole is kept.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from sympie_seg.cli.input_errors import input_errors
from sympie_seg.datasets.preparation.crop_folders import MOST, CropTask, write_crop_folders
from sympie_seg.datasets.preparation.label_crops import TASKS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options."""
    parser.add_argument("task", choices=TASKS, help="layout of the source")
    parser.add_argument("root", type=Path, help="root of the dataset")
    parser.add_argument("out", type=Path, help="folder to fill")
    parser.add_argument("--size", type=int, default=64, help="side of the crops in pixels")
    parser.add_argument(
        "--most", nargs="+", default=[], metavar="SPLIT=N",
        help=f"crops per class, default {' '.join(f'{k}={v}' for k, v in MOST.items())}",
    )  # fmt: skip
    parser.add_argument("--seed", type=int, default=0, help="which crops are drawn")
    parser.add_argument("--nproc", type=int, default=2, help="processes")


def limits(words: list[str]) -> dict[str, int]:
    """Read SPLIT=N.

    Raises:
        ValueError: if a word is not of that kind.
    """
    most = dict(MOST)
    for word in words:
        split, _, number = word.partition("=")
        if split not in MOST or not number.isdecimal() or not int(number):
            raise ValueError(
                f"--most takes SPLIT=N with a split of {', '.join(MOST)}, got '{word}'"
            )
        most[split] = int(number)
    return most


def run(args: argparse.Namespace) -> None:
    """Write what is missing, and print how many crops each class has.

    Raises:
        SystemExit: with one line on what is wrong.
    """
    with input_errors():
        crops = CropTask(args.task, args.root, args.out, args.size, limits(args.most), args.seed)
        done = write_crop_folders(crops, args.nproc)
    for remark in done.remarks:
        print(f"note: {remark}")
    for split, counts in done.counts.items():
        listed = ", ".join(f"{name} {count}" for name, count in counts.items())
        print(f"{split}: {sum(counts.values())} crops ({listed})")
    print(f"{args.out}: {done.written} crops written, the others were there")
