"""Whether the bytes of a picture are whole: decoders fill up what is missing, and say nothing.

========  =============================================================================================
format    what tells
========  =============================================================================================
PNG       the CRC-32 of every chunk: any change of any bit is found
JPEG      its segments up to the end, and libjpeg's warnings (simplejpeg); a changed bit that still
          decodes is not found, since the format has no checksum
WebP      its chunks, and that decoding needs the last bytes: damaged data ends too early or too late
others    Pillow, which raises where OpenCV fills up; BMP, PPM and uncompressed TIFF hold nothing to check but
          their length (:mod:`sympie_seg.utils.declared_length`)
========  =============================================================================================
"""

from __future__ import annotations

import io
import re
import struct
import zlib
from collections.abc import Iterator

import cv2
import numpy as np
from PIL import Image

from sympie_seg.utils.declared_length import surplus

__all__ = [
    *("CUT_OFF", "DAMAGED", "JPEG", "PNG", "UnknownToPillowError"),
    *("damage", "jpeg_end", "kind_of", "pillow_image", "png_damage", "png_part"),
]

PNG, JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"
CUT_OFF = "is cut off"
DAMAGED = "is damaged inside"

_PNG_CHUNK = struct.Struct(">I4s")
_STANDALONE = (0x01, *range(0xD0, 0xD9))  # JPEG markers without a length: TEM, RST0..7, SOI
# Behind a scan's head: the next marker that is neither a stuffed byte, a restart, nor a fill byte.
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_WEBP_TAIL = 8  # libwebp reads up to 3 bytes less than there are, never 8
# Of libjpeg's warnings those that tell of damage; others tell of odd headers.
# Well-known datasets and cameras have JPEGs with a few bytes too many before the end; nothing is lost there.
_FEW_EXTRA = re.compile(r": [1-8] extraneous bytes before marker 0xd9")
_JPEG_DAMAGE = ("Corrupt JPEG", "Premature end", "Inconsistent progression", "Bogus")

_HEADS = (
    *((PNG, "PNG"), (JPEG, "JPEG"), (b"BM", "BMP"), (b"GIF87a", "GIF"), (b"GIF89a", "GIF")),
    *((b"II*\0", "TIFF"), (b"MM\0*", "TIFF"), (b"II+\0", "TIFF"), (b"MM\0+", "TIFF")),
    *((b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG 2000"), (b"\xff\x4f\xff\x51", "JPEG 2000")),
    *((b"#?RADIANCE", "HDR"), (b"#?RGBE", "HDR"), (b"\x76\x2f\x31\x01", "EXR")),
    *((b"\x59\xa6\x6a\x95", "Sun raster"), (b"PF\n", "PFM"), (b"Pf\n", "PFM")),
)
_PILLOW_NAMES = {
    **{"PNG": "PNG", "JPEG": "JPEG", "BMP": "BMP", "GIF": "GIF", "TIFF": "TIFF", "WebP": "WEBP"},
    **{"JPEG 2000": "JPEG2000", "AVIF": "AVIF", "PNM": "PPM", "Sun raster": "SUN"},
}
_NETPBM = re.compile(rb"P[1-7][\s#]")


def kind_of(head: bytes) -> str:
    """Name the format of a picture that OpenCV reads, from its first bytes (16 are enough), or give ''."""
    for start, kind in _HEADS:
        if head.startswith(start):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WebP"
    if head[4:8] == b"ftyp" and head[8:12] in (b"avif", b"avis", b"mif1", b"miaf"):
        return "AVIF"
    return "PNM" if _NETPBM.match(head) else ""


def damage(data: bytes) -> str:
    """Tell what is wrong with the bytes of a picture.

    Args:
        data: a whole file.

    Returns:
        Words to follow the file's name, such as 'is cut off', or an empty string. That a format is unknown is no
        damage: whoever decodes it says so.
    """
    if not data:
        return "is empty"
    kind = kind_of(data[:16])
    check = {"PNG": png_damage, "JPEG": _jpeg, "WebP": _webp, "": _nothing}.get(kind, _pillow)
    return check(data) or _surplus(data, kind)


def jpeg_end(data: bytes) -> int:
    """Find the end of a JPEG, where phones put more: the place behind its end marker, or -1 if there is none."""
    at = 2
    while at + 4 <= len(data):
        if data[at] != 0xFF:  # libjpeg skips what stands between segments
            at += 1
            continue
        code = data[at + 1]
        if code == 0xD9:
            return at + 2
        if code == 0xFF or code in _STANDALONE or code == 0:
            at += 1 if code == 0xFF else 2
            continue
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if code == 0xDA:  # its data has no length: look for the next marker
            marker = _MARKER.search(data, at)
            if not marker:
                return -1
            at = marker.start()
    return at + 2 if data[at : at + 2] == b"\xff\xd9" else -1


class UnknownToPillowError(ValueError):
    """Pillow does not read this kind of picture."""


def png_part(data: bytes, wanted: bytes) -> bytes:
    """Give the content of the first chunk of a PNG with this name, or b''."""
    parts = (content for name, content, _ in _png_chunks(data) if name == wanted)
    return bytes(next(parts, b""))[len(wanted) :]


def pillow_image(data: bytes) -> Image.Image:
    """Open a picture with the one plugin of Pillow that its first bytes ask for; its pixels are not read yet.

    Pillow's limit of pixels does not apply: who takes memory for them looks at ``size`` first.

    Raises:
        UnknownToPillowError: if Pillow does not know the format, or not this kind of it.
        Exception: whatever the plugin raises for a damaged head.
    """
    name = _PILLOW_NAMES.get(kind_of(data[:16]), "")
    Image.init()
    if name not in Image.OPEN:
        raise UnknownToPillowError
    try:
        return Image.OPEN[name][0](io.BytesIO(data), "")
    except SyntaxError as error:  # so do plugins refuse what they do not know
        raise UnknownToPillowError(str(error)) from error


def _surplus(data: bytes, kind: str) -> str:
    extra = surplus(data, kind)
    return f"{DAMAGED} (it has {extra} bytes more than its header declares)" if extra else ""


def _nothing(data: bytes) -> str:
    return ""


def png_damage(data: bytes) -> str:
    """Compare the CRC-32 of every part of a PNG file; words to follow the file's name, or an empty string."""
    seen: set[bytes] = set()
    for name, content, checksum in _png_chunks(data):
        if checksum is None:
            return CUT_OFF
        if zlib.crc32(content) != checksum:  # name and content
            return f"{DAMAGED} (the checksum of its part {name!r} does not match)"
        seen.add(name)
        if name == b"IEND":
            break
    if b"IEND" not in seen:
        return CUT_OFF
    return "" if {b"IHDR", b"IDAT"} <= seen else f"{DAMAGED} (a part that every PNG has is missing)"


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, memoryview, int | None]]:
    """Give name, the bytes that the checksum is of, and the checksum, None where the file ends before."""
    view, at = memoryview(data), len(PNG)
    while at < len(data):
        if at + 8 > len(data):
            yield b"", view[at:], None
            return
        length, name = _PNG_CHUNK.unpack_from(data, at)
        end = at + 8 + length
        whole = end + 4 <= len(data)
        yield (
            name,
            view[at + 4 : end],
            int.from_bytes(view[end : end + 4], "big") if whole else None,
        )
        at = end + 4


