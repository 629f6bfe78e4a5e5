"""Keep what a step frees: asking the system for the same memory again in every step costs time on the CPU."""

from __future__ import annotations

import ctypes
import os
import platform
from collections.abc import Mapping

__all__ = ["keep_freed_memory"]

# Of glibc's malloc.h.
_M_TRIM_THRESHOLD, _M_MMAP_MAX = -1, -4
# With these the user has said how memory is to be handled.
_OWN = ("MALLOC_", "GLIBC_TUNABLES", "LD_PRELOAD")


def keep_freed_memory(environment: Mapping[str, str] = os.environ) -> bool:
    """Let glibc's allocator keep freed memory for the next step of a training, or the next image of a test, on the CPU.

    By default it gives every freed block above 32 MB back to the system at once, and takes it again, page by page and
    set to zero, when the next step needs it. PyTorch's features are such blocks. The process then holds the memory of
    its largest step, and somewhat more where blocks leave gaps, until it ends. Worker processes of a loader inherit it.

    Args:
        environment: where a variable says otherwise, nothing is done: ``MALLOC_*``, ``GLIBC_TUNABLES`` and
            ``LD_PRELOAD``. Defaults to that of the process.

    Returns:
        Whether it is so now; False where the allocator is another one.
    """
    if any(name.startswith(_OWN) and value for name, value in environment.items()):
        return False
    if platform.libc_ver()[0] != "glibc":
        return False
    mallopt = ctypes.CDLL(None).mallopt
    # No block comes from mmap, and -1 means that the end of the heap is never given back.
    return bool(mallopt(_M_MMAP_MAX, 0)) and bool(mallopt(_M_TRIM_THRESHOLD, -1))
