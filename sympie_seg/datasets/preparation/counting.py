"""List the files of an unpacked dataset, part by part."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from sympie_seg.datasets.preparation.layouts import Layout
from sympie_seg.datasets.preparation.published import Part
from sympie_seg.utils.folders import FolderListing, is_readable, list_folder

__all__ = ["Count", "count_part"]


@dataclass(frozen=True)
class Count:
    """The files of one part, each under its path below the part's folder without the suffix.

    Attributes:
        part: split and condition.
        images: without references.
        labels: those ready for use.
        label_ids: labelIds, from which labels can be made.
        polygons: polygon files, from which labels can be made.
        references: number of clear-weather references.
        remarks: on what was left out in the folders of images and labels, a line each.
        lost: images that are links to nothing or no files, and folders that cannot be listed.
    """

    part: Part
    images: dict[str, Path]
    labels: dict[str, Path]
    label_ids: dict[str, Path] = field(default_factory=dict)
    polygons: dict[str, Path] = field(default_factory=dict)
    references: int = 0
    remarks: tuple[str, ...] = ()
    lost: tuple[Path, ...] = ()

    @property
    def is_absent(self) -> bool:
        """Whether there is neither an image nor anything of a label."""
        return not (self.images or self.labels or self.label_ids or self.polygons)


def count_part(root: Path, layout: Layout, part: Part) -> Count:
    """List the files of one part.

    Hidden files are left out, and so are what systems and editors leave behind and references, even those that lie
    among the images.

    Args:
        root: folder of the dataset.
        layout: its tree.
        part: split and condition.

    Returns:
        The files; empty where there are no folders.
    """
    images = _listed(layout.folder(root, layout.images, part))
    images_by_key = _named(images, layout.image_suffixes, layout.reference_mark)
    references = _count_references(root, layout, part)
    lost = tuple(images.lost(layout.image_suffixes))
    if not part.labelled:
        remarks = tuple(images.remarks())
        return Count(part, images_by_key, {}, references=references, remarks=remarks, lost=lost)
    labels = _listed(layout.folder(root, layout.labels, part))
    return Count(
        part,
        images_by_key,
        _named(labels, (layout.label_suffix,)),
        _named(labels, (layout.label_ids_suffix,)),
        _named(labels, (layout.polygons_suffix,)),
        references,
        (*images.remarks(), *labels.remarks()),
        lost,
    )


def _listed(folder: Path) -> FolderListing:
    """All files of a folder; none where there is no folder."""
    return list_folder(folder, is_readable) if folder.is_dir() else FolderListing(folder)


def _named(listed: FolderListing, suffixes: Iterable[str], excluded: str = "") -> dict[str, Path]:
    """Map paths without suffix to paths; the earlier suffix wins."""
    names = [os.fspath(path.relative_to(listed.folder)) for path in listed.files]
    paths: dict[str, Path] = {}
    for suffix in filter(None, suffixes):
        for name in names:
            path = listed.folder / name
            if name.endswith(suffix) and not (excluded and excluded in path.name):
                paths.setdefault(Path(name).as_posix()[: -len(suffix)], path)
    return dict(sorted(paths.items()))


def _count_references(root: Path, layout: Layout, part: Part) -> int:
    if not layout.references:
        return 0
    folder = layout.folder(root, layout.references, part)
    if not folder.is_dir():
        return 0
    files = list_folder(folder, lambda path: path.name.endswith(".png")).files
    return sum(layout.reference_mark in path.name for path in files)
