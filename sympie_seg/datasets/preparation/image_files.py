"""Whether image and label files are whole, and hold what they should."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import mmcv
import numpy as np
from PIL import Image

from sympie_seg.datasets.preparation.layouts import TRAIN_IDS
from sympie_seg.utils.images import CUT_OFF, look_at_ends, truncation
from sympie_seg.utils.labels import LabelError, LabelFault, decode_labels, header_fault

__all__ = ["Check", "Fault", "FaultKind", "check_file", "truncation"]

_COLOUR_TYPE = 25  # place of the byte in a PNG's header
_SEVERAL_CHANNELS = (2, 4, 6)  # RGB, grey with alpha, RGBA


class FaultKind(Enum):
    """What is wrong with a file; it decides on the fix."""

    BROKEN = "broken"
    LABEL_IDS = "labelIds"
    COLOUR = "colour"
    CONTENT = "content"


_KINDS = {
    LabelFault.DAMAGED: FaultKind.BROKEN,
    LabelFault.FORMAT: FaultKind.CONTENT,
    LabelFault.DEPTH: FaultKind.CONTENT,
    LabelFault.COLOUR: FaultKind.COLOUR,
}


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
    if fault := header_fault(head):
        return Fault(check.path, _KINDS[fault[0]], fault[1])
    if check.decode or head[_COLOUR_TYPE] in _SEVERAL_CHANNELS:
        return _label_fault(check)
    return None


def _decode(path: Path) -> np.ndarray:
    """Decode with Pillow, which raises on damaged data where OpenCV fills up with grey."""
    try:
        result: np.ndarray = mmcv.imfrombytes(path.read_bytes(), flag="unchanged", backend="pillow")
        return result
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
        label = decode_labels(check.path.read_bytes())
    except LabelError as error:
        return Fault(check.path, _KINDS[error.kind], str(error))
    except OSError as error:
        return Fault(check.path, FaultKind.BROKEN, f"cannot be read ({error.strerror})")
    return _value_fault(check, label) or _size_fault(check, label)


def _value_fault(check: Check, label: np.ndarray) -> Fault | None:
    values = np.flatnonzero(np.bincount(label.ravel()))  # much quicker than sorting
    wrong = sorted(set(values.tolist()) - (check.values or frozenset()))
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
