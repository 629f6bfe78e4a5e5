"""The one writer of pictures and label maps (whole or not at all), and a quick look at a file's two ends.

The reader is :mod:`sympie_seg.utils.pictures`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from sympie_seg.utils.damage import CUT_OFF, JPEG, PNG, damage, kind_of
from sympie_seg.utils.files import replace_bytes
from sympie_seg.utils.pictures import read_file

__all__ = [
    "CUT_OFF",
    "JPEG",
    "PNG",
    "can_encode",
    "encode_image",
    "look_at_ends",
    "truncation",
    "write_image",
]

_AS = {".jfif": ".jpg"}  # suffixes of the same format that OpenCV does not know
_ENDS = {"PNG": b"IEND\xaeB`\x82", "JPEG": b"\xff\xd9"}
_TAIL = 64  # some writers leave a few bytes after the end
_PNG_HEADER = 26  # up to the colour type


def write_image(
    path: str | os.PathLike[str], image: np.ndarray, options: Sequence[int] = ()
) -> None:
    """Write an image in the format of the file's suffix (PNG without one); the file is replaced at once.

    Args:
        path: target; missing folders are made.
        image: RGB (H, W, 3), RGBA (H, W, 4) or one channel (H, W); uint8, or uint16 where the format has it.
        options: of ``cv2.imencode``, such as JPEG's quality.

    Raises:
        OSError: if the image cannot be encoded or written.
    """
    try:
        data = encode_image(image, Path(path).suffix.lower() or ".png", options)
    except ValueError as error:
        raise OSError(f"{error} for '{path}'") from error
    replace_bytes(path, data)


def encode_image(image: np.ndarray, suffix: str = ".png", options: Sequence[int] = ()) -> bytes:
    """Encode an image in the format of a suffix.

    Args:
        image: as for :func:`write_image`.
        suffix: such as '.png'.
        options: of ``cv2.imencode``.

    Raises:
        ValueError: if OpenCV cannot encode the image in this format.
    """
    pixels = image
    if image.ndim == 3:  # to OpenCV's order
        pixels = image[..., [2, 1, 0, *range(3, image.shape[2])]]
    try:
        done, data = cv2.imencode(_AS.get(suffix, suffix), pixels, options)
    except cv2.error:  # a suffix that OpenCV does not know
        done = False
    if not done:
        raise ValueError(f"OpenCV could not encode an image of shape {image.shape} as '{suffix}'")
    return data.tobytes()


def can_encode(suffix: str) -> bool:
    """Whether images can be written in the format of a suffix, such as '.png'."""
    return bool(cv2.haveImageWriter(f"a{_AS.get(suffix, suffix)}"))


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
