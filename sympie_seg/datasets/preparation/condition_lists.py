"""File lists that tell the conditions of ACDC apart where folders no longer do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from sympie_seg.datasets.preparation.counting import Count, count_part
from sympie_seg.datasets.preparation.layouts import Layout
from sympie_seg.utils.escaping import printable
from sympie_seg.utils.files import replace_bytes

__all__ = ["Lists", "collect_lists", "compare_with_flat_copy", "write_lists"]

Lists = dict[tuple[str, str], list[str]]


def collect_lists(
    root: Path, layout: Layout, splits: Sequence[str] | None = None, subset: bool = False
) -> Lists:
    """Name the images of each condition and split of an official tree.

    Args:
        root: folder with ``rgb_anon/<condition>/<split>``.
        layout: the official tree, with the published numbers.
        splits: only these. Defaults to None (those that are there).
        subset: whether fewer images than published are fine.

    Returns:
        File names without folder and suffix for each (condition, split) that has images.

    Raises:
        ValueError: if there is no image, or a number is not the published one.
    """
    lists: Lists = {}
    for part in layout.parts:
        if splits and part.split not in splits:
            continue
        images = count_part(root, layout, part).images
        if images:
            lists[part.condition, part.split] = sorted(PurePosixPath(key).name for key in images)
        few = len(images) < (part.images or 0)
        if images and len(images) != part.images and not (few and subset):
            raise ValueError(
                f"'{root}' has {len(images)} images of {part.name}, {part.images} are published; "
                "lists made from it would be wrong"
            )
    if not lists:
        raise ValueError(
            f"'{root}' has no image in ACDC's official tree ({layout.tree[0]}), from which lists "
            "by condition could be made"
        )
    return lists


def compare_with_flat_copy(lists: Lists, counts: Sequence[Count]) -> list[str]:
    """Compare the lists with the images of a flat copy.

    Args:
        lists: from :func:`collect_lists`.
        counts: the parts of the flat copy, one per split.

    Returns:
        What does not agree, one sentence for each split that is in both.
    """
    problems = []
    for count in counts:
        split = count.part.split
        listed = {name for (_, of), names in lists.items() if of == split for name in names}
        there = {PurePosixPath(key).name for key in count.images}
        if not listed or not there or listed == there:
            continue
        first = min(listed ^ there)
        problems.append(
            f"{split}: lists and flat copy differ ({len(listed - there)} images only in the lists, "
            f"{len(there - listed)} only in the copy, the first '{first}')"
        )
    return problems


def write_lists(
    folder: Path, lists: Mapping[tuple[str, str], Sequence[str]], dry_run: bool = False
) -> list[Path]:
    """Write ``<condition>_<split>.txt``, one name per line, unless the file says so already.

    Args:
        folder: made if missing.
        lists: from :func:`collect_lists`.
        dry_run: write nothing.

    Returns:
        The files that were, or would be, written.

    Raises:
        ValueError: if a name is not UTF-8, which no reader of lists would take.
        OSError: if a file cannot be written.
    """
    written = []
    for (condition, split), names in lists.items():
        strange = next((name for name in names if printable(name) != name), None)
        if strange is not None:
            raise ValueError(
                f"a list cannot hold '{printable(strange)}', which is not UTF-8: rename the file"
            )
        path, data = folder / f"{condition}_{split}.txt", "".join(f"{n}\n" for n in names).encode()
        if path.is_file() and path.read_bytes() == data:
            continue
        if not dry_run:
            replace_bytes(path, data)
        written.append(path)
    return written
