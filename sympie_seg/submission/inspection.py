"""What is wrong with one PNG of a submission: bit depth, colours, size, values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import numpy as np

from sympie_seg.datasets.cityscapes_classes import IGNORE, LABEL_IDS
from sympie_seg.datasets.preparation.label_ids import LARGEST_LABEL_ID
from sympie_seg.submission.archives import read_member
from sympie_seg.submission.servers import CONFIDENCE, INVALID, Folder
from sympie_seg.submission.servers import LABEL_IDS as KIND_LABEL_IDS
from sympie_seg.utils.images import CUT_OFF, PNG
from sympie_seg.utils.labels import decode_labels

__all__ = ["Facts", "Fault", "Inspection", "decode", "inspect"]

_BIT_DEPTH, _COLOUR_TYPE = 24, 25  # places of the bytes in a PNG's header
_GREY, _PALETTE = 0, 3
_CLASSES = frozenset(range(len(LABEL_IDS)))


class Fault(Enum):
    """Kinds of faults; the order is that of the report."""

    DAMAGED = "damaged"
    FORMAT = "no PNG"
    COLOUR = "colour"
    DEPTH = "bit depth"
    SIZE = "size"
    LABEL_IDS = "labelIds"
    TRAIN_IDS = "trainIds"
    VALUES = "values"
    UNLIKE = "differs from the first folder"
    IGNORED = "holds 255"


@dataclass(frozen=True)
class Inspection:
    """One file to look at.

    Attributes:
        source: the archive or folder.
        name: of the file in it.
        folder: what it should hold.
        size: (width, height) it should have.
        like: name of a file that it must agree with wherever it is not 255, or None.
    """

    source: Path
    name: str
    folder: Folder
    size: tuple[int, int]
    like: str | None = None


@dataclass(frozen=True)
class Facts:
    """What was found.

    Attributes:
        name: of the file.
        fault: what is wrong, or None.
        detail: the same in words, to follow the file's name.
        values: all values in it, in ascending order; at most two for 16 bits (smallest, largest).
    """

    name: str
    fault: Fault | None = None
    detail: str = ""
    values: tuple[int, ...] = ()


def decode(data: bytes) -> np.ndarray:
    """Decode a PNG to its numbers: (H, W), uint8 or uint16; the index, where there is a palette.

    Raises:
        ValueError: if it is damaged or has several channels.
    """
    return decode_labels(data, wide=True)


def inspect(job: Inspection) -> Facts:
    """Look at one file; the first fault counts."""
    try:
        data = read_member(job.source, job.name)
        fault = _fault_of_format(data, job.folder)
        if fault:
            return Facts(job.name, *fault)
        pixels = decode(data)
    except ValueError as error:
        return Facts(job.name, Fault.DAMAGED, str(error))
    values = _values(pixels)
    fault = _fault_of_size(pixels, job.size) or _fault_of_values(values, job.folder)
    if not fault and job.like:
        fault = _fault_of_copy(pixels, job)
    kind, reason = fault or (None, "")
    return Facts(job.name, kind, reason, values)


def _fault_of_format(data: bytes, folder: Folder) -> tuple[Fault, str] | None:
    """Look at the header; Pillow would scale grey of 1, 2 and 4 bits and hide what 16 bits mean."""
    if not data:
        return Fault.DAMAGED, "is empty"
    if not data.startswith(PNG):
        return Fault.FORMAT, "is no PNG file"
    if len(data) <= _COLOUR_TYPE:
        return Fault.DAMAGED, CUT_OFF
    depth, colour = data[_BIT_DEPTH], data[_COLOUR_TYPE]
    if colour not in (_GREY, _PALETTE):
        return Fault.COLOUR, "is a colour picture (several channels)"
    if colour == _PALETTE and folder.bits == 8:
        return None  # the index is the class; such files have been accepted
    if depth != folder.bits or colour != _GREY:
        return Fault.DEPTH, f"has {depth} bits a pixel instead of {folder.bits}"
    return None


def _values(pixels: np.ndarray) -> tuple[int, ...]:
    if pixels.dtype == np.uint16:
        return int(pixels.min()), int(pixels.max())
    return tuple(np.flatnonzero(np.bincount(pixels.ravel(), minlength=256)).tolist())


def _fault_of_size(pixels: np.ndarray, size: tuple[int, int]) -> tuple[Fault, str] | None:
    own = pixels.shape[1], pixels.shape[0]
    if own == size:
        return None
    return Fault.SIZE, f"is {own[0]} x {own[1]} instead of {size[0]} x {size[1]}"


def _fault_of_values(values: tuple[int, ...], folder: Folder) -> tuple[Fault, str] | None:
    if folder.kind == CONFIDENCE:
        return None
    if folder.kind == KIND_LABEL_IDS:
        return _fault_of_label_ids(values)
    wrong = sorted(set(values) - _CLASSES - {IGNORE})
    if wrong and all(value <= LARGEST_LABEL_ID for value in wrong):
        return Fault.LABEL_IDS, f"holds labelIds ({_listed(wrong)}) instead of trainIds 0..18"
    if wrong:
        return Fault.VALUES, f"holds values that are no trainIds 0..18: {_listed(wrong)}"
    if IGNORE in values and folder.kind != INVALID:
        return Fault.IGNORED, "holds 255, which is no class: these pixels count as wrong"
    return None


def _fault_of_label_ids(values: tuple[int, ...]) -> tuple[Fault, str] | None:
    odd = sorted(set(values) - set(LABEL_IDS))
    if odd and set(values) <= _CLASSES | {IGNORE}:
        return Fault.TRAIN_IDS, f"holds trainIds ({_listed(odd)}) instead of labelIds"
    wrong = [value for value in odd if value > LARGEST_LABEL_ID]
    if wrong:
        return Fault.VALUES, f"holds values that are no labelIds 0..33: {_listed(wrong)}"
    return None


def _fault_of_copy(pixels: np.ndarray, job: Inspection) -> tuple[Fault, str] | None:
    try:
        first = decode(read_member(job.source, str(job.like)))
    except ValueError:
        return None  # reported with that file
    if first.shape == pixels.shape and ((pixels == first) | (pixels == IGNORE)).all():
        return None
    return Fault.UNLIKE, f"is neither 255 nor what '{job.like}' says, at some pixels"


def _listed(values: list[int], most: int = 4) -> str:
    return ", ".join(map(str, values[:most])) + (", ..." if len(values) > most else "")
