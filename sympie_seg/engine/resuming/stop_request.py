"""SIGTERM, as a batch system sends it before it kills: finish the iteration, save, leave."""

from __future__ import annotations

import ctypes
import os
import signal
import threading
import time
from multiprocessing.sharedctypes import RawValue
from types import FrameType, TracebackType
from typing import Any

import torch
from mmengine.device import get_device
from mmengine.dist import all_reduce, is_distributed

__all__ = ["STOPPED", "StopRequest", "outlive_sigterm"]

STOPPED = 128 + signal.SIGTERM
"""Exit status after SIGTERM, as the shell counts it."""

_FINISHING = RawValue(ctypes.c_bool, False)  # shared with the workers, which are forked
_GRACE = 0.5  # seconds in which the main process has noticed the signal too


class StopRequest:
    """Remembers SIGTERM while the block runs; the former handler is back afterwards."""

    def __init__(self) -> None:
        self.received = False
        self._former: Any = None

    def __enter__(self) -> StopRequest:
        """Listen; only a main thread can."""
        if threading.current_thread() is threading.main_thread():
            self._former = signal.signal(signal.SIGTERM, self._remember)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop listening."""
        if self._former is not None:
            signal.signal(signal.SIGTERM, self._former)
        _FINISHING.value = False

    def _remember(self, number: int, frame: FrameType | None) -> None:
        self.received = _FINISHING.value = True

    def on_any_rank(self) -> bool:
        """Whether any rank was asked to stop; every rank has to ask at the same place."""
        if not is_distributed():
            return self.received
        flag = torch.tensor(float(self.received), device=get_device())
        all_reduce(flag, op="max")
        return bool(flag.item())


def outlive_sigterm() -> None:
    """Keep a data loader's worker alive while its main process finishes an iteration after SIGTERM.

    torchrun and batch systems send the signal to the workers too, and a worker that ends by it makes the main process
    fail in the middle of whatever it does. Otherwise, as when the main process ends its workers, the signal
    ends the worker as usual.
    """
    signal.signal(signal.SIGTERM, _end_unless_needed)


def _end_unless_needed(number: int, frame: FrameType | None) -> None:
    deadline = time.monotonic() + _GRACE
    while not _FINISHING.value:
        if time.monotonic() > deadline:
            os._exit(0)  # as torch's own handler does, where the main process ends its workers
        time.sleep(0.01)
