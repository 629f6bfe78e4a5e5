"""Generate the three sets of streets: a folder, the numbers of images, and what is missing is written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
from mmengine.utils import track_parallel_progress, track_progress

from .manifest import close_manifest, open_manifest
from .writers import Job, acdc_jobs, cityscapes_jobs, dark_zurich_jobs, run_job

__all__ = ["StreetCounts", "generate"]


@dataclass(frozen=True)
class StreetCounts:
    """How many images each part has.

    Attributes:
        train: clear ones to train on, in Cityscapes' layout.
        val: clear ones to validate on.
        adverse_train: ACDC train, of each condition.
        adverse_val: ACDC val, of each condition.
        dark_zurich: Dark Zurich val.
    """

    train: int = 400
    val: int = 60
    adverse_train: int = 0
    adverse_val: int = 30
    dark_zurich: int = 30

    def in_manifest(self) -> dict[str, int]:
        """By the names that the manifest gives them."""
        return {
            "cityscapes/train": self.train,
            "cityscapes/val": self.val,
            "acdc/train (per condition)": self.adverse_train,
            "acdc/val (per condition)": self.adverse_val,
            "dark_zurich/val": self.dark_zurich,
        }


def generate(
    out: Path, counts: StreetCounts, size: tuple[int, int], seed: int = 0, workers: int = 2
) -> tuple[int, int]:
    """Write OUT/cityscapes, OUT/acdc and OUT/dark_zurich; files that are there and whole are kept.

    Args:
        out: folder to fill.
        counts: numbers of images.
        size: (width, height) in pixels.
        seed: of the scenes.
        workers: processes.

    Returns:
        How many scenes had something to write, and how many there are.

    Raises:
        ValueError: if the folder holds streets of another seed, size or version.
        OSError: if a file cannot be written.
    """
    jobs = _list_jobs(out, counts, seed, size)
    manifest = open_manifest(out, seed, size)
    written = _run_jobs(jobs, workers)
    close_manifest(out, manifest, counts.in_manifest())
    return written, len(jobs)


def _list_jobs(out: Path, counts: StreetCounts, seed: int, size: tuple[int, int]) -> list[Job]:
    clear = {"train": counts.train, "val": counts.val}
    adverse = {"train": counts.adverse_train, "val": counts.adverse_val}
    return [
        *cityscapes_jobs(out / "cityscapes", clear, seed, size),
        *acdc_jobs(out / "acdc", adverse, seed, size),
        *dark_zurich_jobs(out / "dark_zurich", counts.dark_zurich, seed, size),
    ]


def _run_jobs(jobs: list[Job], workers: int) -> int:
    """Run the jobs under a progress bar; returns how many had something to write."""
    if not jobs:
        return 0
    if workers <= 1:
        return sum(track_progress(run_job, jobs))
    # OpenCV's own threads would only compete with the other processes; the workers inherit this.
    cv2.setNumThreads(1)
    return sum(track_parallel_progress(run_job, jobs, workers, chunksize=4))
