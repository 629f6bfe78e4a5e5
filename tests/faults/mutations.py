"""Damage with seeds: what disks, downloads and editors do to files."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

__all__ = ["SAME_LENGTH", "another_type", "spoil_bytes", "spoil_json", "spoil_text"]

_BLOCK = 4096
_ODD = (None, [], {}, "text", "../../../etc/passwd", -1, 10**30, 1e300, True, [[1]], {"a": 1})


def _flip(data: bytearray, at: int, draw: random.Random) -> None:
    data[at] ^= 1 << draw.randrange(8)


def _zeros(data: bytearray, at: int, draw: random.Random) -> None:
    end = min(len(data), at + draw.choice([4, 64, _BLOCK]))
    data[at:end] = bytes(end - at)


def _noise(data: bytearray, at: int, draw: random.Random) -> None:
    end = min(len(data), at + draw.choice([4, 64, _BLOCK]))
    data[at:end] = draw.randbytes(end - at)


def _elsewhere(data: bytearray, at: int, draw: random.Random) -> None:
    start, length = draw.randrange(len(data)), draw.choice([16, 512, _BLOCK])
    block = data[start : start + length]
    data[at : at + len(block)] = block[: len(data) - at]


def _cut(data: bytearray, at: int, draw: random.Random) -> None:
    del data[at:]


def _drop(data: bytearray, at: int, draw: random.Random) -> None:
    del data[at : at + draw.choice([1, 16, 512])]


def _insert(data: bytearray, at: int, draw: random.Random) -> None:
    data[at:at] = draw.randbytes(draw.choice([1, 16, 512]))


def _empty(data: bytearray, at: int, draw: random.Random) -> None:
    data.clear()


_KINDS: dict[str, tuple[Callable[[bytearray, int, random.Random], None], int]] = {
    "flipped bit": (_flip, 8),
    "block of zeros": (_zeros, 4),
    "block of noise": (_noise, 4),
    "block from elsewhere": (_elsewhere, 3),
    "cut": (_cut, 4),
    "bytes dropped": (_drop, 2),
    "bytes inserted": (_insert, 2),
    "empty": (_empty, 1),
}
SAME_LENGTH = ("flipped bit", "block of zeros", "block of noise", "block from elsewhere")
"""Kinds of damage that formats without a checksum need not notice."""


def spoil_bytes(data: bytes, draw: random.Random) -> tuple[str, bytes]:
    """Give the kind of damage, and the damaged bytes; they differ from the whole ones.

    Half of the damage is in the first 512 bytes, where headers are.
    """
    names = list(_KINDS)
    while True:
        kind = draw.choices(names, [_KINDS[name][1] for name in names])[0]
        spoiled = bytearray(data)
        at = draw.randrange(len(data) if draw.random() < 0.5 else min(len(data), 512))
        _KINDS[kind][0](spoiled, at, draw)
        if spoiled != data:
            return kind, bytes(spoiled)


def another_type(content: Any, draw: random.Random) -> Any:
    """Replace, somewhere in JSON's values, one by another of any type, or drop a key."""
    if isinstance(content, dict) and content and draw.random() < 0.9:
        key = draw.choice(list(content))
        if draw.random() < 0.15:
            return {k: v for k, v in content.items() if k != key}
        return {**content, key: another_type(content[key], draw)}
    if isinstance(content, list) and content and draw.random() < 0.9:
        at = draw.randrange(len(content))
        return [*content[:at], another_type(content[at], draw), *content[at + 1 :]]
    return draw.choice(_ODD)


def spoil_json(data: bytes, draw: random.Random) -> tuple[str, bytes]:
    """Damage the bytes of a JSON file, its values, or nest it too deeply."""
    kind = draw.choices(["bytes", "value", "deep"], [4, 8, 1])[0]
    if kind == "bytes":
        return spoil_bytes(data, draw)
    if kind == "deep":
        return "nested too deeply", b"[" * 100_000
    while True:
        spoiled = another_type(json.loads(data), draw)
        if spoiled != json.loads(data):
            return "another value", json.dumps(spoiled).encode()


def spoil_text(data: bytes, draw: random.Random) -> tuple[str, bytes]:
    """Damage the bytes of a text file, or its lines."""
    kind = draw.choice(["bytes", "lines", "encoding", "one long line"])
    if kind == "bytes":
        return spoil_bytes(data, draw)
    if kind == "encoding":
        return kind, data.decode().encode("utf-16")
    if kind == "one long line":
        return kind, b"x" * 200_000
    lines = data.splitlines(keepends=True)
    at = draw.randrange(len(lines))
    odd = [b"\xff\xfe\x00\n", b"..\n", b"/etc/passwd\n", b"no such\n", b"\n\n", lines[at] * 2]
    lines[at] = draw.choice(odd)
    return kind, b"".join(lines)
