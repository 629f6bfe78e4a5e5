"""Whether machine code can be made at run time, as kernels of PyTorch on the CPU need.

systemd's ``MemoryDenyWriteExecute``, SELinux without ``execmem`` and limits of memory forbid it. To import this module
needs the standard library only.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["has_room_for_code", "may_write_code", "use_onednn", "without_onednn_if_it_fails"]

_ROOM = 4 << 20  # bytes, several times what fbgemm takes for one kernel


def has_room_for_code() -> bool:
    """Whether there is memory for one more kernel.

    PyTorch's `embedding_bag` (fbgemm on x86) makes a kernel for each row length, and ends the process with a
    segmentation fault where it cannot. To ask takes some microseconds and no memory but the address space.

    Returns:
        False if the system refuses; True where it cannot be asked (Windows).
    """
    # fbgemm writes and executes through two mappings of the same memory where one for both is forbidden.
    return not hasattr(mmap, "PROT_EXEC") or _is_given(
        _ROOM, mmap.PROT_READ | mmap.PROT_EXEC, OSError
    )


def may_write_code() -> bool:
    """Whether memory may be both written and executed, without which PyTorch's oneDNN "could not create a primitive".

    Returns:
        False if the system forbids it, whatever memory is free; True where it cannot be asked (Windows).
    """
    return not hasattr(mmap, "PROT_EXEC") or _is_given(
        mmap.PAGESIZE, mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC, PermissionError
    )


@contextmanager
def without_onednn_if_it_fails() -> Iterator[None]:
    """Let PyTorch convolve without oneDNN, more slowly, where :func:`may_write_code` says no; else change nothing."""
    import torch

    if not torch.backends.mkldnn.enabled or may_write_code():
        yield
        return
    use_onednn(False)
    try:
        yield
    finally:
        use_onednn(True)


def use_onednn(used: bool) -> None:
    """Switch PyTorch's oneDNN on or off."""
    import torch

    torch.backends.mkldnn.enabled = used  # type: ignore[assignment]  # typed as the property itself


def _is_given(size: int, protection: int, refusal: type[OSError]) -> bool:
    try:
        mmap.mmap(-1, size, prot=protection).close()
    except OSError as error:
        return not isinstance(error, refusal)
    return True
