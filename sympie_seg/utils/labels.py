"""Label maps are read one way: the number in the file, or an error that says why it is none.

Datasets, converters, corrupted copies and submissions all read by this module. What other readers do instead, without
a word: Pillow and OpenCV scale grey of 1, 2 and 4 bits to 0..255, OpenCV shows a palette's colours, mmseg keeps the
lower 8 of 16 bits, and Pillow compares no checksum, so that a flipped bit becomes another class.
"""

from __future__ import annotations

import io
import os
import struct
from enum import Enum

import numpy as np
from PIL import Image

from sympie_seg.utils.damage import CUT_OFF, JPEG, PNG, png_damage

__all__ = ["LabelError", "LabelFault", "decode_labels", "header_fault", "png_damage", "read_labels"]

HEADER = 33
"""How many bytes of a PNG file :func:`header_fault` looks at."""
_DEPTH, _COLOUR_TYPE = 24, 25  # places of the bytes in a PNG's header
_GREY = 0
_MAX_PIXELS = 1 << 27  # 16384 x 8192; Cityscapes has 2048 x 1024


class LabelFault(Enum):
    """Kinds of faults."""

    DAMAGED = "damaged"
    FORMAT = "no PNG"
    COLOUR = "colour"
    DEPTH = "bit depth"


class LabelError(ValueError):
    """A file holds no label map; the message follows the name of the file.

    Attributes:
        kind: of the fault.
    """

    def __init__(self, kind: LabelFault, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def read_labels(path: str | os.PathLike[str]) -> np.ndarray:
    """Read the label map of a file.

    Args:
        path: a PNG file with one channel: grey of 1 or 8 bits, or a palette, whose colours are not used.

    Returns:
        The numbers in the file, uint8, shape (H, W).

    Raises:
        LabelError: if the file is damaged, no PNG, or has several channels or another bit depth; a ValueError that
            names the file.
        OSError: if the file cannot be read.
    """
    with open(path, "rb") as file:
        data = file.read()
    try:
        return decode_labels(data)
    except LabelError as error:
        raise LabelError(error.kind, f"'{os.fspath(path)}' {error}") from error


def decode_labels(data: bytes, wide: bool = False) -> np.ndarray:
    """Decode the content of a label file; see :func:`read_labels`.

    Args:
        data: the whole file.
        wide: whether 16 bits are allowed too. Defaults to False.

    Returns:
        The numbers in the file, uint8 or, for 16 bits, uint16; shape (H, W).

    Raises:
        LabelError: as for :func:`read_labels`, without the file's name.
    """
    fault = header_fault(data[:HEADER], wide)
    if fault is None and (damage := png_damage(data)):
        fault = LabelFault.DAMAGED, damage
    if fault:
        raise LabelError(*fault)
    try:
        with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
            image.load()
            pixels = np.asarray(image)
    except MemoryError:
        raise
    except Exception as error:  # Pillow raises whatever its decoders lead to
        raise LabelError(LabelFault.DAMAGED, f"cannot be decoded: {error}") from error
    if pixels.ndim == 3:
        raise LabelError(LabelFault.COLOUR, _about_channels(pixels))
    return pixels.astype(np.uint16 if data[_DEPTH] == 16 else np.uint8)


def header_fault(head: bytes, wide: bool = False) -> tuple[LabelFault, str] | None:
    """Say what the first bytes of a file tell against its being a label map.

    Args:
        head: at least :data:`HEADER` bytes, or all there are.
        wide: whether 16 bits are allowed. Defaults to False.

    Returns:
        The kind and a text that follows the file's name, or None. Pictures with several channels need their pixels
        to be told apart: see :func:`decode_labels`.
    """
    if not head:
        return LabelFault.DAMAGED, "is empty"
    if head.startswith(JPEG):
        return (
            LabelFault.FORMAT,
            "is a JPEG file, whose class numbers are blurred; labels must be PNG files",
        )
    if not head.startswith(PNG):
        return LabelFault.FORMAT, "is no PNG file; labels must be PNG files"
    if len(head) < HEADER:
        return LabelFault.DAMAGED, CUT_OFF
    width, height, depth, colour = struct.unpack(">2I2B", head[16:26])
    return _header_fault(width, height, depth, colour, wide)


def _header_fault(
    width: int, height: int, depth: int, colour: int, wide: bool
) -> tuple[LabelFault, str] | None:
    if width * height > _MAX_PIXELS:
        return LabelFault.DAMAGED, f"declares {width} x {height} pixels, more than {_MAX_PIXELS}"
    if depth == 16 and not wide:
        # mmseg keeps the lower 8 bits and says nothing.
        return LabelFault.DEPTH, "has 16 bits a pixel; class numbers have 8"
    if colour == _GREY and depth in (2, 4):
        return LabelFault.DEPTH, (
            f"is grey with {depth} bits a pixel, which readers of pictures scale to 0..255; class numbers have 8"
        )
    return None


def _about_channels(pixels: np.ndarray) -> str:
    colours = pixels[..., :3] if pixels.shape[-1] > 2 else pixels[..., :1]
    if (colours == colours[..., :1]).all():
        return "is grey, but has several channels; a label has one"
    return "is a colour picture; a label has one channel of class numbers"
