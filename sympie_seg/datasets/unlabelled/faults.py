"""Which pictures of a folder cannot be used."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sympie_seg.datasets.early_checks import spread
from sympie_seg.datasets.preparation.image_files import Check, Fault, FaultKind, check_file
from sympie_seg.utils.images import JPEG, PNG, look_at_ends
from sympie_seg.utils.pictures import fault_of_picture

__all__ = ["find_faults"]

_THREADS = 8  # network folders answer slowly, but many at a time
_LOOKED_AT = (
    5000  # files whose ends are looked at when the set is built; all of them when they are loaded
)


def find_faults(entries: Sequence[dict], decoded: int, whole: int = 0) -> list[Fault]:
    """Look for files that are empty, cut off or no pictures.

    Args:
        entries: of a dataset, with ``img_path``.
        decoded: how many of them are decoded as a whole.
        whole: how many of them are read as a whole for damage, without decoding their pixels.

    Returns:
        What is wrong, in the order of the entries.
    """
    pixels = {id(entry) for entry in spread(entries, decoded)}
    read = {id(entry) for entry in spread(entries, whole)}
    tasks = [
        (Path(e["img_path"]), id(e) in pixels, id(e) in read) for e in spread(entries, _LOOKED_AT)
    ]
    if len(tasks) < 2:  # threads would cost more than they save
        results = [_fault(*task) for task in tasks]
    else:
        with ThreadPoolExecutor(_THREADS) as pool:
            results = list(pool.map(lambda task: _fault(*task), tasks))
    return [fault for fault in results if fault]


def _fault(path: Path, decode: bool, whole: bool) -> Fault | None:
    head, _ = look_at_ends(path)
    if not head or head.startswith((PNG, JPEG)):
        return check_file(Check(path, decode=decode, whole=whole))
    if decode and (reason := fault_of_picture(path)):
        return Fault(path, FaultKind.BROKEN, reason)
    return None
