"""Peak memory of one call: on CUDA as PyTorch counts it, on Linux as the kernel counts the process."""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Callable
from pathlib import Path

import torch

from sympie_seg.fast.pipeline import release_memory

__all__ = ["peak_megabytes"]

_CLEAR, _STATUS = Path("/proc/self/clear_refs"), Path("/proc/self/status")


def peak_megabytes(run: Callable[[], object], device: str) -> float | None:
    """Give how far memory rises above what was held before, in MB (10^6 bytes), the result included.

    Args:
        run: what to run, once.
        device: "cuda", or "cpu" for the memory of the process.

    Returns:
        None where the system does not tell.
    """
    if device == "cuda":
        torch.cuda.synchronize()
        before = torch.cuda.memory_allocated()
        torch.cuda.reset_peak_memory_stats()
        result = run()
        torch.cuda.synchronize()
        del result
        return (torch.cuda.max_memory_allocated() - before) / 1e6
    try:
        _give_back()
        _CLEAR.write_text("5")  # the peak begins again
        before = _kilobytes("VmRSS")
        result = run()
        peak = _kilobytes("VmHWM")
    except OSError:
        return None
    del result
    return max(peak - before, 0) * 1024 / 1e6


def _give_back() -> None:
    """Let the allocators return what they keep for later, so that it counts when it is used."""
    gc.collect()
    release_memory()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # of glibc alone
    if trim is not None:
        trim(0)


def _kilobytes(field: str) -> int:
    for line in _STATUS.read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1])
    raise OSError(f"no {field} in {_STATUS}")
