"""Generate the synthetic streets: OUT/cityscapes, OUT/acdc and OUT/dark_zurich.

Safe to repeat: files that are there and complete are kept, so an interrupted run continues where it
stopped, and larger counts add to what exists.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
from mmengine.utils import track_parallel_progress, track_progress

from sympie_seg.streets.manifest import close_manifest, open_manifest
from sympie_seg.streets.writers import Job, acdc_jobs, cityscapes_jobs, dark_zurich_jobs, run_job
from sympie_seg.utils.failures import told


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options."""
    parser.add_argument("out", type=Path, help="folder to fill")
    parser.add_argument(
        "--size", type=int, nargs=2, default=(256, 128), metavar=("WIDTH", "HEIGHT"),
        help="pixels (default 256 128)",
    )  # fmt: skip
    parser.add_argument("--train", type=int, default=400, help="clear training images")
    parser.add_argument("--val", type=int, default=60, help="clear validation images")
    parser.add_argument("--adverse", type=int, default=30, help="ACDC val images per condition")
    parser.add_argument("--adverse-train", type=int, default=0, help="ACDC train, per condition")
    parser.add_argument("--dark-zurich", type=int, help="Dark Zurich val (default: as --adverse)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2, help="processes")


def count_images(args: argparse.Namespace) -> dict[str, int]:
    """Name the numbers of images as the manifest does."""
    dark = args.adverse if args.dark_zurich is None else args.dark_zurich
    return {
        "cityscapes/train": args.train,
        "cityscapes/val": args.val,
        "acdc/train (per condition)": args.adverse_train,
        "acdc/val (per condition)": args.adverse,
        "dark_zurich/val": dark,
    }


def list_jobs(out: Path, counts: dict[str, int], seed: int, size: tuple[int, int]) -> list[Job]:
    """List the scenes of the three sets."""
    clear = {"train": counts["cityscapes/train"], "val": counts["cityscapes/val"]}
    adverse = {
        "train": counts["acdc/train (per condition)"],
        "val": counts["acdc/val (per condition)"],
    }
    return [
        *cityscapes_jobs(out / "cityscapes", clear, seed, size),
        *acdc_jobs(out / "acdc", adverse, seed, size),
        *dark_zurich_jobs(out / "dark_zurich", counts["dark_zurich/val"], seed, size),
    ]


def run_jobs(jobs: list[Job], workers: int) -> int:
    """Run the jobs under a progress bar; returns how many had something to write."""
    if not jobs:
        return 0
    if workers <= 1:
        return sum(track_progress(run_job, jobs))
    # OpenCV's own threads would only compete with the other processes; the workers inherit this.
    cv2.setNumThreads(1)
    return sum(track_parallel_progress(run_job, jobs, workers, chunksize=4))


def run(args: argparse.Namespace) -> None:
    """Generate what is missing."""
    size, counts = tuple(args.size), count_images(args)
    try:
        jobs = list_jobs(args.out, counts, args.seed, size)
        manifest = open_manifest(args.out, args.seed, size)
        written = run_jobs(jobs, args.workers)
        close_manifest(args.out, manifest, counts)
    except (ValueError, OSError) as error:  # a full disk, for one
        raise SystemExit(f"error: {told(error)}") from None
    print(f"\n{args.out}: {written} scenes written, {len(jobs) - written} were complete")
