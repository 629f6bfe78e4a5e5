"""Pictures and label maps: write them whole or not at all, and tell from a file's two ends whether it is whole."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from sympie_seg.utils.files import replace_bytes

__all__ = ["CUT_OFF", "JPEG", "PNG", "look_at_ends", "truncation", "write_image"]

PNG, _PNG_END = b"\x89PNG\r\n\x1a\n", b"IEND\xaeB`\x82"
JPEG, _JPEG_END = b"\xff\xd8\xff", b"\xff\xd9"
CUT_OFF = "is cut off"
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
    pixels = image
    if image.ndim == 3:  # to OpenCV's order
        pixels = image[..., [2, 1, 0, *range(3, image.shape[2])]]
    try:
        done, data = cv2.imencode(Path(path).suffix.lower() or ".png", pixels, options)
    except cv2.error:  # a suffix that OpenCV does not know
        done = False
    if not done:
        raise OSError(f"OpenCV could not encode an image of shape {image.shape} for {path}")
    replace_bytes(path, data.tobytes())


def truncation(path: Path) -> str:
    """Look at the beginning and the end of a PNG or JPEG file; decoders fill up what is missing and say nothing.

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
