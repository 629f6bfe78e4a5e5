"""The one reader of pictures: Python reads the bytes, and no file name reaches a decoder.

Names of any bytes work, damage is refused by name (see :mod:`sympie_seg.utils.damage`), and so is what declares more
pixels than :data:`MOST_PIXELS`, before memory is taken for them. The one writer is ``write_image`` beside it.
"""

from __future__ import annotations

import os
import re
import stat
import struct
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image

from sympie_seg.utils.damage import (
    damage,
    kind_of,
    pillow_image,
    png_part,
)

__all__ = [
    *(
        "MOST_PIXELS",
        "Picture",
        "declared_pixels",
        "decode_rgb",
        "fault_of_bytes",
        "fault_of_picture",
    ),
    *("read_file", "read_head", "read_picture", "read_rgb", "upright_size"),
]

MOST_PIXELS = 2**28
"""Pixels that a picture may declare (268 million, such as 16384 x 16384)."""
_MOST_BYTES = 2**31
_HEAD = 64
_WHOLE_HEAD = 2**20  # cameras put a preview before the size
_ORIENTATION = 0x0112  # of EXIF and TIFF
_EXTRA_SAMPLES = 338  # of TIFF: 1 stands for colours that were multiplied by alpha
# Sizes of kinds that Pillow does not read: HDR, floating PFM, PAM.
_OTHER_SIZES = (
    re.compile(rb"\n[-+]Y (?P<h>\d+) [-+]X (?P<w>\d+)\n"),
    re.compile(rb"\n[-+]X (?P<w>\d+) [-+]Y (?P<h>\d+)\n"),
    re.compile(rb"\AP[Ff]\s+(?P<w>\d+)\s+(?P<h>\d+)\s"),
    re.compile(rb"\AP7\s(?=(?:.*\n)*?WIDTH\s+(?P<w>\d+))(?:.*\n)*?HEIGHT\s+(?P<h>\d+)"),
)
_OTHERS = ("HDR", "PFM", "PNM")
_ALPHA_MODES = ("RGBA", "LA", "PA", "RGBa", "La")


@dataclass(frozen=True)
class Picture:
    """What a file holds.

    Attributes:
        colours: RGB (H, W, 3), uint8 or uint16; a grey picture has three equal channels.
        alpha: (H, W) of the same type, or None.
    """

    colours: np.ndarray
    alpha: np.ndarray | None = None


@dataclass(frozen=True)
class _Head:
    """What a file declares.

    Attributes:
        size: (width, height) upright; None where no header could be read.
        orientation: 1 to 8, as EXIF and TIFF number them.
        has_alpha: whether it has an alpha channel or transparent colours.
        pictures: how many it holds.
    """

    size: tuple[int, int] | None = None
    orientation: int = 1
    has_alpha: bool = False
    pictures: int = 1


def read_file(path: str | os.PathLike[str]) -> bytes:
    """Read a regular file; pipes and devices, which may never end, are refused.

    Raises:
        ValueError: if it is no regular file, larger than 2 GiB, or cannot be read; the message names it.
    """
    return _read(path, _MOST_BYTES)


def read_head(path: str | os.PathLike[str], length: int = _HEAD) -> bytes:
    """Read the first bytes of a regular file, as :func:`read_file`.

    Raises:
        ValueError: as :func:`read_file`.
    """
    return _read(path, _MOST_BYTES, length)


def read_picture(path: str | os.PathLike[str]) -> Picture:
    """Read a picture with its alpha, upright: the orientation that a camera noted is applied.

    Raises:
        ValueError: if it cannot be read, is damaged, declares too many pixels, holds several pictures or floating
            values, or its alpha cannot be read exactly; the message names the file.
    """
    data, head = _checked(path)
    if head.pictures > 1 and kind_of(data[:16]) != "JPEG":  # phones put a second view behind a JPEG
        raise ValueError(
            f"'{path}' holds {head.pictures} pictures; split it into files of one each"
        )
    pixels = _decode(data, cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH, path)
    if pixels.dtype not in (np.uint8, np.uint16):
        raise ValueError(f"'{path}' has {pixels.dtype} values; convert it to 8 or 16 bits")
    colours = cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB)
    if not head.has_alpha:
        _refuse_undeclared_alpha(data, path)
        return Picture(colours)
    return _with_alpha(data, colours, head, path)


