"""Seeds that follow from words."""

from __future__ import annotations

import hashlib

from sympie_seg.utils.escaping import name_bytes

__all__ = ["hashed_seed"]


def hashed_seed(*key: object) -> int:
    """Give 128 bits that depend on the words of all parts of the key, the same on every machine."""
    text = "|".join(map(str, key))
    digest = hashlib.sha256(name_bytes(text)).digest()
    return int.from_bytes(digest[:16], "little")
