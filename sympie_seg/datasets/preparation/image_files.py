"""Whether image and label files are whole, and hold what they should."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import mmcv
import numpy as np
from PIL import Image

from sympie_seg.datasets.preparation.layouts import TRAIN_IDS
from sympie_seg.utils.images import CUT_OFF, PNG, look_at_ends, truncation

__all__ = ["Check", "Fault", "FaultKind", "check_file", "read_label", "truncation"]

_DEPTH, _COLOUR_TYPE = 24, 25  # places of the bytes in a PNG's header
_COLOUR_TYPES = (2, 6)  # RGB and RGBA


class FaultKind(Enum):
    """What is wrong with a file; it decides on what mends it."""

    BROKEN = "broken"
    LABEL_IDS = "labelIds"
    COLOUR = "colour"
    CONTENT = "content"


@dataclass(frozen=True)
class Check:
    """One file to check.

    Attributes:
        path: the file.
        values: what a label may hold; None for an image.
        decode: read all of it, not only its beginning and end.
        image: the image whose size a label must have; None to skip that.
        strict_end: whether an image without the usual end is a fault even if it decodes. Some JPEG files of ImageNet
            have something odd there.
    """

    path: Path
    values: frozenset[int] | None = None
    decode: bool = False
    image: Path | None = None
    strict_end: bool = True


@dataclass(frozen=True)
class Fault:
    """What is wrong with one file."""

    path: Path
    kind: FaultKind
    reason: str


def check_file(check: Check) -> Fault | None:
    """Check one file; see :class:`Check`.

    Returns:
        What is wrong with it, or None.
    """
    head, reason = look_at_ends(check.path)
    if reason == CUT_OFF and not check.strict_end and not _image_fault(check):
        return None
    if reason:
        return Fault(check.path, FaultKind.BROKEN, reason)
    if check.values is None:
        return _image_fault(check) if check.decode else None
    if not head.startswith(PNG):
        return Fault(check.path, FaultKind.CONTENT, "is a JPEG file; labels must be PNG files")
    if head[_DEPTH] == 16:
        # mmseg keeps the lower 8 bits and says nothing.
        return Fault(check.path, FaultKind.CONTENT, "has 16 bits a pixel; class numbers have 8")
    if check.decode or head[_COLOUR_TYPE] in _COLOUR_TYPES:
        return _label_fault(check)
    return None


def read_label(path: Path) -> np.ndarray:
    """Read a label as mmseg's LoadAnnotations does: the numbers in the file, without a palette.

    Raises:
        ValueError: if the file cannot be decoded.
    """
    return _decode(path)


def _decode(path: Path) -> np.ndarray:
    """Decode with Pillow, which raises on damaged data where OpenCV fills up with grey."""
    try:
        return mmcv.imfrombytes(path.read_bytes(), flag="unchanged", backend="pillow")
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise ValueError(f"'{path}' cannot be decoded: {error}") from error


def _image_fault(check: Check) -> Fault | None:
    try:
        _decode(check.path)
    except ValueError:
        return Fault(check.path, FaultKind.BROKEN, "is damaged inside")
    return None


def _label_fault(check: Check) -> Fault | None:
    try:
        label = _decode(check.path)
    except ValueError:
        return Fault(check.path, FaultKind.BROKEN, "is damaged inside")
    if label.ndim != 2:
        return Fault(check.path, FaultKind.COLOUR, _about_channels(label))
    return _value_fault(check, label) or _size_fault(check, label)


def _about_channels(label: np.ndarray) -> str:
    if (label[..., :3] == label[..., :1]).all():
        return "is grey, but has several channels; a label has one"
    return "is a colour picture; a label has one channel of class numbers"


def _value_fault(check: Check, label: np.ndarray) -> Fault | None:
    # Counting is much quicker than sorting, and labels have 8 bits but for strange ones.
    values = np.flatnonzero(np.bincount(label.ravel())) if label.dtype == np.uint8 else label
    wrong = sorted(set(np.unique(values).tolist()) - check.values)
    if not wrong:
        return None
    shown = ", ".join(map(str, wrong[:4]))
    if check.values == TRAIN_IDS and all(0 <= value <= 33 for value in wrong):
        reason = f"holds labelIds (values {shown}), not trainIds"
        return Fault(check.path, FaultKind.LABEL_IDS, reason)
    return Fault(check.path, FaultKind.CONTENT, f"holds values that are no classes: {shown}")


def _size_fault(check: Check, label: np.ndarray) -> Fault | None:
    if check.image is None:
        return None
    try:
        with Image.open(check.image) as image:  # reads the header only
            width, height = image.size
    except (OSError, SyntaxError):
        return None  # that is the image's fault, and reported as such
    if (height, width) == label.shape:
        return None
    own = f"{label.shape[1]} x {label.shape[0]}"
    return Fault(check.path, FaultKind.CONTENT, f"is {own}, its image {width} x {height}")
