"""Make the labels that an archive does not hold."""

from __future__ import annotations

import errno
import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from sympie_seg.datasets.preparation.counting import Count
from sympie_seg.datasets.preparation.label_ids import train_ids_from_label_ids
from sympie_seg.datasets.preparation.layouts import Layout
from sympie_seg.datasets.preparation.polygons import train_ids_from_polygons
from sympie_seg.utils.files import remove_leftovers
from sympie_seg.utils.images import write_image
from sympie_seg.utils.pictures import fault_of_bytes

__all__ = ["ELSEWHERE", "Conversion", "clean_up", "convert", "link_images", "plan_conversions"]

ELSEWHERE = "name a folder that can be written to: --out FOLDER"
"""What to do where labels cannot be written beside the images."""
_NOT_OURS = (errno.EROFS, errno.EACCES, errno.EPERM)


@dataclass(frozen=True)
class Conversion:
    """One label to make.

    Attributes:
        key: path of the label below its part's folder, without the suffix.
        source: labelIds (PNG) or polygons (JSON).
        target: the label.
    """

    key: str
    source: Path
    target: Path


def plan_conversions(
    root: Path,
    layout: Layout,
    count: Count,
    broken: Collection[Path] = (),
    overwrite: bool = False,
    out: Path | None = None,
) -> list[Conversion]:
    """List the labels of one part that are to be made.

    Args:
        root: folder of the dataset.
        layout: its tree.
        count: files of the part.
        broken: labels that are there but not whole; they are made again.
        overwrite: make all labels again that have a source.
        out: folder that gets the labels, in the tree that they would have below ``root``. Defaults to None: ``root``.

    Returns:
        One entry per label that is missing, or to be made again, and has a source. LabelIds are
        preferred to polygons unless the file is cut off.
    """
    broken, folder = set(broken), layout.folder(out or root, layout.labels, count.part)
    planned = []
    for key in sorted({*count.label_ids, *count.polygons}):
        label = count.labels.get(key)
        if label is not None and label not in broken and not overwrite:
            continue
        source = count.label_ids.get(key)
        if source is None or (key in count.polygons and fault_of_bytes(source)):
            source = count.polygons[key]
        planned.append(Conversion(key, source, folder / f"{key}{layout.label_suffix}"))
    return planned


def convert(conversion: Conversion) -> str:
    """Make one label; the file is whole or, where that fails, as before.

    Returns:
        What went wrong, or an empty string.
    """
    is_polygons = conversion.source.suffix == ".json"
    read = train_ids_from_polygons if is_polygons else train_ids_from_label_ids
    try:
        write_image(conversion.target, read(conversion.source))
    except (ValueError, OSError) as error:
        return reason_of(error)
    return ""


def reason_of(error: Exception) -> str:
    """What went wrong; where nothing may be written, with the option that helps."""
    read_only = isinstance(error, OSError) and error.errno in _NOT_OURS
    return f"{error}; {ELSEWHERE}" if read_only else str(error)


def link_images(root: Path, out: Path, layout: Layout, counts: Collection[Count]) -> None:
    """Link the images, and the labels that were ready, into the folder that got the labels: a data root of its own.

    Args:
        root: folder of the dataset.
        out: the folder that :func:`plan_conversions` was given.
        layout: the tree of both.
        counts: files of the parts.

    Raises:
        OSError: if a link cannot be made.
    """
    top = layout.images.partition("/")[0]
    _link(root / top, out / top)
    for count in counts:
        folder = layout.folder(out, layout.labels, count.part)
        for key, label in count.labels.items():
            target = folder / f"{key}{layout.label_suffix}"
            if not target.exists():
                _link(label, target)


def _link(source: Path, target: Path) -> None:
    if target.is_symlink() and not target.exists():  # what it led to was moved
        target.unlink()
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        os.symlink(source.resolve(), target, target_is_directory=source.is_dir())


def clean_up(conversions: Collection[Conversion]) -> None:
    """Remove what a killed run left in the folders that are about to be written to."""
    for folder in {conversion.target.parent for conversion in conversions}:
        if folder.is_dir():
            remove_leftovers(folder)
