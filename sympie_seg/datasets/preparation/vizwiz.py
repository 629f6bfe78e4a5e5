"""Check an unpacked VizWiz-Classification against its published numbers; nothing is written."""

from __future__ import annotations

from pathlib import Path

from sympie_seg.datasets.early_checks import find_fault
from sympie_seg.datasets.vizwiz_annotations import VizWizAnnotations, find_images, read_annotations

__all__ = ["PUBLISHED", "check_vizwiz"]

PUBLISHED = (8900, 200)
"""Images and categories."""

_DECODED = 8


def check_vizwiz(root: Path, images: Path | None = None, subset: bool = False) -> VizWizAnnotations:
    """Check the annotation file, its numbers, and that the images which it lists are there and whole.

    Args:
        root: folder of ``annotations.json``.
        images: folder of the images, in train, val and test or flat. Defaults to None: the root.
        subset: whether fewer images than published are fine.

    Returns:
        What the annotation file holds.

    Raises:
        ValueError: if something is missing or damaged, or the numbers are not the published ones.
        OSError: if a file cannot be read.
    """
    content = read_annotations(root / "annotations.json")
    counts = (len(content.images), len(content.category_ids))
    is_part = all(own <= published for own, published in zip(counts, PUBLISHED, strict=True))
    if counts != PUBLISHED and not (subset and is_part):
        fix = "fewer on purpose: add --subset" if is_part else "it lists others too: get it again"
        raise ValueError(
            f"the annotation file lists {counts[0]} images and {counts[1]} categories, {PUBLISHED[0]} and "
            f"{PUBLISHED[1]} are published; {fix}"
        )
    folder = images or root
    paths = find_images(str(folder), content.images)
    fault = find_fault([{"img_path": str(folder / path)} for path in paths], (), _DECODED)
    if fault:
        raise ValueError(
            f"'{fault[0].path}' {fault[0].reason} ({fault[1]} such files); get it again"
        )
    return content
