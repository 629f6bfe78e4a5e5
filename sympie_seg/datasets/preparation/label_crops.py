"""A classification task from a segmentation dataset: square crops that show one class each.

An object that is small enough gives one square around its box; a larger one (a building, the road) gives windows that
its class fills for the most part. All sizes are shares of the image's height, so that one rule serves every dataset.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from sympie_seg.datasets.preparation.corrupted_copy import (
    LAYOUTS,
    SUFFIXES,
    Tree,
    list_images,
)
from sympie_seg.utils.images import write_image
from sympie_seg.utils.labels import read_labels
from sympie_seg.utils.pictures import fault_of_bytes, read_rgb

__all__ = [
    "TASKS",
    "Crop",
    "CropJob",
    "Frame",
    "Task",
    "find_crops",
    "left_out",
    "list_frames",
    "write_crops",
]

# Shares of the image's height.
SMALLEST, WINDOW, LARGEST = 1 / 15, 1 / 5, 1 / 3
# Shares of a crop that its class covers: at least, of a square around an object, and of a window.
FILL, SHARE = 0.2, 0.6
MARGIN = 1.25  # side of the square around an object, over the longer side of its box


@dataclass(frozen=True)
class Part:
    """Frames of one folder of the source: those of some sequences, and of those each ``step``-th from ``start``."""

    folder: str
    sequences: tuple[str, ...] = ("",)
    start: int = 0
    step: int = 1


@dataclass(frozen=True)
class Task:
    """Classes (name and label index) and splits of a task; the source's tree is one of ``LAYOUTS``."""

    tree: Tree
    classes: Mapping[str, int]
    splits: Mapping[str, tuple[Part, ...]] = field(default_factory=dict)


_DAY = ("0006R0", "0016E5")

TASKS = {
    # Daytime sequences train, other frames of one of them validate, a sequence of its own tests; and one at dusk.
    "camvid": Task(
        LAYOUTS["camvid"],
        dict(building=1, road=3, pavement=4, tree=5, sign_symbol=6, car=8, pedestrian=9),
        dict(
            train=(Part("train", _DAY),),
            val=(Part("val", _DAY),),
            test=(Part("test", ("Seq05VD",)),),
            dusk=(Part("train", ("0001TP",)), Part("test", ("0001TP",))),
        ),
    ),
    # The official validation frames are divided: every other one is tested.
    "cityscapes": Task(
        LAYOUTS["cityscapes"],
        dict(road=0, building=2, vegetation=8, sky=10, person=11, car=13),
        dict(
            train=(Part("train"),),
            val=(Part("val", start=0, step=2),),
            test=(Part("val", start=1, step=2),),
        ),
    ),
}


@dataclass(frozen=True)
class Frame:
    """An image and its label map."""

    image: Path
    label: Path


@dataclass(frozen=True, order=True)
class Crop:
    """A square of an image, in pixels, and the class that it shows."""

    name: str
    top: int
    left: int
    side: int


@dataclass(frozen=True)
class CropJob:
    """The crops of one image that go below ``folder``, as ``<class>/<frame>_<top>_<left>_<side>.png``."""

    frame: Frame
    crops: tuple[Crop, ...]
    folder: Path
    size: int


def list_frames(root: Path, task: Task, split: str) -> list[Frame]:
    """List the frames of a split, sorted.

    Raises:
        FileNotFoundError: if a folder or label is missing, or a folder holds no such frame or one that cannot be read.
    """
    frames = []
    for part in task.splits[split]:
        images = list_images(root, task.tree, part.folder)
        lost = [p for p in images.lost(SUFFIXES) if p.is_dir() or p.name.startswith(part.sequences)]
        if lost:
            raise FileNotFoundError(f"'{lost[0]}' is a link to nothing, or cannot be read")
        chosen = [i for i in images.files if i.name.startswith(part.sequences)]
        if not chosen:
            raise FileNotFoundError(
                f"no frame of the sequences {part.sequences} in '{task.tree.folder(root, part.folder)}'"
            )
        for image in chosen[part.start :: part.step]:
            label = root / task.tree.label(image.relative_to(root), part.folder)
            if not label.is_file():
                raise FileNotFoundError(
                    f"'{image}' has no label '{label}'; check the dataset with sympie-seg convert-dataset"
                )
            frames.append(Frame(image, label))
    return frames


def left_out(root: Path, task: Task) -> list[str]:
    """A line for each reason why something in the folders of images is no frame."""
    folders = dict.fromkeys(part.folder for parts in task.splits.values() for part in parts)
    return [
        remark for folder in folders for remark in list_images(root, task.tree, folder).remarks()
    ]


def find_crops(frame: Frame, classes: Mapping[str, int]) -> list[Crop]:
    """Find all crops of a frame, sorted.

    Raises:
        ValueError: if the label cannot be decoded.
    """
    labels = read_labels(frame.label)
    crops = []
    for name, index in classes.items():
        mask = (labels == index).astype(np.uint8)
        integral = cv2.integral(mask)
        squares = [*_squares_around_objects(mask, integral), *_windows(integral)]
        crops += [Crop(name, *square) for square in squares]
    return sorted(crops)


def _squares_around_objects(
    mask: NDArray[np.uint8], integral: NDArray[np.int32]
) -> Iterator[tuple[int, int, int]]:
    height, width = mask.shape
    _, _, boxes, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    for left, top, columns, rows, _ in boxes[1:].tolist():
        longer = max(columns, rows)
        if not SMALLEST * height <= longer <= LARGEST * height:
            continue
        side = min(round(MARGIN * longer), height, width)
        y = min(max(top + (rows - side) // 2, 0), height - side)
        x = min(max(left + (columns - side) // 2, 0), width - side)
        if _covered(integral, y, x, side) >= FILL:
            yield y, x, side


def _windows(integral: NDArray[np.int32]) -> Iterator[tuple[int, int, int]]:
    height, width = (length - 1 for length in integral.shape)
    side = round(WINDOW * height)
    for y in range(0, height - side + 1, side // 2):
        for x in range(0, width - side + 1, side // 2):
            if _covered(integral, y, x, side) >= SHARE:
                yield y, x, side


def _covered(integral: NDArray[np.int32], y: int, x: int, side: int) -> float:
    below, right = y + side, x + side
    count = integral[below, right] - integral[y, right] - integral[below, x] + integral[y, x]
    return float(count) / side**2


def write_crops(job: CropJob) -> int:
    """Write the crops of one image, resized to ``size`` x ``size``, unless they are there and whole.

    Returns:
        How many were written.

    Raises:
        ValueError: if the image cannot be decoded.
        OSError: if a crop cannot be written.
    """
    paths = {crop: _path(job, crop) for crop in job.crops}
    missing = [crop for crop, path in paths.items() if not path.is_file() or fault_of_bytes(path)]
    if not missing:
        return 0
    rgb = read_rgb(job.frame.image)
    for crop in missing:
        square = rgb[crop.top : crop.top + crop.side, crop.left : crop.left + crop.side]
        shrinks = crop.side > job.size
        method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
        write_image(paths[crop], cv2.resize(square, (job.size, job.size), interpolation=method))
    return len(missing)


def _path(job: CropJob, crop: Crop) -> Path:
    name = f"{job.frame.image.stem}_{crop.top}_{crop.left}_{crop.side}.png"
    return job.folder / crop.name / name
