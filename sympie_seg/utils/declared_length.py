"""How long a picture's header says that its file is: bytes too many are bytes inserted, which shift all pixels behind.

Formats without a checksum show nothing else of such damage. Looked at are BMP, PNM, TIFF, Sun raster, WebP, AVIF and
JPEG 2000; behind the end of a JPEG, a PNG or a GIF may stand more.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator

__all__ = ["surplus"]

_PADDING = 3  # zeros that some programs fill a file up with, to words of 4 bytes
_PAGE = 16  # what the length of a page is a multiple of
_UNCOMPRESSED = (0, 3, 6)  # of BMP: no compression, colour masks, masks with alpha
_V5_PROFILE = (
    126  # of BMP: place of an ICC profile behind the pixels (from byte 14), and its length
)


def surplus(data: bytes, kind: str) -> int:
    """Count the bytes of a picture's file behind what its header declares.

    Args:
        data: a whole file.
        kind: its format, as :func:`sympie_seg.utils.damage.kind_of` names it.

    Returns:
        0 where there are none, the file is too short, or the header cannot be read: whoever decodes it tells that.
    """
    end = _ENDS.get(kind)
    if end is None:
        return 0
    try:
        declared = end(data)
    except (struct.error, ValueError, IndexError, OverflowError):
        return 0
    tail = data[declared:] if declared else b""
    if kind in _PADDED and len(tail) <= _PADDING and not any(tail):
        return 0
    return len(tail)


def _numbers(code: str, data: bytes, at: int = 0) -> tuple[int, ...]:
    return struct.unpack_from(code, data, at)


def _bmp(data: bytes) -> int:
    whole, start, header = _numbers("<I4xII", data, 2)
    if header == 12:  # of OS/2
        width, height, bits = _numbers("<HH2xH", data, 18)
        compression = size = 0
    else:
        width, height, bits, compression, size = _numbers("<ii2xHII", data, 18)
    if compression not in _UNCOMPRESSED:  # run lengths
        return max(whole, start + size) if size else whole
    end = start + (width * bits + 31) // 32 * 4 * abs(height)
    if header >= 124 and data[70:74] in (b"DEBM", b"KNIL"):  # an ICC profile, or the name of one
        offset, length = _numbers("<II", data, _V5_PROFILE)
        end = max(end, 14 + offset + length)
    return end


def _sun_raster(data: bytes) -> int:
    _, width, height, depth, _, kind, _, colours = _numbers(">8I", data)
    if kind not in (0, 1, 3):  # run lengths
        return 0
    return 32 + colours + (width * depth + 15) // 16 * 2 * height


def _riff(data: bytes) -> int:
    declared: int = struct.unpack_from("<I", data, 4)[0]
    return 8 + declared + declared % 2


_PNM_HEAD = re.compile(rb"P([1-6])" + 3 * rb"(?:\s|#[^\r\n]*)+(\d+)" + rb"(?:\s)")
_PBM_HEAD = re.compile(rb"P([14])" + 2 * rb"(?:\s|#[^\r\n]*)+(\d+)" + rb"(?:\s)")


def _pnm(data: bytes) -> int:
    if data[:2] == b"P7":
        return _pam(data)
    head = _PBM_HEAD.match(data) or _PNM_HEAD.match(data)
    if head is None:
        return 0
    kind, width, height, *most = map(int, head.groups())
    channels = 3 if kind in (3, 6) else 1
    if kind == 4:
        return head.end() + (width + 7) // 8 * height
    if kind > 4:
        return head.end() + width * height * channels * (1 if most[0] < 256 else 2)
    if kind == 1:  # its digits may stand without blanks between
        return 0
    numbers = width * height * channels
    for number, word in enumerate(re.finditer(rb"[^\s#]+|#[^\r\n]*", data[head.end() :])):
        numbers += word.group().startswith(b"#")
        if number + 1 == numbers:
            remaining = data[head.end() + word.end() :]
            return len(data) - len(remaining.lstrip())
    return 0


def _pam(data: bytes) -> int:
    head, mark, _ = data[:4096].partition(b"ENDHDR\n")
    words = dict(line.split(None, 1) for line in head.splitlines()[1:] if line.count(b" ") == 1)
    width, height, depth, most = (
        int(words[name]) if name in words else 0
        for name in (b"WIDTH", b"HEIGHT", b"DEPTH", b"MAXVAL")
    )
    if not mark:
        return 0
    return len(head) + len(mark) + width * height * depth * (1 if most < 256 else 2)


def _boxes(data: bytes) -> int:
    """The boxes of ISO files follow each other to the end; one of length 0 reaches there."""
    at = 0
    while at + 8 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        if length == 1:
            length = int.from_bytes(data[at + 8 : at + 16], "big")
        if length == 0:
            return len(data)
        if length < 8 or at + length > len(data):  # the decoder missed nothing of it: it is no box
            return at
        at += length
    return at


# TIFF: whatever the directories point to, and the directories themselves

_SIZES = {
    1: 1,
    2: 1,
    3: 2,
    4: 4,
    5: 8,
    6: 1,
    7: 1,
    8: 2,
    9: 4,
    10: 8,
    11: 4,
    12: 8,
    13: 4,
    16: 8,
    17: 8,
    18: 8,
}
_WHOLE_NUMBERS = {3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}
_DIRECTORIES = (330, 34665, 34853, 40965)  # SubIFDs, EXIF, GPS, interoperability
_BLOCKS = ((273, 279), (324, 325), (513, 514), (288, 289))  # strips, tiles, a thumbnail, free bytes
_MOST_DIRECTORIES = 1000


class _Tiff:
    """The directories of a TIFF, classic or big."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.order = "<" if data[:2] == b"II" else ">"
        self.is_big = data[2:4] in (b"+\0", b"\0+")
        self.word = "Q" if self.is_big else "I"
        self.wide = 8 if self.is_big else 4
        self.end = 16 if self.is_big else 8
        self.pages = 1

    def number(self, code: str, at: int) -> int:
        value: int = struct.unpack_from(self.order + code, self.data, at)[0]
        return value

    def extent(self) -> int:
        """The end of the last thing that is pointed to."""
        todo, seen = (
            [self.number(self.word, self.wide)],
            set[int](),
        )  # the first place is as far in as it is long
        while todo and len(seen) < _MOST_DIRECTORIES:
            at = todo.pop()
            if at and at not in seen:
                seen.add(at)
                todo += self.directory(at)
        return self.end

    def directory(self, at: int) -> list[int]:
        """Note what a directory takes; give the directories that it points to."""
        count = self.number("Q" if self.is_big else "H", at)
        first, length = at + (8 if self.is_big else 2), 4 + 2 * self.wide
        behind = first + count * length
        self.note(behind + self.wide)
        entries = {}
        for offset in range(first, behind, length):
            tag, kind = self.number("H", offset), self.number("H", offset + 2)
            entries[tag] = list(self.values(kind, offset + 4, tag))
        for offsets, lengths in _BLOCKS:
            for start, size in zip(
                entries.get(offsets, ()), entries.get(lengths, ()), strict=False
            ):
                self.note(start + size)
        below = [offset for tag in _DIRECTORIES for offset in entries.get(tag, ())]
        further = self.number(self.word, behind)
        self.pages += bool(further)
        return [*below, further]

    def values(self, kind: int, at: int, tag: int) -> Iterator[int]:
        """Note where the values of an entry are; give them, if they are places or lengths."""
        count = self.number(self.word, at)
        size, offset = _SIZES.get(kind, 1) * count, at + self.wide
        if size > self.wide:
            offset = self.number(self.word, offset)
            if offset + size > len(
                self.data
            ):  # a note that does not matter; pixels are looked at by the decoder
                return
            self.note(offset + size)
        if tag in _DIRECTORIES or any(tag in pair for pair in _BLOCKS):
            code = _WHOLE_NUMBERS.get(kind)
            yield from (
                struct.unpack_from(f"{self.order}{count}{code}", self.data, offset) if code else ()
            )

    def note(self, end: int) -> None:
        self.end = max(self.end, end)


def _tiff(data: bytes) -> int:
    tiff = _Tiff(data)
    end = tiff.extent()
    tail = data[end:]
    # Pillow fills each of several pages up.
    is_filled = tiff.pages > 1 and len(tail) < _PAGE and not any(tail)
    return len(data) if is_filled else end


_PADDED = ("BMP", "TIFF")
_ENDS: dict[str, Callable[[bytes], int]] = {
    "BMP": _bmp, "PNM": _pnm, "TIFF": _tiff, "Sun raster": _sun_raster, "WebP": _riff, "AVIF": _boxes,
    "JPEG 2000": lambda data: _boxes(data) if data[:4] == b"\0\0\0\x0c" else 0,
}  # fmt: skip
