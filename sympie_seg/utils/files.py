"""Files that are either whole or absent: written aside, flushed to the disk, then moved into place."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]  # a module or nothing

__all__ = ["remove_leftovers", "replace_bytes", "replacing"]

_ASIDE = re.compile(r"\..+\.[0-9a-f]{32}\.tmp")
_LONGEST_NAME = 255 - len(f"..{32 * '0'}.tmp")  # of a file, in bytes
_CANDIDATES = 64


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Open a file for writing whose content replaces ``path`` at once, when the block ends well.

    A reader, and a process that is killed at any moment, sees the whole new file or what was there before. Where
    the block raises, what was there before stays. What a killed process left of ``path`` is used up.

    Args:
        path: file to write or to replace; missing folders are made.

    Yields:
        The binary file, beside ``path`` under a hidden temporary name.

    Raises:
        OSError: if the disk is full, the folder cannot be written to, or the like; the message says so, and the
            error keeps its ``errno``.
    """
    path = Path(path)
    aside: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        aside, descriptor = _open_aside(path)
        with open(aside, "wb", opener=lambda *_: descriptor) as file:
            yield file
            file.flush()
            os.fsync(descriptor)
            if os.name == "nt":  # elsewhere the lock is kept until the file has its name
                file.close()
            os.replace(aside, path)
            aside = None  # from now on the name may be another process's
        _flush_folder(path.parent)
    except OSError as error:
        raise _explained(error, path) from error
    finally:
        if aside is not None:
            with suppress(OSError):
                aside.unlink(missing_ok=True)


def _open_aside(path: Path) -> tuple[Path, int]:
    """Open the temporary file of a target, and give its name and descriptor.

    Its name follows from the target's, so that the next run takes over what a killed one left. A lock, which ends with
    its process, tells such a file from one that another process is writing.
    """
    if fcntl is not None and os.name == "posix":
        for number in range(_CANDIDATES):
            aside = _aside(path, hashlib.sha256(os.fsencode(f"{number} {path.name}")).hexdigest())
            if (descriptor := _taken_over(aside)) is not None:
                return aside, descriptor
    aside = _aside(path, uuid.uuid4().hex)
    return aside, os.open(aside, _FLAGS | os.O_EXCL, 0o666)


_FLAGS = (
    os.O_RDWR
    | os.O_CREAT
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_NOFOLLOW", 0)
)


def _aside(path: Path, digits: str) -> Path:
    name = path.name if len(os.fsencode(path.name)) <= _LONGEST_NAME else digits[-16:]
    return path.with_name(f".{name}.{digits[:32]}.tmp")


def _taken_over(aside: Path) -> int | None:
    """Open and lock a temporary file, new or left behind, and empty it; None if it is another process's."""
    try:
        descriptor = os.open(aside, _FLAGS, 0o666)
    except (PermissionError, IsADirectoryError):
        if not aside.exists():
            raise
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(descriptor), os.stat(aside)):
            os.ftruncate(descriptor, 0)
            return descriptor
    except (
        BlockingIOError,
        FileNotFoundError,
    ):  # another process writes it, or has just given it its name
        pass
    except OSError:  # no locks on this file system
        aside.unlink(missing_ok=True)
    os.close(descriptor)
    return None


def replace_bytes(path: str | os.PathLike[str], data: bytes | memoryview) -> None:
    """Write ``data`` as :func:`replacing` does.

    Raises:
        OSError: as in :func:`replacing`.
    """
    with replacing(path) as file:
        file.write(data)


def remove_leftovers(folder: str | os.PathLike[str]) -> list[str]:
    """Remove the temporary files that killed processes left in a folder (not below it).

    Only for a folder that no other process is writing to, such as the work dir of a run that starts.

    Returns:
        The names that were removed.
    """
    found = [p for p in Path(folder).iterdir() if _ASIDE.fullmatch(p.name) and p.is_file()]
    for leftover in found:
        leftover.unlink(missing_ok=True)
    return [leftover.name for leftover in found]


def _flush_folder(folder: Path) -> None:
    """Make the new name durable too; some file systems (network, Windows) cannot."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _explained(error: OSError, path: Path) -> OSError:
    """Say what could not be written, why, and that nothing was lost."""
    place = next((p for p in path.parents if p.is_dir()), Path("/"))
    free = shutil.disk_usage(place).free / 2**20
    reason = error.strerror or str(error)
    kept = f"the former '{path.name}' is untouched" if path.is_file() else "nothing was left behind"
    message = (
        f"could not write '{path}': {reason} ({free:,.0f} MiB free in '{place}'); {kept}. Free some space, or "
        "write to another folder"
    )
    return type(error)(error.errno, message)
