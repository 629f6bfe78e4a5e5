"""Whether image and label files are whole, and hold what they should: the same for checks and for loaders."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import numpy as np

from sympie_seg.datasets.preparation.layouts import TRAIN_IDS
from sympie_seg.file_ends import PNG, look_at_ends, truncation
from sympie_seg.utils.damage import kind_of
from sympie_seg.utils.pictures import fault_of_bytes, fault_of_picture, read_label, upright_size

__all__ = ["Check", "Fault", "FaultKind", "check_file", "read_label", "truncation"]

_DEPTH, _COLOUR_TYPE = 24, 25  # places of the bytes in a PNG's header
_COLOUR_TYPES = (2, 4, 6)  # RGB, grey with alpha, RGBA
_GREY = 0


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
        decode: decode all of it, not only look at its beginning and end.
        image: the image whose size a label must have; None to skip that.
        whole: read all of it for damage (checksums, a decoder that tells), without decoding its pixels.
    """

    path: Path
    values: frozenset[int] | None = None
    decode: bool = False
    image: Path | None = None
    whole: bool = False


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
    if not reason and (check.whole or check.decode):
        reason = fault_of_bytes(check.path)
    if reason:
        return Fault(check.path, FaultKind.BROKEN, reason)
    if check.values is None:
        return _image_fault(check) if check.decode else None
    return _fault_of_format(check, head) or _label_fault(check, head)


def _image_fault(check: Check) -> Fault | None:
    """Decode as mmcv's loader does."""
    reason = fault_of_picture(check.path)
    return Fault(check.path, FaultKind.BROKEN, reason) if reason else None


def _fault_of_format(check: Check, head: bytes) -> Fault | None:
    if not head.startswith(PNG):
        kind = kind_of(head)
        return Fault(check.path, FaultKind.CONTENT, f"is a {kind} file; labels must be PNG files")
    depth, colours = head[_DEPTH], head[_COLOUR_TYPE]
    if depth == 16:
        # mmseg keeps the lower 8 bits and says nothing.
        return Fault(check.path, FaultKind.CONTENT, "has 16 bits a pixel; class numbers have 8")
    if depth < 8 and colours == _GREY:
        # Pillow, and with it mmseg, stretches them to 0..255.
        reason = f"is grey of {depth} bits a pixel, which loaders stretch; class numbers have 8"
        return Fault(check.path, FaultKind.CONTENT, reason)
    return None


def _label_fault(check: Check, head: bytes) -> Fault | None:
    if not check.decode and head[_COLOUR_TYPE] not in _COLOUR_TYPES:
        return None
    try:
        label = read_label(check.path)
    except ValueError as error:
        reason = str(error).removeprefix(f"'{check.path}' ")
        return Fault(check.path, FaultKind.BROKEN, reason)
    if label.ndim != 2:
        return Fault(check.path, FaultKind.COLOUR, _about_channels(label))
    return _value_fault(check, label) or _size_fault(check, label)


def _about_channels(label: np.ndarray) -> str:
    colours = label[..., : 3 if label.shape[2] > 2 else 1]
    if (colours == label[..., :1]).all():
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
    size = upright_size(check.image)
    if size is None:
        return None  # that is the image's fault, and reported as such
    width, height = size
    if (height, width) == label.shape:
        return None
    own = f"{label.shape[1]} x {label.shape[0]}"
    return Fault(check.path, FaultKind.CONTENT, f"is {own}, its image {width} x {height}")