def read_rgb(path: str | os.PathLike[str]) -> np.ndarray:
    """Read a picture as mmcv's loader does: 8 bits, upright, without alpha.

    Returns:
        RGB (H, W, 3), uint8.

    Raises:
        ValueError: if it cannot be read, is damaged or declares too many pixels; the message names the file.
    """
    return decode_rgb(read_file(path), path)


def decode_rgb(
    data: bytes, name: str | os.PathLike[str], most_pixels: int = MOST_PIXELS
) -> np.ndarray:
    """Decode the content of a picture file as :func:`read_rgb` does.

    Args:
        data: the whole file.
        name: of the file, for messages.
        most_pixels: how many pixels it may declare.

    Returns:
        RGB (H, W, 3), uint8.

    Raises:
        ValueError: if it is damaged, no picture or declares too many pixels; the message names it.
    """
    _check(data, name, most_pixels)
    returned: np.ndarray = cv2.cvtColor(_decode(data, cv2.IMREAD_COLOR, name), cv2.COLOR_BGR2RGB)
    return returned


def fault_of_picture(path: str | os.PathLike[str]) -> str:
    """Tell what is wrong with a picture on disk, all of which is read and decoded.

    Returns:
        Words to follow the file's name, or an empty string.
    """
    try:
        data, _ = _checked(path)
        _decode(data, cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH, path)
    except ValueError as error:
        return str(error).removeprefix(f"'{path}' ")
    return ""


def fault_of_bytes(path: str | os.PathLike[str]) -> str:
    """As :func:`fault_of_picture`, without decoding: damage, and too many pixels."""
    try:
        _checked(path)
    except ValueError as error:
        return str(error).removeprefix(f"'{path}' ")
    return ""


def upright_size(path: str | os.PathLike[str]) -> tuple[int, int] | None:
    """(width, height) of a picture as it is read: a noted orientation is applied; None if no header can be read."""
    try:
        return _head(read_file(path)).size
    except ValueError:
        return None


def declared_pixels(path: str | os.PathLike[str]) -> int:
    """How many pixels a picture declares in its first megabyte; 0 if it does not say or cannot be read."""
    try:
        size = _head(read_head(path, _WHOLE_HEAD)).size
    except ValueError:
        return 0
    return size[0] * size[1] if size else 0


def _read(path: str | os.PathLike[str], most: int, length: int = -1) -> bytes:
    try:
        # A pipe without a writer would block, even to open it.
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise ValueError(f"'{path}' is no regular file")
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size > most:
                raise ValueError(
                    f"'{path}' has {size / 2**30:.1f} GiB; {most / 2**30:.0f} are read"
                )
            return file.read(length)
    except OSError as error:
        raise ValueError(f"'{path}' cannot be read ({error.strerror})") from error


def _checked(path: str | os.PathLike[str]) -> tuple[bytes, _Head]:
    """Read a file whose bytes are whole, and its head."""
    data = read_file(path)
    return data, _check(data, path, MOST_PIXELS)


def _check(data: bytes, path: str | os.PathLike[str], most_pixels: int) -> _Head:
    """Refuse too many pixels and damage; give the head."""
    head = _head(data)
    if head.size and head.size[0] * head.size[1] > most_pixels:
        raise ValueError(f"'{path}' {_too_large(head.size, most_pixels)}")
    if reason := damage(data):
        raise ValueError(f"'{path}' {reason}")
    return head


def _too_large(size: tuple[int, int], most_pixels: int) -> str:
    return f"declares {size[0]} x {size[1]} pixels; up to {most_pixels / 1e6:.0f} million are read"


def _head(data: bytes) -> _Head:
    """Read the head with Pillow; what Pillow does not know has no alpha and no orientation."""
    size = None
    try:
        with pillow_image(data) as image:
            size = image.size
            orientation = _orientation(image, data)
            if orientation >= 5 and image.format != "TIFF":  # there Pillow has done it
                size = size[::-1]
            return _Head(
                size,
                orientation,
                image.mode in _ALPHA_MODES or "transparency" in image.info,
                getattr(image, "n_frames", 1),
            )
    except Exception:  # a decoder of damaged data may raise anything; the damage is told elsewhere
        return _Head(size or _other_size(data))


