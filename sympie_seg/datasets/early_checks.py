"""Checks when a dataset is built: first and last bytes of every file, some read whole, a few decoded."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sympie_seg.datasets.preparation.image_files import Check, Fault, check_file

__all__ = ["find_fault", "spread"]

_THREADS = 8  # network folders answer slowly, but many at a time


def spread(entries: Sequence[dict], count: int) -> list[dict]:
    """Give ``count`` entries from the first to the last, evenly spaced."""
    if count >= len(entries) or count <= 0:
        return list(entries)[: max(count, 0)]
    last = len(entries) - 1
    return [entries[round(i * last / max(count - 1, 1))] for i in range(count)]


def find_fault(
    entries: Sequence[dict],
    label_values: Collection[int],
    decoded: int,
    whole: int = 0,
) -> tuple[Fault, int] | None:
    """Look for files that are empty, cut off or no images, and for labels that are no labels.

    Args:
        entries: of a dataset, with ``img_path`` and, where there are labels, ``seg_map_path``.
        label_values: what labels may hold.
        decoded: how many samples are decoded as a whole; their labels' sizes and values are checked.
        whole: how many samples, images and labels, are read as a whole and searched for damage.

    Returns:
        The first fault and how many there are, or None.
    """
    to_decode = {id(entry) for entry in spread(entries, decoded)}
    to_read = {id(entry) for entry in spread(entries, whole)}
    checks = []
    for entry in entries:
        image = Path(entry["img_path"])
        decode, read = id(entry) in to_decode, id(entry) in to_read
        checks.append(Check(image, decode=decode, whole=read))
        if entry.get("seg_map_path"):
            allowed = frozenset(label_values) | set(entry.get("label_map") or ())
            checks.append(Check(Path(entry["seg_map_path"]), allowed, decode, image, read))
    if len(checks) <= 2:  # one sample: threads would cost more than they save
        faults = [fault for fault in map(check_file, checks) if fault]
    else:
        with ThreadPoolExecutor(_THREADS) as pool:
            faults = [fault for fault in pool.map(check_file, checks) if fault]
    return (faults[0], len(faults)) if faults else None
