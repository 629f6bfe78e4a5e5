"""Pictures that are almost the same: frames of one scene, or one picture in two files."""

from __future__ import annotations

import os
from bisect import bisect_left
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from sympie_seg.utils.pictures import MOST_PIXELS, declared_pixels, read_file

__all__ = ["ALIKE", "fingerprint", "look_alikes", "near_in_order", "spread_out"]

ALIKE = 0.8
"""Cosine of two fingerprints from which on pictures count as almost the same.

A copy at 0.6 of the size in JPEG quality 60 had 0.98 or more with its original (100 photographs); different photographs
had 0.63 at most (400), frames of different CamVid sequences 0.56.
"""

_SIDE = 16
_FLAT = 1.0  # mean step between neighbours, in grey levels, below which a picture shows nothing to compare
_REDUCED_FROM = (
    300_000  # bytes; larger files are decoded at an eighth of their size, which JPEG does quickly
)
_THREADS = 4


def fingerprint(path: str | os.PathLike[str]) -> NDArray[np.float32] | None:
    """Describe a picture by the steps between neighbours in a grey thumbnail of 17 x 17.

    Args:
        path: of the picture.

    Returns:
        float32 (512,), of length 1, or None where the picture cannot be read or shows next to nothing.
    """
    try:
        status = os.stat(path)
    except OSError:
        return None
    return _fingerprint(os.fspath(path), status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=20_000)
def _fingerprint(path: str, size: int, changed: int) -> NDArray[np.float32] | None:
    flags = cv2.IMREAD_REDUCED_GRAYSCALE_8 if size > _REDUCED_FROM else cv2.IMREAD_GRAYSCALE
    try:
        if declared_pixels(path) > MOST_PIXELS:
            return None
        grey = cv2.imdecode(np.frombuffer(read_file(path), np.uint8), flags)
    except (ValueError, cv2.error):
        return None
    if grey is None:
        return None
    small = cv2.resize(grey, (_SIDE + 1, _SIDE + 1), interpolation=cv2.INTER_AREA)
    small = small.astype(np.float32)
    steps = np.concatenate(
        [np.diff(small, axis=1)[:-1].ravel(), np.diff(small, axis=0)[:, :-1].ravel()]
    )
    if np.abs(steps).mean() < _FLAT:
        return None
    result: NDArray[np.float32] | None = steps / np.linalg.norm(steps)
    return result


def look_alikes(first: Sequence[str], second: Sequence[str]) -> list[tuple[str, str]]:
    """Find the pictures of one list that are almost the same as one of another list.

    Args:
        first: paths.
        second: paths; a picture is never compared with itself, so the same list may be given twice.

    Returns:
        For each picture of ``first`` that has a look-alike: its path and that of the most similar one. Of two pictures
        that are in both lists, the later one only.
    """
    paths = list(dict.fromkeys((*first, *second)))
    with ThreadPoolExecutor(_THREADS) as pool:
        made = zip(paths, pool.map(fingerprint, paths), strict=True)
        prints = {path: one for path, one in made if one is not None}
    left, right = ([path for path in paths if path in prints] for paths in (first, second))
    if not left or not right:
        return []
    similar = np.stack([prints[p] for p in left]) @ np.stack([prints[p] for p in right]).T
    rank = {path: index for index, path in enumerate(first)}
    for row, path in enumerate(left):
        for column, other in enumerate(right):
            if path == other or (other in rank and rank[other] > rank[path]):
                similar[row, column] = -1
    best = similar.argmax(1)
    return [
        (path, right[best[row]]) for row, path in enumerate(left) if similar[row, best[row]] > ALIKE
    ]


def spread_out(paths: Sequence[str], count: int) -> list[str]:
    """Give up to ``count`` paths from the first to the last, evenly spaced."""
    if count >= len(paths):
        return list(paths)
    return [paths[index * len(paths) // count] for index in range(count)]


def near_in_order(paths: Sequence[str], others: Sequence[str]) -> list[str]:
    """Give, for each path, its neighbours by name among others: the frames before and after it."""
    order = sorted(others)
    neighbours: dict[str, None] = {}
    for path in paths:
        rank = bisect_left(order, path)
        after = rank + (path in order[rank : rank + 1])
        neighbours.update(
            dict.fromkeys((*order[max(rank - 1, 0) : rank], *order[after : after + 1]))
        )
    return list(neighbours)