def _other_size(data: bytes) -> tuple[int, int] | None:
    if kind_of(data[:16]) not in _OTHERS:
        return None
    head = bytes(data[:4096])
    match = next(filter(None, (pattern.search(head) for pattern in _OTHER_SIZES)), None)
    return (int(match["w"]), int(match["h"])) if match else None


def _orientation(image: Image.Image, data: bytes) -> int:
    if image.format == "PNG":  # where Pillow would decode all pixels to look behind them
        exif = Image.Exif()
        exif.load(png_part(data, b"eXIf"))
    else:
        exif = image.getexif()
    noted = exif.get(_ORIENTATION, 1)
    return noted if noted in range(1, 9) else 1


def _decode(data: bytes, flags: int, path: str | os.PathLike[str]) -> np.ndarray:
    """Decode with OpenCV, as mmcv's loader does."""
    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error as error:  # more pixels than OpenCV takes
        raise ValueError(f"'{path}' cannot be decoded: {error.err}") from error
    if pixels is None:
        known = kind_of(data[:16])
        what = f"this kind of {known}" if known else "it is no picture that is known"
        raise ValueError(f"'{path}' cannot be decoded by OpenCV {cv2.__version__} ({what})")
    returned: np.ndarray = pixels
    return returned


def _with_alpha(
    data: bytes, colours: np.ndarray, head: _Head, path: str | os.PathLike[str]
) -> Picture:
    """Add the alpha channel; colours come from the same reading, so that none is multiplied by it."""
    rgba = _rgba(data, colours.dtype, head.orientation)
    if rgba is None or rgba.shape[:2] != colours.shape[:2]:
        raise ValueError(
            f"'{path}' has an alpha channel that cannot be read exactly; save it as PNG"
        )
    own, alpha = np.ascontiguousarray(rgba[..., :3]), np.ascontiguousarray(rgba[..., 3])
    return Picture(own, None if (alpha == np.iinfo(alpha.dtype).max).all() else alpha)


def _rgba(data: bytes, dtype: np.dtype, orientation: int) -> np.ndarray | None:
    """Decode all four channels, upright; None if that cannot be done exactly."""
    if dtype == np.uint8:
        try:
            with pillow_image(data) as image:
                if _is_multiplied(image):
                    return None
                image.load()
                # Pillow turns TIFFs by itself, most of them, and then takes the note away.
                return _turned(np.array(image.convert("RGBA")), _orientation(image, data))
        except (
            Image.DecompressionBombError
        ):  # of some TIFFs, whose plugin looks at the limit itself
            return None
    # Pillow would cut 16 bits to 8. OpenCV turns TIFFs even here.
    raw = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if raw is None or raw.ndim != 3 or raw.shape[2] != 4 or raw.dtype != dtype:
        return None
    return _turned(raw[..., [2, 1, 0, 3]], 1 if kind_of(data[:16]) == "TIFF" else orientation)


def _is_multiplied(image: Image.Image) -> bool:
    """Whether the colours were multiplied by alpha, and with that are lost where it is small."""
    tags = getattr(image, "tag_v2", {})
    return image.mode in ("RGBa", "La") or 1 in tags.get(_EXTRA_SAMPLES, ())


def _turned(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """Turn pixels upright, from an orientation as EXIF and TIFF number them."""
    if orientation >= 5:
        pixels = pixels.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return pixels


def _refuse_undeclared_alpha(data: bytes, path: str | os.PathLike[str]) -> None:
    """A BMP of 32 bits without masks has a spare byte; some programs put alpha there."""
    if data[:2] != b"BM" or len(data) < 54:
        return
    start, header, width, height = struct.unpack_from("<IIii", data, 10)
    bits, compression = struct.unpack_from("<HI", data, 28)
    if bits != 32 or compression != 0 or header < 40:
        return
    spare = np.frombuffer(data, np.uint8, abs(width * height) * 4, start)[3::4]
    if spare.min() != spare.max():
        raise ValueError(
            f"'{path}' has a fourth channel that its header does not declare, likely alpha; save it as PNG"
        )
