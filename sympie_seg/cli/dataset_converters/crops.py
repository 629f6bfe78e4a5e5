"""Make a classification task from a segmentation data set: square crops that show one class each.

    sympie-seg convert-dataset crops camvid data/CamVid data/camvid-crops
    sympie-seg convert-dataset crops cityscapes data/streets/cityscapes data/streets-crops

Writes OUT/<split>/<class>/*.png, the folders that mmpretrain's CustomDataset reads. The cityscapes layout is also that
of the generated streets. Each class of a split has at most --most crops, drawn evenly, so that accuracies mean the same
for every class. Safe to repeat: what is there and whole is kept.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter
from functools import partial
from pathlib import Path

from sympie_seg.datasets.preparation.label_crops import (
    TASKS,
    CropJob,
    find_crops,
    list_frames,
    write_crops,
)
from sympie_seg.utils.files import replace_bytes
from sympie_seg.utils.foreign import read_json_object
from sympie_seg.utils.parallel import run_tracked

MOST = {"train": 900, "val": 60, "test": 40, "dusk": 40}
RECORD = "crops.json"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options."""
    parser.add_argument("task", choices=TASKS, help="layout of the source")
    parser.add_argument("root", type=Path, help="root of the data set")
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


def list_jobs(args: argparse.Namespace, split: str, most: int) -> list[CropJob]:
    """Find all crops of a split and draw from them.

    Raises:
        ValueError: if there is no crop of a class.
    """
    task = TASKS[args.task]
    frames = list_frames(args.root, task, split)
    find = partial(find_crops, classes=task.classes)
    found = run_tracked(f"Looking at {len(frames)} frames of {split}", find, frames, args.nproc)
    pairs = [(number, crop) for number, crops in enumerate(found) for crop in crops]
    chosen: dict[int, list] = {}
    for name in task.classes:
        own = [pair for pair in pairs if pair[1].name == name]
        if not own:
            raise ValueError(f"no crop of class '{name}' in {split} of '{args.root}'")
        drawn = random.Random(f"{args.seed} {split} {name}").sample(own, min(most, len(own)))
        for number, crop in drawn:
            chosen.setdefault(number, []).append(crop)
    folder = args.out / split
    return [CropJob(frames[n], tuple(chosen[n]), folder, args.size) for n in sorted(chosen)]


def check_record(args: argparse.Namespace, most: dict[str, int]) -> None:
    """Write what the crops depend on, unless the folder holds others.

    Raises:
        ValueError: if it does.
    """
    wanted = dict(task=args.task, root=str(args.root.resolve()), size=args.size, seed=args.seed)
    wanted["most"] = {split: most[split] for split in TASKS[args.task].splits}
    path = args.out / RECORD
    found = read_json_object(path, "delete it") if path.is_file() else wanted
    for key, value in wanted.items():
        if found.get(key) != value:
            raise ValueError(
                f"'{args.out}' holds crops of {key} {found.get(key)}, asked for is {value}; choose another "
                "folder, or delete it"
            )
    replace_bytes(path, f"{json.dumps(wanted, indent=2)}\n".encode())


def run(args: argparse.Namespace) -> None:
    """Write what is missing, and print how many crops each class has."""
    try:
        most = limits(args.most)
        jobs = {split: list_jobs(args, split, most[split]) for split in TASKS[args.task].splits}
        check_record(args, most)
        everything = [job for part in jobs.values() for job in part]
        written = sum(run_tracked("Cutting", write_crops, everything, args.nproc))
    except (ValueError, OSError) as error:
        raise SystemExit(f"error: {error}") from None
    for split, part in jobs.items():
        counts = Counter(crop.name for job in part for crop in job.crops)
        listed = ", ".join(f"{name} {counts[name]}" for name in TASKS[args.task].classes)
        print(f"{split}: {counts.total()} crops ({listed})")
    print(f"{args.out}: {written} crops written, the others were there")
