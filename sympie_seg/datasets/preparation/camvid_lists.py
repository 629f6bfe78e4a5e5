"""The lists ``train.txt``, ``val.txt`` and ``test.txt`` that come with CamVid."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from sympie_seg.datasets.preparation.counting import Count
from sympie_seg.utils.foreign import ForeignFileError, read_text

__all__ = ["check_lists"]


def check_lists(root: Path, counts: Sequence[Count]) -> list[str]:
    """Compare the lists with the files; lists that are not there are not needed.

    A line holds an image and its label, such as ``/SegNet/CamVid/train/X.png
    /SegNet/CamVid/trainannot/X.png``. Only the last folder and the name without suffix count:
    the prefix is that of the authors' disk, and images may be JPEG files.

    Args:
        root: folder of CamVid.
        counts: its splits.

    Returns:
        What does not agree, one sentence each.
    """
    problems = []
    for count in counts:
        path = root / f"{count.part.split}.txt"
        if path.is_file() and not count.is_absent:
            problems += _compare(path, count)
    return problems


def _compare(path: Path, count: Count) -> list[str]:
    split = count.part.split
    wanted = (split, f"{split}annot")
    listed = set()
    try:
        lines = read_text(path).splitlines()
    except (ForeignFileError, OSError) as error:
        return [str(error)]
    for number, line in enumerate(lines, start=1):
        pair = [PurePosixPath(word) for word in line.split()]
        if not pair:
            continue
        if tuple(one.parent.name for one in pair) != wanted or pair[0].stem != pair[1].stem:
            return [
                f"'{path}', line {number}: expected '<...>/{wanted[0]}/X.png <...>/{wanted[1]}/X.png', got '{line}'"
            ]
        listed.add(pair[0].stem)
    different = listed ^ set(count.images)
    if not different:
        return []
    missing = len(listed - set(count.images))
    return [
        f"'{path}' and the folder '{split}' differ: {missing} listed images are missing, "
        f"{len(different) - missing} are not listed, the first '{min(different)}'"
    ]
