"""Whether a file of weights is as it was written: what every reader of weights asks before it uses one.

``torch.save`` writes a zip archive with a CRC-32 of each record, but ``torch.load`` compares none of them: flipped
bits become other weights without a word. The format before torch 1.6 carries no checksum at all.
"""

from __future__ import annotations

import hashlib
import os
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

import torch
from torch import Tensor

from .foreign import is_of_the_system, oddly_packed

__all__ = [
    "OLD_FORMAT",
    "DamagedWeightsError",
    "check_checksums",
    "check_storages",
    "is_complete",
    "tensors_sha256",
]

OLD_FORMAT = (
    "has the format of PyTorch before 1.6, which carries no checksums: damage to its weights cannot be noticed. "
    "Compare its sha256 with the publisher's, and save it once more (torch.load, torch.save) to have checksums"
)
_LOCAL_HEADER = b"PK\x03\x04"
_DAMAGE = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, UnicodeError,
    ValueError, OverflowError,
)  # fmt: skip
# torch stores its records as they are. Archives that somebody packed again shrink by half at most.
_MAX_RATIO = 20
_MAX_EXPANDED = 256 << 20


class DamagedWeightsError(ValueError):
    """A file is not as it was written; the message says what differs, without the name of the file."""


def check_checksums(file: str | os.PathLike[str] | BinaryIO) -> bool:
    """Read every record of a file of ``torch.save`` or ``torch.jit.save`` and compare its CRC-32.

    Args:
        file: a path, or an open binary file, whose position is kept.

    Returns:
        Whether there are checksums, and they match. False where the file is no zip archive: one in the format of
        PyTorch before 1.6, or no file of PyTorch.

    Raises:
        DamagedWeightsError: if the archive is damaged or cut short, or declares more than it can hold.
        OSError: if the file cannot be read.
    """
    if isinstance(file, (str, os.PathLike)):
        with open(file, "rb") as stream:
            return _check(stream)
    position = file.tell()
    try:
        return _check(file)
    finally:
        file.seek(position)


def is_complete(path: str | os.PathLike[str]) -> bool:
    """Whether a file of ``torch.save`` is there from end to end, and as it was written; False for the old format."""
    try:
        return check_checksums(path)
    except (OSError, DamagedWeightsError):
        return False


def check_storages(content: Any) -> None:
    """Make sure that no tensor of a loaded file asks for far more memory than the file holds for it.

    A tensor is a storage with sizes and strides. With a stride of 0, a few bytes declare terabytes, which the first
    copy would ask for. Nested dicts, lists and tuples are searched; up to 256 MiB may be declared in that way.

    Raises:
        DamagedWeightsError: if a tensor declares more; the message names it.
    """
    for name, tensor in _tensors(content, ""):
        if tensor.layout is not torch.strided or tensor.device.type == "meta":
            continue
        declared, held = tensor.numel() * tensor.element_size(), tensor.untyped_storage().nbytes()
        if declared > max(held, _MAX_EXPANDED):
            raise DamagedWeightsError(
                f"declares {name} with {declared} bytes, but holds {held} for it: it is damaged, or made to fill "
                "the memory"
            )


def tensors_sha256(state: Mapping[str, Tensor]) -> str:
    """Give the SHA-256 of a state dict as 64 hexadecimal digits: names, types, shapes and values.

    The order of the names, the device and the strides make no difference.
    """
    digest = hashlib.sha256()
    for name in sorted(state):
        tensor = state[name].detach().cpu().contiguous()
        digest.update(f"{name}|{tensor.dtype}|{tuple(tensor.shape)}\n".encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def _check(stream: BinaryIO) -> bool:
    starts = stream.read(len(_LOCAL_HEADER)) == _LOCAL_HEADER
    if not starts and not zipfile.is_zipfile(stream):
        return False
    size = stream.seek(0, os.SEEK_END)
    try:
        with zipfile.ZipFile(stream) as archive:
            _check_sizes(archive, size)
            broken = archive.testzip()
    except DamagedWeightsError:
        raise
    except (*_DAMAGE, OSError) as error:
        if is_of_the_system(error):
            raise
        raise DamagedWeightsError(f"is damaged or cut short ({_told(error)})") from error
    if broken is not None:
        raise DamagedWeightsError(
            f"is damaged: the checksum of its record '{broken}' does not match"
        )
    return True


def _check_sizes(archive: zipfile.ZipFile, size: int) -> None:
    records = archive.infolist()
    if not records:
        raise DamagedWeightsError("is damaged: an archive without records")
    if reason := next(filter(None, map(oddly_packed, records)), ""):
        raise DamagedWeightsError(
            f"holds a record that {reason}: it is damaged, or made to fill the memory"
        )
    declared = sum(record.file_size for record in records)
    if declared > _MAX_RATIO * size:
        raise DamagedWeightsError(
            f"declares {declared} bytes of records in {size} bytes: it is damaged, or made to fill the memory"
        )


def _told(error: Exception) -> str:
    text = str(error).split("\n")[0]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _tensors(content: Any, name: str) -> Iterator[tuple[str, Tensor]]:
    if isinstance(content, Tensor):
        yield name or "a tensor", content
    elif isinstance(content, Mapping):
        for key, value in content.items():
            yield from _tensors(value, f"{name}.{key}" if name else str(key))
    elif isinstance(content, (list, tuple)):
        for index, value in enumerate(content):
            yield from _tensors(value, f"{name}[{index}]")
