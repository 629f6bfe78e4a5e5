"""Whether picture files are whole, from their first and last bytes: quick, for every file of a data set."""

from __future__ import annotations

import os
from pathlib import Path

from sympie_seg.utils.damage import CUT_OFF, JPEG, PNG, damage, kind_of
from sympie_seg.utils.pictures import read_file

__all__ = ["CUT_OFF", "JPEG", "PNG", "look_at_ends", "truncation"]

_ENDS = {"PNG": b"IEND\xaeB`\x82", "JPEG": b"\xff\xd9"}
_TAIL = 64  # some writers leave a few bytes after the end
_PNG_HEADER = 26  # up to the colour type


def truncation(path: Path) -> str:
    """Look at the beginning and the end of a picture file.

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
    if not head:
        return head, "is empty"
    kind = kind_of(head)
    if not kind:
        return head, "is no picture (its first bytes are those of no known format)"
    if kind == "PNG" and len(head) < _PNG_HEADER:
        # As long as a PNG's header, so that the colour type can be looked up.
        return head, CUT_OFF
    if kind in _ENDS and _ENDS[kind] not in tail:
        return head, _look_inside(path)  # phones and editors put more behind the end
    if kind == "WebP" and path.stat().st_size < 8 + int.from_bytes(head[4:8], "little"):
        return head, CUT_OFF
    return head, ""


def _look_inside(path: Path) -> str:
    try:
        return damage(read_file(path))
    except ValueError as error:
        return str(error).removeprefix(f"'{path}' ")


def _ends(path: Path) -> tuple[bytes, bytes]:
    with path.open("rb") as file:
        head = file.read(_TAIL)
        file.seek(max(0, os.fstat(file.fileno()).st_size - _TAIL))
        return head, file.read()
