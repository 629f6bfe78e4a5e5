"""Sets of synthetic streets on disk, in the layouts and under the names of the real sets.

A difference to know: the references of the real ACDC and Dark Zurich were taken on another drive
and are not aligned to the pixel; here a reference is the same scene in clear weather.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sympie_seg.utils.images import write_image

from .conditions import CONDITIONS, apply_condition
from .files import is_complete_png
from .keys import SceneKey
from .scene import DEFAULT_SIZE, Scene, render_scene

GENERATOR_VERSION = "1.0"
"""Changes whenever any pixel would."""

Size = tuple[int, int]

CITIES = {"train": ("alder", "birch", "cedar"), "val": ("hazel", "rowan")}
_PER_SEQUENCE = 25
_ACDC_DRIVES = {"fog": 475, "night": 351, "rain": 400, "snow": 606}
DARK_ZURICH_DRIVE = "GOPR0356"


@dataclass(frozen=True)
class Job:
    """The files of one scene.

    Attributes:
        key: the scene.
        size: (width, height).
        condition: weather of the image, or "clear".
        image: path of the image.
        train_ids: path of the trainIds.
        label_ids: path of the labelIds.
        reference: path of the picture in clear weather, or None.
    """

    key: SceneKey
    size: Size
    condition: str
    image: Path
    train_ids: Path
    label_ids: Path
    reference: Path | None = None


def run_job(job: Job) -> bool:
    """Write the files of one scene that are not there yet.

    Returns:
        Whether anything had to be written.
    """
    paths = (job.image, job.train_ids, job.label_ids, job.reference)
    missing = [path for path in paths if path and not is_complete_png(path, job.size)]
    if not missing:
        return False
    scene = render_scene(job.key, job.size)
    for path in missing:
        write_image(path, _content(job, scene, path))
    return True


def cityscapes_jobs(
    root: Path, counts: dict[str, int], seed: int = 0, size: Size = DEFAULT_SIZE
) -> list[Job]:
    """List the files of a set in the layout of Cityscapes.

    Args:
        root: folder of the set.
        counts: images per split, "train" and "val".
        seed: seed of the collection.
        size: (width, height).

    Returns:
        One job per scene.

    Raises:
        ValueError: if a split is unknown or a count negative.
    """
    return [
        _cityscapes_job(Path(root), SceneKey(seed, "cityscapes", split, "clear", index), size)
        for split, index in _each(counts)
    ]


def acdc_jobs(
    root: Path, counts: dict[str, int], seed: int = 0, size: Size = DEFAULT_SIZE
) -> list[Job]:
    """List the files of a set in the layout of ACDC; `counts` holds images per condition.

    The arguments are those of `cityscapes_jobs`.
    """
    return [
        _acdc_job(Path(root), SceneKey(seed, "acdc", split, condition, index), size)
        for condition in CONDITIONS
        for split, index in _each(counts)
    ]


def dark_zurich_jobs(root: Path, count: int, seed: int = 0, size: Size = DEFAULT_SIZE) -> list[Job]:
    """List the files of a set in the layout of Dark Zurich's validation split.

    The arguments are those of `cityscapes_jobs`, with a single count.
    """
    return [
        _dark_zurich_job(Path(root), SceneKey(seed, "dark_zurich", split, "night", index), size)
        for split, index in _each({"val": count})
    ]


def write_cityscapes(
    root: Path, counts: dict[str, int], seed: int = 0, size: Size = DEFAULT_SIZE
) -> int:
    """Write a set in the layout of Cityscapes; returns the number of scenes that were written."""
    return _write(cityscapes_jobs(root, counts, seed, size))


def write_acdc(root: Path, counts: dict[str, int], seed: int = 0, size: Size = DEFAULT_SIZE) -> int:
    """Write a set in the layout of ACDC; returns the number of scenes that were written."""
    return _write(acdc_jobs(root, counts, seed, size))


def write_dark_zurich(root: Path, count: int, seed: int = 0, size: Size = DEFAULT_SIZE) -> int:
    """Write a set in the layout of Dark Zurich; returns the number of scenes that were written."""
    return _write(dark_zurich_jobs(root, count, seed, size))


def _write(jobs: Iterable[Job]) -> int:
    return sum(run_job(job) for job in jobs)


def _each(counts: dict[str, int]) -> list[tuple[str, int]]:
    """All (split, index) pairs."""
    for split, count in counts.items():
        if split not in CITIES:
            raise ValueError(f"unknown split {split!r}; use one of: {', '.join(CITIES)}")
        if count < 0:
            raise ValueError(f"expected at least 0 images for {split}, got {count}")
    return [(split, index) for split, count in counts.items() for index in range(count)]


def _content(job: Job, scene: Scene, path: Path) -> np.ndarray:
    if path == job.train_ids:
        return scene.label_train_ids
    if path == job.label_ids:
        return scene.label_ids
    return scene.image if path == job.reference else apply_condition(scene, job.condition)


def _cityscapes_job(root: Path, key: SceneKey, size: Size) -> Job:
    cities = CITIES[key.split]
    city = cities[key.index // _PER_SEQUENCE % len(cities)]
    stem = f"{city}_{key.index:06}_000019"
    labels = root / "gtFine" / key.split / city
    return Job(
        key, size, "clear",
        image=root / "leftImg8bit" / key.split / city / f"{stem}_leftImg8bit.png",
        train_ids=labels / f"{stem}_gtFine_labelTrainIds.png",
        label_ids=labels / f"{stem}_gtFine_labelIds.png",
    )  # fmt: skip


def _acdc_job(root: Path, key: SceneKey, size: Size) -> Job:
    condition, split = key.condition, key.split
    sequence = _sequence(_ACDC_DRIVES[condition] + (split == "val"), key.index // _PER_SEQUENCE)
    stem = f"{sequence}_frame_{key.index + 1:06}"
    images, labels = root / "rgb_anon" / condition, root / "gt" / condition / split / sequence
    return Job(
        key, size, condition,
        image=images / split / sequence / f"{stem}_rgb_anon.png",
        train_ids=labels / f"{stem}_gt_labelTrainIds.png",
        label_ids=labels / f"{stem}_gt_labelIds.png",
        reference=images / f"{split}_ref" / sequence / f"{stem}_rgb_ref_anon.png",
    )  # fmt: skip


def _sequence(drive: int, chapter: int) -> str:
    """Name of a recording: chapters of one drive are GOPR0475, GP010475, GP020475, ..."""
    return f"GOPR{drive:04}" if chapter == 0 else f"GP{chapter:02}{drive:04}"


def _dark_zurich_job(root: Path, key: SceneKey, size: Size) -> Job:
    stem = f"{DARK_ZURICH_DRIVE}_frame_{key.index + 1:06}"
    images, labels = root / "rgb_anon", root / "gt" / "val" / "night" / DARK_ZURICH_DRIVE
    return Job(
        key, size, "night",
        image=images / "val" / "night" / DARK_ZURICH_DRIVE / f"{stem}_rgb_anon.png",
        train_ids=labels / f"{stem}_gt_labelTrainIds.png",
        label_ids=labels / f"{stem}_gt_labelIds.png",
        reference=images / "val_ref" / "day" / f"{DARK_ZURICH_DRIVE}_ref"
        / f"{stem}_ref_rgb_anon.png",
    )  # fmt: skip
