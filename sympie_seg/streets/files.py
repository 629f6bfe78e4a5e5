"""PNG files that are either complete or absent."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import cv2
import numpy as np

from sympie_seg.files import replace_bytes

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_TRAILER = b"\x00\x00\x00\x00IEND\xaeB`\x82"


def write_png(path: Path, image: np.ndarray) -> None:
    """Write an image as PNG, atomically.

    Args:
        path: target; missing folders are made.
        image: RGB (H, W, 3) or one channel (H, W), uint8.

    Raises:
        OSError: if the image cannot be encoded or written.
    """
    pixels = image[..., ::-1] if image.ndim == 3 else image
    done, data = cv2.imencode(".png", pixels)
    if not done:
        raise OSError(f"OpenCV could not encode an image of shape {image.shape} for {path}")
    replace_bytes(path, data.tobytes())


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
