"""Whether PNG and JPEG files are whole, from their first and last bytes: decoders fill up and say nothing."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["CUT_OFF", "JPEG", "PNG", "look_at_ends", "truncation"]

PNG, _PNG_END = b"\x89PNG\r\n\x1a\n", b"IEND\xaeB`\x82"
JPEG, _JPEG_END = b"\xff\xd8\xff", b"\xff\xd9"
CUT_OFF = "is cut off"
_TAIL = 64  # some writers leave a few bytes after the end
_PNG_HEADER = 26  # up to the colour type


def truncation(path: Path) -> str:
    """Look at the beginning and the end of a PNG or JPEG file.

    Returns:
        What is wrong with it, or an empty string.
    """
    return look_at_ends(path)[1]


def look_at_ends(path: Path) -> tuple[bytes, str]:
    """Give the first bytes of a file, and what is wrong with its two ends."""
    try:
        head, tail = _ends(path)
    except OSError as error:
        return b"", f"cannot be read ({error.strerror})"
    return head, _trouble(head, tail)


def _trouble(head: bytes, tail: bytes) -> str:
    if not head:
        return "is empty"
    if head.startswith(PNG):
        # As long as a PNG's header, so that the colour type can be looked up.
        return "" if _PNG_END in tail and len(head) >= _PNG_HEADER else CUT_OFF
    if head.startswith(JPEG):
        return "" if _JPEG_END in tail else CUT_OFF
    return "is neither a PNG nor a JPEG file"


def _ends(path: Path) -> tuple[bytes, bytes]:
    with path.open("rb") as file:
        head = file.read(_TAIL)
        file.seek(max(0, os.fstat(file.fileno()).st_size - _TAIL))
        return head, file.read()
