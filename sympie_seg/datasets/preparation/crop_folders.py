"""Folders of crops by class, as mmpretrain's CustomDataset reads them, drawn evenly from a segmentation dataset."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from sympie_seg.datasets.preparation.label_crops import (
    TASKS,
    CropJob,
    find_crops,
    left_out,
    list_frames,
    write_crops,
)
from sympie_seg.utils.files import replace_bytes
from sympie_seg.utils.foreign import read_json_object
from sympie_seg.utils.parallel import run_tracked

__all__ = ["MOST", "CropTask", "Outcome", "write_crop_folders"]

MOST = {"train": 900, "val": 60, "test": 40, "dusk": 40}
"""Crops of each class, by split."""
RECORD = "crops.json"


@dataclass(frozen=True)
class CropTask:
    """What to write.

    Attributes:
        layout: of the source, one of ``TASKS``.
        root: of the source.
        out: folder to fill, as ``<split>/<class>/*.png``.
        size: side of the crops in pixels.
        most: crops of each class, by split.
        seed: which crops are drawn.
    """

    layout: str
    root: Path
    out: Path
    size: int = 64
    most: Mapping[str, int] = field(default_factory=lambda: dict(MOST))
    seed: int = 0


@dataclass(frozen=True)
class Outcome:
    """Crops by split and class, how many of them this run wrote, and what is no frame, a line for each reason."""

    counts: Mapping[str, Mapping[str, int]]
    written: int
    remarks: tuple[str, ...] = ()


def write_crop_folders(crops: CropTask, processes: int = 1) -> Outcome:
    """Write what is missing; crops that are there and whole are kept.

    Args:
        crops: what to write.
        processes: how many work at once.

    Raises:
        OSError: if a file or folder is missing or cannot be written.
        ValueError: if there is no crop of a class, the folder holds other crops, or a file cannot be decoded.
    """
    task = TASKS[crops.layout]
    jobs = {split: list_jobs(crops, split, processes) for split in task.splits}
    check_record(crops)
    everything = [job for part in jobs.values() for job in part]
    written = sum(run_tracked("Cutting", write_crops, everything, processes))
    counts = {
        split: Counter(crop.name for job in part for crop in job.crops)
        for split, part in jobs.items()
    }
    ordered = {
        split: {name: counter[name] for name in task.classes} for split, counter in counts.items()
    }
    return Outcome(ordered, written, tuple(left_out(crops.root, task)))


def list_jobs(crops: CropTask, split: str, processes: int = 1) -> list[CropJob]:
    """Find all crops of a split and draw from them.

    Raises:
        ValueError: if there is no crop of a class.
    """
    task = TASKS[crops.layout]
    frames = list_frames(crops.root, task, split)
    find = partial(find_crops, classes=task.classes)
    squares_by_frame = run_tracked(
        f"Looking at {len(frames)} frames of {split}", find, frames, processes
    )
    pairs = [(number, crop) for number, squares in enumerate(squares_by_frame) for crop in squares]
    chosen: dict[int, list] = {}
    for name in task.classes:
        own = [pair for pair in pairs if pair[1].name == name]
        if not own:
            raise ValueError(f"no crop of class '{name}' in {split} of '{crops.root}'")
        drawn = random.Random(f"{crops.seed} {split} {name}").sample(
            own, min(crops.most[split], len(own))
        )
        for number, crop in drawn:
            chosen.setdefault(number, []).append(crop)
    folder = crops.out / split
    return [CropJob(frames[n], tuple(chosen[n]), folder, crops.size) for n in sorted(chosen)]


def check_record(crops: CropTask) -> None:
    """Write what the crops depend on, unless the folder holds others.

    Raises:
        ValueError: if it does.
    """
    wanted = dict(
        task=crops.layout, root=str(crops.root.resolve()), size=crops.size, seed=crops.seed
    )
    wanted["most"] = {split: crops.most[split] for split in TASKS[crops.layout].splits}
    path = crops.out / RECORD
    recorded = read_json_object(path, "delete it") if path.is_file() else wanted
    for key, value in wanted.items():
        if recorded.get(key) != value:
            raise ValueError(
                f"'{crops.out}' holds crops of {key} {recorded.get(key)}, asked for is {value}; choose another "
                "folder, or delete it"
            )
    replace_bytes(path, f"{json.dumps(wanted, indent=2)}\n".encode())
