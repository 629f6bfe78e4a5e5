"""A corrupted copy of a data set on disk: what is written where, and one image of it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from sympie_seg.corruptions import corrupt
from sympie_seg.corruptions.mixture import image_seed
from sympie_seg.datasets.preparation.image_files import truncation
from sympie_seg.files import replace_bytes

__all__ = ["LAYOUTS", "CopyJob", "Tree", "find_images", "run_copy"]

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".webp")


@dataclass(frozen=True)
class Tree:
    """Where images and labels of a kind of data set lie.

    Attributes:
        images: folder of the images below the root; may hold ``{split}``.
        labels: folder of the labels, or empty for classification, where folders are classes.
        splits: names of the splits.
    """

    images: str
    labels: str
    splits: tuple[str, ...]

    def folder(self, root: Path, split: str) -> Path:
        """Folder of a split's images."""
        return root / self.images.format(split=split)


LAYOUTS = {
    "cityscapes": Tree("leftImg8bit/{split}", "gtFine/{split}", ("train", "val", "test")),
    "camvid": Tree("{split}", "{split}annot", ("train", "val", "test")),
    "imagenet": Tree("{split}", "", ("val", "train")),
}


@dataclass(frozen=True)
class CopyJob:
    """One image to write.

    Attributes:
        source: the image.
        target: the file to write; its suffix says how it is encoded.
        key: path relative to the data root, part of the seed.
        steps: (corruption, severity), applied in order; more than one for the mixed benchmark.
        seed: of the copy.
        quality: of JPEG files.
    """

    source: Path
    target: Path
    key: str
    steps: tuple[tuple[str, int], ...]
    seed: int
    quality: int = 95


def find_images(root: Path, tree: Tree, split: str) -> list[Path]:
    """List a split's images, sorted.

    Raises:
        FileNotFoundError: if the folder is missing or holds no image.
    """
    folder = tree.folder(root, split)
    if not folder.is_dir():
        raise FileNotFoundError(
            f"'{folder}' does not exist; expected {tree.images} below the root, give the folder that holds it"
        )
    found = sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES)
    if not found:
        raise FileNotFoundError(f"no image ({', '.join(SUFFIXES)}) in '{folder}'")
    return found


def run_copy(job: CopyJob) -> bool:
    """Write one image, whole or not at all, unless it is there.

    Returns:
        Whether it was written.

    Raises:
        ValueError: if the source cannot be decoded; the message names it.
        OSError: if the target cannot be written.
    """
    if job.target.is_file() and not truncation(job.target):
        return False
    reason = truncation(job.source)
    image = None if reason else cv2.imread(os.fspath(job.source), cv2.IMREAD_COLOR)
    if image is None:
        raise ValueError(f"'{job.source}' {reason or 'cannot be decoded'}; get it again")
    rgb = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
    for name, severity in job.steps:
        rng = np.random.default_rng(image_seed(job.seed, job.key, name, severity))
        rgb = corrupt(rgb, name, severity, rng)
    done, data = cv2.imencode(
        job.target.suffix.lower(), cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), _encoding(job)
    )
    if not done:
        raise OSError(f"OpenCV could not encode '{job.target}'")
    replace_bytes(job.target, data.tobytes())
    return True


def _encoding(job: CopyJob) -> Sequence[int]:
    jpeg = job.target.suffix.lower() in (".jpg", ".jpeg")
    return [cv2.IMWRITE_JPEG_QUALITY, job.quality] if jpeg else []
