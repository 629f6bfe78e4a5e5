"""Whether image and label files are whole, and hold what they should: the same for checks and for loaders."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import numpy as np

from sympie_seg.datasets.preparation.layouts import TRAIN_IDS
from sympie_seg.utils.images import look_at_ends, truncation
from sympie_seg.utils.labels import LabelError, LabelFault, decode_labels, header_fault
from sympie_seg.utils.pictures import fault_of_bytes, fault_of_picture, upright_size

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
    if fault := header_fault(head):
        return Fault(check.path, _KINDS[fault[0]], fault[1])
    if check.decode or head[_COLOUR_TYPE] in _SEVERAL_CHANNELS:
        return _label_fault(check)
    return None


def _image_fault(check: Check) -> Fault | None:
    """Decode as mmcv's loader does."""
    reason = fault_of_picture(check.path)
    return Fault(check.path, FaultKind.BROKEN, reason) if reason else None


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
    size = upright_size(check.image)
    if size is None:
        return None  # that is the image's fault, and reported as such
    width, height = size
    if (height, width) == label.shape:
        return None
    own = f"{label.shape[1]} x {label.shape[0]}"
    return Fault(check.path, FaultKind.CONTENT, f"is {own}, its image {width} x {height}")
