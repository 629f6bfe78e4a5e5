"""Read any picture that OpenCV knows as RGB of 8 or 16 bits, and write it in the format of its name."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from sympie_seg.utils.images import truncation, write_image

__all__ = ["Picture", "read_picture", "write_picture"]

WITH_ALPHA = (".png", ".webp", ".tif", ".tiff", ".avif")
WITH_16_BITS = (".png", ".tif", ".tiff", ".jp2")


@dataclass(frozen=True)
class Picture:
    """What a file holds.

    Attributes:
        colours: RGB (H, W, 3), uint8 or uint16; a grey picture has three equal channels.
        alpha: (H, W) of the same type, or None.
    """

    colours: np.ndarray
    alpha: np.ndarray | None = None


def read_picture(path: Path) -> Picture:
    """Read a picture, upright: the orientation that a camera noted (EXIF) is applied.

    Raises:
        ValueError: if it cannot be read, is cut off, holds several pictures or floating values; the message
            names the file.
    """
    _check_whole(path)
    pixels = _decode(path, cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH)
    if pixels.dtype not in (np.uint8, np.uint16):
        raise ValueError(f"'{path}' has {pixels.dtype} values; convert it to 8 or 16 bits")
    return Picture(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB), _alpha(path, pixels))


def write_picture(path: Path, picture: Picture, jpeg_quality: int = 95) -> None:
    """Write a picture, whole or not at all; 16 bits and alpha are kept where the format has them.

    Raises:
        ValueError: if the format has no alpha channel and the picture has, or OpenCV cannot write the format.
        OSError: if the file cannot be written.
    """
    suffix = path.suffix.lower()
    if not suffix or not cv2.haveImageWriter(f"a{suffix}"):
        raise ValueError(f"OpenCV cannot write '{suffix}' files ('{path}'); use --suffix .png")
    if picture.alpha is not None and suffix not in WITH_ALPHA:
        raise ValueError(f"'{path}' cannot hold the alpha channel of its source; use --suffix .png")
    image = picture.colours
    if picture.alpha is not None:
        image = np.dstack([image, picture.alpha])
    if image.dtype == np.uint16 and suffix not in WITH_16_BITS:
        image = ((image.astype(np.uint32) + 128) // 257).astype(np.uint8)
    jpeg = suffix in (".jpg", ".jpeg")
    write_image(path, image, [cv2.IMWRITE_JPEG_QUALITY, jpeg_quality] if jpeg else [])


def _check_whole(path: Path) -> None:
    reason = truncation(path)
    if reason.startswith("cannot be read") or reason == "is empty":
        raise ValueError(f"'{path}' {reason}")
    # Phones put more behind the end of a JPEG, so ask a decoder that does not fill up.
    if reason == "is cut off" and not _pillow_decodes(path):
        raise ValueError(f"'{path}' {reason}; get it again")


def _pillow_decodes(path: Path) -> bool:
    try:
        with Image.open(path) as image:
            image.load()
    except (OSError, SyntaxError, ValueError, EOFError):
        return False
    return True


def _decode(path: Path, flags: int) -> np.ndarray:
    try:
        pixels = cv2.imread(os.fspath(path), flags)
    except cv2.error as error:  # more pixels than OpenCV takes
        raise ValueError(f"'{path}' cannot be decoded: {error.err}") from error
    if pixels is None:
        raise ValueError(f"'{path}' cannot be decoded by OpenCV {cv2.__version__}")
    return pixels


def _alpha(path: Path, pixels: np.ndarray) -> np.ndarray | None:
    """Read the alpha channel; OpenCV gives it, or the orientation, never both."""
    if path.suffix.lower() not in (*WITH_ALPHA, ".gif"):
        return None
    if (pictures := cv2.imcount(os.fspath(path))) > 1:
        raise ValueError(f"'{path}' holds {pictures} pictures; split it into files of one each")
    raw = _decode(path, cv2.IMREAD_UNCHANGED)
    if raw.ndim < 3 or raw.shape[2] != 4 or (raw[..., 3] == np.iinfo(raw.dtype).max).all():
        return None
    if raw.shape[:2] != pixels.shape[:2] or not np.array_equal(raw[..., :3], pixels):
        raise ValueError(f"'{path}' has alpha and a noted orientation; save it upright first")
    return raw[..., 3]
