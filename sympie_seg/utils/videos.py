"""The one opener of videos: FFmpeg gets a name that it cannot read as anything but a file, and only known containers.

FFmpeg takes parts of a name for a protocol (``concat:``) or a pattern (``%03d``), opens what a text under a video's
name lists (ffconcat, playlists), and OpenCV ends with a segmentation fault at a name that is no UTF-8. So the first
bytes must be those of a container, and an odd name is replaced by a link with a plain one.
"""

from __future__ import annotations

import os
import re
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2

from sympie_seg.utils.held_folders import held_folder, remove_left_folders
from sympie_seg.utils.pictures import MOST_PIXELS, read_head

__all__ = ["container_of", "fault_of_video", "opened_video", "plain_name"]

_HEAD = 1024
# What no part of FFmpeg or OpenCV reads a meaning into; an absolute path has no protocol.
_PLAIN = re.compile(r"/[\w/.,@+= -]*", re.ASCII)
_LINK = "sympie_seg_link_"
_PLAIN_SUFFIX = re.compile(r"\.[a-z0-9]{1,5}")

_MP4_BOXES = (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot", b"styp")
_MATROSKA, _MATROSKA_SEGMENT = b"\x1aE\xdf\xa3", b"\x18S\x80g"
_ASF, _ASF_PROPERTIES = (
    bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c"),
    bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365"),
)


def container_of(head: bytes) -> str:
    """Name the container of a video from its first bytes (1024 are enough), or give ''."""
    if head[4:8] in _MP4_BOXES:
        return "MP4"
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return "AVI"
    for start, name in (
        *((_MATROSKA, "Matroska"), (_ASF, "ASF"), (b"FLV\1", "FLV"), (b"OggS", "Ogg")),
        *((b"\0\0\1\xba", "MPEG-PS"), (b"\0\0\1\xb3", "MPEG"), (b"\0\0\0\1", "H.264")),
        *((b"GIF87a", "GIF"), (b"GIF89a", "GIF"), (b"\xff\xd8\xff", "MJPEG")),
    ):
        if head.startswith(start):
            return name
    for size, first in ((188, 0), (192, 4)):  # packets of MPEG-TS; cameras put a time before each
        if len(head) > first + 3 * size and {head[first + i * size] for i in range(4)} == {0x47}:
            return "MPEG-TS"
    return ""


@contextmanager
def opened_video(path: str | os.PathLike[str]) -> Iterator[cv2.VideoCapture]:
    """Open a video for reading.

    Raises:
        ValueError: if it cannot be read, is no video or declares too many pixels; the message names it.
    """
    head = read_head(path, _HEAD)
    if not container_of(head):
        what = "is empty" if not head else "is no video (its first bytes are of no known container)"
        raise ValueError(f"'{path}' {what}")
    with plain_name(path) as name:
        capture = cv2.VideoCapture(name, cv2.CAP_FFMPEG)
        try:
            if not capture.isOpened():
                raise ValueError(f"'{path}' is no video that OpenCV {cv2.__version__} can open")
            width, height = (
                capture.get(name) for name in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT)
            )
            if width * height > MOST_PIXELS:
                raise ValueError(
                    f"'{path}' declares frames of {width:.0f} x {height:.0f} pixels; up to "
                    f"{MOST_PIXELS / 1e6:.0f} million are read"
                )
            yield capture
        finally:
            capture.release()


@contextmanager
def plain_name(path: str | os.PathLike[str]) -> Iterator[str]:
    """Give a name for a file or folder that cannot be misread; it is valid within the block.

    Args:
        path: of a file or folder that exists.

    Raises:
        ValueError: if the name is odd and the system lets us make no link to it.
    """
    absolute = os.path.abspath(path)
    if os.name == "nt" or _PLAIN.fullmatch(absolute):
        yield absolute
        return
    suffix = Path(absolute).suffix.lower()
    parent = tempfile.gettempdir()
    remove_left_folders(parent, f"{_LINK}*")
    folder = os.path.join(parent, f"{_LINK}{uuid.uuid4().hex}")
    link = os.path.join(folder, "video" + (suffix if _PLAIN_SUFFIX.fullmatch(suffix) else ""))
    if not _PLAIN.fullmatch(link):
        raise ValueError(f"the folder of temporary files, '{parent}', has an odd name; set TMPDIR")
    with held_folder(folder, 0o700):
        try:
            os.symlink(absolute, link)
        except OSError as error:
            raise ValueError(
                f"'{path}' has a name that FFmpeg could misread, and no link to it can be made "
                f"({error.strerror}); rename it"
            ) from error
        yield link