def _jpeg(data: bytes) -> str:
    end = jpeg_end(data)
    if end < 0:
        return CUT_OFF
    try:
        import simplejpeg
    except ImportError:  # what is cut off, and no more
        return _pillow(data)
    try:
        # An eighth of the size: all of the data is read, and little is computed.
        simplejpeg.decode_jpeg(data[:end], "GRAY", min_height=1, min_width=1, min_factor=8)
    except ValueError as error:
        if str(error).startswith(_JPEG_DAMAGE) and not _FEW_EXTRA.search(str(error)):
            return f"{DAMAGED} ({error})"
    return ""  # what it cannot read may be a kind that OpenCV reads


def _webp(data: bytes) -> str:
    declared = 8 + int.from_bytes(data[4:8], "little")
    if len(data) < declared:
        return CUT_OFF
    parts = list(_webp_chunks(data[:declared]))
    if any(name == b"ANIM" for name, _ in parts):
        return ""  # several pictures; whoever reads it refuses them
    if not _opencv_decodes(_pixels_only(parts)):
        return DAMAGED
    if _opencv_decodes(_pixels_only(parts, _WEBP_TAIL)):
        return f"{DAMAGED} (its pixels end before its data)"
    return ""


def _webp_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 12
    while at + 8 <= len(data):
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        yield data[at : at + 4], data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2


def _pixels_only(parts: list[tuple[bytes, bytes]], shortened: int = 0) -> bytes:
    """The same WebP without what follows the pixels (libwebp would read on into it) and without their last bytes."""
    body = b"WEBP"
    for name, content in parts:
        is_pixels = name in (b"VP8 ", b"VP8L")
        if is_pixels:
            content = content[: len(content) - shortened]
        body += name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)
        if is_pixels:
            break
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _opencv_decodes(data: bytes) -> bool:
    try:
        return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) is not None
    except cv2.error:
        return False


def _pillow(data: bytes) -> str:
    try:
        with pillow_image(data) as image:
            image.load()
    except (UnknownToPillowError, Image.DecompressionBombError):
        return ""  # OpenCV decides
    except MemoryError:
        raise
    except Exception as error:  # a decoder of damaged data may raise anything
        return CUT_OFF if "truncated" in str(error) else f"{DAMAGED} ({error})"
    return ""
