"""Write a picture in the format of its name, with the depth and the alpha channel that it was read with."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from sympie_seg.utils.images import can_encode, write_image
from sympie_seg.utils.pictures import Picture

__all__ = ["write_picture"]

WITH_ALPHA = (".png", ".webp", ".tif", ".tiff", ".avif")
WITH_16_BITS = (".png", ".tif", ".tiff", ".jp2")


def write_picture(path: Path, picture: Picture, jpeg_quality: int = 95) -> None:
    """Write a picture, whole or not at all; 16 bits and alpha are kept where the format has them.

    Raises:
        ValueError: if the format has no alpha channel and the picture has, or OpenCV cannot write the format.
        OSError: if the file cannot be written.
    """
    suffix = path.suffix.lower()
    if not suffix or not can_encode(suffix):
        raise ValueError(f"OpenCV cannot write '{suffix}' files ('{path}'); use --suffix .png")
    if picture.alpha is not None and suffix not in WITH_ALPHA:
        raise ValueError(f"'{path}' cannot hold the alpha channel of its source; use --suffix .png")
    image = picture.colours
    if picture.alpha is not None:
        image = np.dstack([image, picture.alpha])
    if image.dtype == np.uint16 and suffix not in WITH_16_BITS:
        image = ((image.astype(np.uint32) + 128) // 257).astype(np.uint8)
    jpeg = suffix in (".jpg", ".jpeg", ".jpe", ".jfif")
    write_image(path, image, [cv2.IMWRITE_JPEG_QUALITY, jpeg_quality] if jpeg else [])
