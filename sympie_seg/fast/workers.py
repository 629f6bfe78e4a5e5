"""A few threads that share a list of pieces of work; OpenCV and NumPy leave Python's lock while they compute."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

_lock = threading.Lock()
_pools: dict[int, ThreadPoolExecutor] = {}


def run_all(work: Callable[[Any], None], pieces: Iterable[Any], threads: int) -> None:
    """Call `work` on every piece, in the calling thread and `threads - 1` others.

    Whoever is free takes the next piece: after a parallel operation PyTorch's own worker threads keep their
    cores busy for some milliseconds, so equal shares would wait for the slowest.

    Raises:
        Exception: the first that a piece raised.
    """
    queue = iter(list(pieces))  # a list's iterator is safe to share

    def take() -> None:
        for piece in queue:
            work(piece)

    helpers = [_pool(threads - 1).submit(take) for _ in range(threads - 1)]
    try:
        take()
    finally:
        for helper in helpers:
            helper.cancel()
        errors = [helper.exception() for helper in helpers if not helper.cancelled()]
    for error in errors:
        if error is not None:
            raise error


def _pool(size: int) -> ThreadPoolExecutor:
    with _lock:
        if size not in _pools:
            _pools[size] = ThreadPoolExecutor(size, thread_name_prefix="sympie_warp")
        return _pools[size]


# Threads do not survive a fork (data loaders fork): the child starts its own.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pools.clear)
