"""Pictures inside the page."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image

from sympie_seg.visualization import paint

__all__ = ["label_uri", "photo_uri", "shrink"]

_JPEG_QUALITY = 88


def shrink(picture: np.ndarray, width: int, smooth: bool = True) -> np.ndarray:
    """Bring a picture or a label map to at most this width; classes are never mixed with ``smooth=False``."""
    height, own = picture.shape[:2]
    if own <= width:
        return picture
    size = (width, max(1, round(height * width / own)))
    method = cv2.INTER_AREA if smooth else cv2.INTER_NEAREST
    result: np.ndarray = cv2.resize(picture, size, interpolation=method)
    return result


def photo_uri(picture: np.ndarray, width: int) -> str:
    """A photograph, RGB uint8, as the data URI of a JPEG."""
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(shrink(picture, width))).save(
        buffer, "JPEG", quality=_JPEG_QUALITY
    )
    return _uri("jpeg", buffer.getvalue())


def label_uri(labels: np.ndarray, palette: Sequence[Sequence[int]] | None, width: int) -> str:
    """A label map, or RGB of few colours without palette, as the data URI of a PNG with exact colours."""
    small = shrink(labels.astype(np.int32) if palette is not None else labels, width, smooth=False)
    rgb = paint(small, palette) if palette is not None else small
    packed, indices = np.unique(rgb.astype(np.int32) @ (1, 256, 65536), return_inverse=True)
    colours = packed[:, None] >> (0, 8, 16) & 255
    buffer = io.BytesIO()
    if len(colours) <= 256:  # a third of the size of an RGB PNG
        image = Image.fromarray(indices.reshape(rgb.shape[:2]).astype(np.uint8), "P")
        image.putpalette(colours.astype(np.uint8).tobytes())
    else:
        image = Image.fromarray(rgb)
    image.save(buffer, "PNG", optimize=True)
    return _uri("png", buffer.getvalue())


def _uri(kind: str, data: bytes) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(data).decode('ascii')}"
