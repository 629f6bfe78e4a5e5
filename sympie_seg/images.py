"""The one writer of pictures and label maps: whole or not at all, under any name."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from sympie_seg.files import replace_bytes

__all__ = ["encode_image", "write_image"]


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
        done, data = cv2.imencode(suffix, pixels, options)
    except cv2.error:  # a suffix that OpenCV does not know
        done = False
    if not done:
        raise ValueError(f"OpenCV could not encode an image of shape {image.shape} as '{suffix}'")
    return data.tobytes()