def fault_of_video(path: str | os.PathLike[str], frames: int | None = None) -> str:
    """Tell what is wrong with a video on disk: its container must end where the file ends, every frame must decode.

    Args:
        path: the video.
        frames: how many frames it must have. Defaults to None: as many as its header says, where that is exact.

    Returns:
        Words to follow the file's name, or an empty string.
    """
    try:
        kind = container_of(read_head(path, _HEAD))
        if kind in _CLOSED and not _CLOSED[kind](Path(path)):
            return "is cut off (its container does not end where the file ends)"
        with opened_video(path) as capture:
            announced = int(capture.get(cv2.CAP_PROP_FRAME_COUNT)) if kind in _EXACT else None
            wanted = announced if frames is None else frames
            decoded = 0
            while capture.grab():
                decoded += 1
    except ValueError as error:
        return str(error).removeprefix(f"'{path}' ")
    if decoded == 0:
        return "holds no frame that OpenCV can decode"
    if wanted is not None and decoded != wanted:
        return f"has {decoded} frames that can be decoded, of {wanted}"
    return ""


def _avi_is_closed(path: Path) -> bool:
    """An AVI is RIFF chunks, of up to 1 GiB each, one behind the other."""
    size, at, padding = path.stat().st_size, 0, 0
    with path.open("rb") as file:
        while at < size:
            file.seek(at)
            head = file.read(8)
            if len(head) < 8 or not head.startswith(b"RIFF"):
                return False
            length = int.from_bytes(head[4:], "little")
            if length == 0:
                return False
            padding = length % 2  # some writers leave the last byte of padding out
            at += 8 + length + padding
    return at in (size, size + padding)


def _matroska_is_closed(path: Path) -> bool:
    """Header, then one segment whose size is known and reaches the end."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(_HEAD)
    at = head.find(_MATROSKA_SEGMENT)
    if at < 0:
        return False
    first = head[at + 4]
    length = 9 - first.bit_length()  # of the size, in bytes: the number of leading zero bits tells
    value = int.from_bytes(head[at + 4 : at + 4 + length], "big") - (1 << 7 * length)
    unknown = value == (1 << 7 * length) - 1
    return not unknown and at + 4 + length + value == size


def _mp4_is_closed(path: Path) -> bool:
    """Boxes, one behind the other; one of them is the index."""
    size, at, names = path.stat().st_size, 0, set()
    with path.open("rb") as file:
        while at < size:
            file.seek(at)
            head = file.read(16)
            if len(head) < 8:
                return False
            length = int.from_bytes(head[:4], "big")
            if length == 1:
                length = int.from_bytes(head[8:16], "big")
            elif length == 0:  # up to the end
                length = size - at
            if length < 8:
                return False
            names.add(head[4:8])
            at += length
    return at == size and b"moov" in names


def _asf_is_closed(path: Path) -> bool:
    """The properties, near the beginning, hold the size of the file."""
    with path.open("rb") as file:
        head = file.read(1 << 16)
    at = head.find(_ASF_PROPERTIES)
    return at >= 0 and int.from_bytes(head[at + 40 : at + 48], "little") == path.stat().st_size


_CLOSED = {
    **{"AVI": _avi_is_closed, "Matroska": _matroska_is_closed},
    **{"MP4": _mp4_is_closed, "ASF": _asf_is_closed},
}
_EXACT = ("AVI", "MP4")  # others give the time times the rate
