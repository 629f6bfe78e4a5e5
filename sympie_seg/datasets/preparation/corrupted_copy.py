"""A corrupted copy of a dataset on disk: what is written where, and one image of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from sympie_seg.corruptions import MOVES_PIXELS, corrupt, image_seed
from sympie_seg.corruptions.geometry import move_labels
from sympie_seg.datasets.preparation.layouts import CAMVID, CITYSCAPES, Layout
from sympie_seg.utils.folders import FolderListing, has_suffix, list_folder
from sympie_seg.utils.images import write_image
from sympie_seg.utils.labels import read_labels
from sympie_seg.utils.pictures import fault_of_bytes, read_rgb

__all__ = ["LAYOUTS", "CopyJob", "Tree", "find_images", "list_images", "run_copy"]

SUFFIXES = (".png", ".jpg", ".jpeg", ".jpe", ".bmp", ".webp", ".tif", ".tiff", ".ppm")
"""Ends of the names of images that are written as they were read: 8 bits, one picture a file."""


@dataclass(frozen=True)
class Tree:
    """Where images and labels of a kind of dataset lie.

    Attributes:
        images: folder of the images below the root; may hold ``{split}``.
        labels: folder of the labels, or empty for classification, where folders are classes.
        splits: names of the splits.
        image_end: end of an image's name that its label does not have, besides the suffix.
        label_end: what the label's name has instead.
        keeps_split: whether a copy has the split's folder; ImageNet-C has classes right below the severity.
    """

    images: str
    labels: str
    splits: tuple[str, ...]
    image_end: str = ""
    label_end: str = ".png"
    keeps_split: bool = True

    def label(self, below: Path, split: str) -> Path:
        """The label of an image; both are relative to the root."""
        inside = below.relative_to(self.images.format(split=split))
        stem = inside.stem.removesuffix(self.image_end)
        return Path(self.labels.format(split=split)) / inside.with_name(stem + self.label_end)

    def folder(self, root: Path, split: str) -> Path:
        """Folder of a split's images."""
        return root / self.images.format(split=split)


def _tree(layout: Layout) -> Tree:
    image_end = layout.image_suffixes[0].removesuffix(".png")
    return Tree(layout.images, layout.labels, layout.splits, image_end, layout.label_suffix)


LAYOUTS = {
    "cityscapes": _tree(CITYSCAPES),
    "camvid": _tree(CAMVID),
    "imagenet": Tree("{split}", "", ("val", "train"), keeps_split=False),
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
        label: the label and the file to write it to, where a step may move pixels; it is moved with them.
    """

    source: Path
    target: Path
    key: str
    steps: tuple[tuple[str, int], ...]
    seed: int
    quality: int = 95
    label: tuple[Path, Path] | None = None


def find_images(root: Path, tree: Tree, split: str) -> list[Path]:
    """List a split's images, sorted; see :func:`list_images`."""
    return list_images(root, tree, split).files


def list_images(root: Path, tree: Tree, split: str) -> FolderListing:
    """List a split's images, and what is left out.

    Raises:
        FileNotFoundError: if the folder is missing or holds no image.
    """
    folder = tree.folder(root, split)
    if not folder.is_dir():
        raise FileNotFoundError(
            f"'{folder}' does not exist; expected {tree.images} below the root, give the folder that holds it"
        )
    listing = list_folder(folder, lambda path: has_suffix(path, SUFFIXES))
    if not listing.files:
        raise FileNotFoundError(f"no image ({', '.join(SUFFIXES)}) in '{folder}'")
    return listing


def run_copy(job: CopyJob) -> bool:
    """Write one image (and its label where pixels may move), whole or not at all, unless they are there.

    Returns:
        Whether it was written.

    Raises:
        ValueError: if the source cannot be decoded, or its label is none; the message names it.
        OSError: if the target cannot be written.
    """
    targets = [job.target, *([job.label[1]] if job.label else [])]
    if all(path.is_file() and not fault_of_bytes(path) for path in targets):
        return False
    rgb = read_rgb(job.source)
    labels = read_labels(job.label[0]) if job.label else None
    for name, severity in job.steps:
        seed = image_seed(job.seed, job.key, name, severity)
        if labels is not None and name in MOVES_PIXELS:
            # The maps are the first thing that the corruption draws.
            maps = MOVES_PIXELS[name](*rgb.shape[:2], severity, np.random.default_rng(seed))
            labels = move_labels(labels, *maps)
        rgb = corrupt(rgb, name, severity, np.random.default_rng(seed))
    if labels is not None and job.label is not None:
        write_image(job.label[1], labels)  # before the image, which says that both are there
    write_image(job.target, rgb, _encoding(job))
    return True


def _encoding(job: CopyJob) -> Sequence[int]:
    jpeg = job.target.suffix.lower() in (".jpg", ".jpeg", ".jpe")
    return [cv2.IMWRITE_JPEG_QUALITY, job.quality] if jpeg else []
