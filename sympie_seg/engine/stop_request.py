"""SIGTERM, as a batch system sends it before it kills: finish the iteration, save, leave."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Any

import torch
from mmengine.device import get_device
from mmengine.dist import all_reduce, is_distributed

__all__ = ["STOPPED", "StopRequest"]

STOPPED = 128 + signal.SIGTERM
"""Exit status after SIGTERM, as the shell counts it."""


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

    def _remember(self, number: int, frame: FrameType | None) -> None:
        self.received = True

    def on_any_rank(self) -> bool:
        """Whether any rank was asked to stop; every rank has to ask at the same place."""
        if not is_distributed():
            return self.received
        flag = torch.tensor(float(self.received), device=get_device())
        all_reduce(flag, op="max")
        return bool(flag.item())
