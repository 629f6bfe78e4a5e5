"""Whether machine code can be made at run time."""

from __future__ import annotations

import mmap

__all__ = ["can_generate_code"]

_BYTES = 4 << 20  # several times what fbgemm takes for one kernel


def can_generate_code() -> bool:
    """Whether there is memory that may be executed.

    PyTorch's `embedding_bag` (fbgemm on x86) makes a kernel for each row length. Where the system forbids that, or has
    no address space left, it ends the process with a segmentation fault. So this is asked before; it takes some
    microseconds, and only the address space is taken.

    Returns:
        False if the system refuses; True where it cannot be asked (Windows).
    """
    if not hasattr(mmap, "PROT_EXEC"):
        return True
    try:
        # No page is both writable and executable: systems that refuse only that leave fbgemm another way.
        mmap.mmap(-1, _BYTES, prot=mmap.PROT_READ | mmap.PROT_EXEC).close()
    except OSError:
        return False
    return True
