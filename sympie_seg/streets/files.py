"""PNG files that are either complete or absent."""

from __future__ import annotations

import os
import struct
from pathlib import Path

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_TRAILER = b"\x00\x00\x00\x00IEND\xaeB`\x82"


def is_complete_png(path: Path, size: tuple[int, int]) -> bool:
    """Whether a PNG of the given (width, height) is there from its first to its last byte."""
    try:
        with path.open("rb") as file:
            head = file.read(24)
            file.seek(-len(_TRAILER), os.SEEK_END)
            tail = file.read()
    except OSError:
        return False
    whole = len(head) == 24 and head.startswith(_SIGNATURE) and tail == _TRAILER
    return whole and struct.unpack(">II", head[16:24]) == tuple(size)
