"""A corrupted copy of a whole dataset: which images, linked labels, and a manifest of what is complete."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import albumentations
import cv2
import numpy as np

from sympie_seg.corruptions.mixture import image_mixture
from sympie_seg.corruptions.registry import MOVES_PIXELS, check_name
from sympie_seg.datasets.preparation.corrupted_copy import (
    LAYOUTS,
    CopyJob,
    Tree,
    find_images,
    list_images,
    run_copy,
)
from sympie_seg.utils.files import replace_bytes
from sympie_seg.utils.foreign import naming, read_json_object
from sympie_seg.utils.parallel import run_tracked
from sympie_seg.utils.run_lock import only_run_in
from sympie_seg.utils.typed_json import read_value
from sympie_seg.version import __version__

__all__ = ["CorruptedDataset", "Outcome", "write_corrupted_dataset"]

MANIFEST = "manifest.json"
COMPLETE, UNFINISHED = "complete", "unfinished"


@dataclass(frozen=True)
class CorruptedDataset:
    """What to write; the pixels depend on nothing else but the source's images.

    Attributes:
        source: root of the dataset.
        out: folder to fill.
        layout: one of ``LAYOUTS``.
        splits: of the layout.
        names: of corruptions.
        severities: from 1 to 5.
        mixed: several of the corruptions on one image, in one copy.
        seed: of the copy.
        jpeg_quality: of JPEG files.
    """

    source: Path
    out: Path
    layout: str
    splits: list[str]
    names: list[str]
    severities: list[int]
    mixed: bool = False
    seed: int = 0
    jpeg_quality: int = 95


@dataclass(frozen=True)
class Outcome:
    """What was done.

    Attributes:
        images: how many the copies have.
        written: how many of them this run wrote; the others were there.
        unfinished: parts of the folder, such as 'fog/3/val', that other runs have to complete.
        remarks: lines on what the source holds besides images.
        losses: lines on images of the source that were left out; this run's parts are not complete then.
    """

    images: int
    written: int
    unfinished: list[str]
    remarks: list[str]
    losses: list[str]


def write_corrupted_dataset(copy: CorruptedDataset, processes: int = 1) -> Outcome:
    """Write what is missing.

    Images that are there and whole are kept, so that a run which was stopped continues where it was.

    Args:
        copy: what to write.
        processes: how many work at once.

    Raises:
        OSError: if a file or folder is missing or cannot be written, or another run fills the folder.
        ValueError: if the options do not fit together, the folder holds another copy, or an image cannot be decoded.
    """
    check(copy)
    tree = LAYOUTS[copy.layout]
    jobs = list_jobs(copy, tree)
    with only_run_in(copy.out, "writing a corrupted copy"):
        record = open_manifest(copy)
        written = run_tracked(f"Writing {len(jobs)} images", run_copy, jobs, processes)
        link_labels(copy, tree)
        listings = [list_images(copy.source, tree, split) for split in copy.splits]
        losses = [line for one in listings for line in one.losses()]
        if not losses:
            record["parts"].update(dict.fromkeys(parts(copy), COMPLETE))
            write_manifest(copy.out, record)
    unfinished = [part for part, state in record["parts"].items() if state != COMPLETE]
    remarks = [line for one in listings for line in one.remarks()]
    return Outcome(len(jobs), sum(written), unfinished, remarks, losses)


def check(copy: CorruptedDataset) -> None:
    """Check the options against each other.

    Raises:
        ValueError: with the option and the fix.
    """
    for name in copy.names:
        check_name(name)
    tree = LAYOUTS[copy.layout]
    wrong = [s for s in copy.severities if s not in (1, 2, 3, 4, 5)]
    if wrong:
        raise ValueError(f"--severities has {wrong}; there are 1 to 5")
    unknown = [split for split in copy.splits if split not in tree.splits]
    if unknown:
        raise ValueError(f"--splits has {unknown}; {copy.layout} has {', '.join(tree.splits)}")


def moves(copy: CorruptedDataset, name: str) -> bool:
    """Whether labels of a copy ('mixed' or a corruption's name) may move."""
    return any(n in MOVES_PIXELS for n in (copy.names if name == "mixed" else [name]))


def copies(copy: CorruptedDataset) -> list[tuple[str, Path, int | None]]:
    """List the copies: name, root and severity (None: mixed)."""
    if copy.mixed:
        return [("mixed", copy.out / "mixed", None)]
    return [(n, copy.out / n / str(s), s) for n in copy.names for s in copy.severities]


def list_jobs(copy: CorruptedDataset, tree: Tree) -> list[CopyJob]:
    """List the images to write."""
    jobs = []
    for split in copy.splits:
        for image in find_images(copy.source, tree, split):
            below = image.relative_to(copy.source)
            key = below.as_posix()
            inside = (
                below if tree.keeps_split else image.relative_to(tree.folder(copy.source, split))
            )
            mixed = (
                image_mixture(copy.seed, key, copy.names, severities=copy.severities)
                if copy.mixed
                else ()
            )
            for name, root, severity in copies(copy):
                steps = ((name, severity),) if severity else mixed
                label = None
                if tree.labels and moves(copy, name):
                    own = tree.label(below, split)
                    label = (copy.source / own, root / own)
                target, seed, quality = root / inside, copy.seed, copy.jpeg_quality
                jobs.append(CopyJob(image, target, key, steps, seed, quality, label))
    return jobs


def link_labels(copy: CorruptedDataset, tree: Tree) -> None:
    """Link the labels of the source into the copies whose labels do not move."""
    for name, root, _ in copies(copy):
        for split in copy.splits if tree.labels and not moves(copy, name) else ():
            link = root / tree.labels.format(split=split)
            target = copy.source.resolve() / tree.labels.format(split=split)
            if target.is_dir() and not link.is_symlink():
                link.parent.mkdir(parents=True, exist_ok=True)
                os.symlink(target, link, target_is_directory=True)


def manifest(copy: CorruptedDataset) -> dict[str, Any]:
    """What the pixels depend on; a folder holds one such copy."""
    return {
        "source": str(copy.source.resolve()),
        "layout": copy.layout,
        "seed": copy.seed,
        "mixed": copy.mixed,
        "jpeg_quality": copy.jpeg_quality,
        "sympie_seg": __version__,
        "opencv": cv2.__version__,
        "numpy": np.__version__,
        "albumentations": albumentations.__version__,
    }


def open_manifest(copy: CorruptedDataset) -> dict[str, Any]:
    """Write the manifest, marked as unfinished, unless the folder holds another copy.

    Raises:
        ValueError: if it does; pixels of two seeds or versions would be mixed.
    """
    path, wanted = copy.out / MANIFEST, manifest(copy)
    if path.is_file():
        recorded = checked_manifest(path)
        different = [key for key, value in wanted.items() if recorded.get(key) != value]
        if different:
            key = different[0]
            raise ValueError(
                f"'{copy.out}' holds a copy with {key} {recorded.get(key)!r}, asked for is {wanted[key]!r}; choose "
                "another folder, or delete it"
            )
        wanted = recorded
    contents, known = wanted.setdefault("contents", {}), wanted.setdefault("parts", {})
    for name in ["mixed"] if copy.mixed else copy.names:
        before = contents.get(name, {})
        if copy.mixed:
            check_mixture(copy, before)
        severities = sorted({*before.get("severities", ()), *copy.severities})
        splits = sorted({*before.get("splits", ()), *copy.splits})
        contents[name] = dict(severities=severities, splits=splits)
        if copy.mixed:
            contents[name]["names"] = copy.names
    for part in earlier_parts(contents):
        known.setdefault(part, UNFINISHED)  # of a release that kept one flag for all
    known.update(dict.fromkeys(parts(copy), UNFINISHED))
    write_manifest(copy.out, wanted)
    return wanted


def checked_manifest(path: Path) -> dict[str, Any]:
    """Read a manifest.

    Raises:
        ValueError: if it is damaged or none of this tool; the message names it.
    """
    fix = "delete it; images that are there and whole are kept"
    recorded = read_json_object(path, fix)
    with naming(path, "is no manifest of a corrupted copy", fix):
        read_value(dict[str, _Held], recorded.get("contents", {}), "contents")
        known = read_value(dict[str, str], recorded.get("parts", {}), "parts")
        if not all(state in (COMPLETE, UNFINISHED) for state in known.values()):
            raise ValueError("expected parts that are complete or unfinished")
    return recorded


@dataclass(frozen=True)
class _Held:
    """What a folder holds of one corruption, or of mixtures of the names."""

    severities: list[int]
    splits: list[str]
    names: list[str] | None = None


def check_mixture(copy: CorruptedDataset, before: dict[str, list]) -> None:
    """Make sure that mixtures of the same corruptions are asked for as before.

    Raises:
        ValueError: if not; images of two mixtures would lie side by side.
    """
    for option, asked in (("names", copy.names), ("severities", sorted({*copy.severities}))):
        recorded = before.get(option, asked)
        if recorded != asked:
            raise ValueError(
                f"'{copy.out}' holds a mixed copy with --{option} {' '.join(map(str, recorded))}, asked for is "
                f"{' '.join(map(str, asked))}; choose another folder, or delete it"
            )


def parts(copy: CorruptedDataset) -> list[str]:
    """Name what this run writes, by corruption, severity and split; completion is kept for each."""
    roots = [root.relative_to(copy.out).as_posix() for _, root, _ in copies(copy)]
    return [f"{root}/{split}" for root in roots for split in copy.splits]


def earlier_parts(contents: dict[str, dict[str, list]]) -> list[str]:
    """Name what the contents of a manifest list."""
    roots = [
        (root, held["splits"])
        for name, held in contents.items()
        for root in ([name] if name == "mixed" else [f"{name}/{s}" for s in held["severities"]])
    ]
    return [f"{root}/{split}" for root, splits in roots for split in splits]


def write_manifest(out: Path, content: dict[str, Any]) -> None:
    """Write the manifest at once; it is complete where all its parts are."""
    complete = all(state == COMPLETE for state in content["parts"].values())
    text = json.dumps({**content, "complete": complete}, indent=2)
    replace_bytes(out / MANIFEST, f"{text}\n".encode())
