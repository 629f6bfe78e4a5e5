"""Run a function over many files under mmengine's progress bar."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Sequence
from typing import TypeVar

import cv2
from mmengine.utils import track_parallel_progress, track_progress

__all__ = ["run_tracked"]

Item = TypeVar("Item")
Result = TypeVar("Result")

_CHUNK = 8


def run_tracked(
    title: str, function: Callable[[Item], Result], items: Sequence[Item], processes: int
) -> list[Result]:
    """Call ``function`` on every item; title and bar go to stderr, so that stdout stays short.

    Args:
        title: printed above the bar.
        function: of a module, so that it can be sent to other processes.
        items: its arguments.
        processes: how many to use; 1 for none besides this one.

    Returns:
        The results in the order of the items.
    """
    if not items:
        return []
    print(title, file=sys.stderr)
    if processes <= 1 or len(items) <= 1:
        alone: list[Result] = track_progress(function, items, file=sys.stderr)
        return alone
    # Before the fork, for a forked copy of OpenCV's thread pool waits for threads that it does not have; and OpenCV's
    # own threads would only compete with the other processes.
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        result: list[Result] = track_parallel_progress(
            function,
            items,
            min(processes, len(items)),
            initializer=_start_worker,
            initargs=(),
            chunksize=_CHUNK,
            file=sys.stderr,
        )
        return result
    finally:
        cv2.setNumThreads(threads)


def _start_worker() -> None:
    # Ctrl-C goes to all processes; the main one stops the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
