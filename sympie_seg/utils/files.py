"""Files that are either whole or absent: written aside, flushed to the disk, then moved into place."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import stat
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]  # a module or nothing

__all__ = ["remove_leftovers", "replace_bytes", "replace_text", "replacing"]

_ASIDE = re.compile(r"\..+\.[0-9a-f]{32}\.tmp")
_LONGEST_NAME = 255 - len(f"..{32 * '0'}.tmp")  # of a file, in bytes
_CANDIDATES = 16  # as many may write one file at a time under names that a later run takes over
_FLAGS = os.O_RDWR | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Open a file for writing whose content replaces ``path`` at once, when the block ends well.

    A reader, and a process that is killed at any moment, sees the whole new file or what was there before. Where
    the block raises, what was there before stays. What a killed process left of ``path`` is used up, where the file
    system has locks.

    Args:
        path: file to write or to replace; missing folders are made.

    Yields:
        The binary file, beside ``path`` under a hidden temporary name.

    Raises:
        OSError: if the disk is full, the folder cannot be written to, or the like; the message says so, and the
            error keeps its ``errno``.
    """
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        aside, descriptor = _open_aside(path)
        # The lock ends with the file: until then the name is ours to move and to remove, later it may be another's.
        with open(aside, "wb", opener=lambda *_: descriptor) as file:
            try:
                yield file
                file.flush()
                os.fsync(descriptor)
                if os.name == "nt":  # moves no open file; the name is unique there
                    file.close()
                os.replace(aside, path)
            except BaseException:
                _remove_own(aside, file)
                raise
        _flush_folder(path.parent)
    except OSError as error:
        raise _explained(error, path) from error


def _open_aside(path: Path) -> tuple[Path, int]:
    """Open the temporary file of a target, and give its name and descriptor.

    Its name follows from the target's, so that the next run takes over what a killed one left. A lock, which ends with
    its process, tells such a file from one that another process is writing. Without locks the name is unique.
    """
    if fcntl is not None:
        for number in range(_CANDIDATES):
            aside = _aside(path, hashlib.sha256(os.fsencode(f"{number} {path.name}")).hexdigest())
            try:
                descriptor = _taken_over(aside)
            except _NoLocksError:
                break
            if descriptor is not None:
                return aside, descriptor
    aside = _aside(path, uuid.uuid4().hex)
    return aside, os.open(aside, _FLAGS | os.O_CREAT | os.O_EXCL, 0o666)


def _aside(path: Path, digits: str) -> Path:
    name = path.name if len(os.fsencode(path.name)) <= _LONGEST_NAME else digits[-16:]
    return path.with_name(f".{name}.{digits[:32]}.tmp")


class _NoLocksError(Exception):
    """The file system has no locks."""


def _taken_over(aside: Path) -> int | None:
    """Open and lock a temporary file, new or left behind, and empty it; None if it is another process's."""
    try:
        descriptor, is_new = os.open(aside, _FLAGS | os.O_CREAT | os.O_EXCL, 0o666), True
    except FileExistsError:
        try:
            descriptor, is_new = os.open(aside, _FLAGS), False
        except OSError:  # another user's, or it has just got its name
            return None
    try:
        if _lock(descriptor) and _is_left_behind(descriptor, aside):
            os.ftruncate(descriptor, 0)
            return descriptor
    except BaseException:
        if is_new:
            with suppress(OSError):
                aside.unlink()
        os.close(descriptor)
        raise
    os.close(descriptor)
    return None


def _lock(descriptor: int) -> bool:
    """Lock a file until it is closed; False if another process has locked it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        raise _NoLocksError from error
    return True


def _is_left_behind(descriptor: int, aside: Path) -> bool:
    """Whether a locked file still has its temporary name, and no other; its writer may just have moved it."""
    status = os.fstat(descriptor)
    try:
        named = os.stat(aside, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return os.path.samestat(status, named) and stat.S_ISREG(status.st_mode) and status.st_nlink == 1


def _remove_own(aside: Path, file: BinaryIO) -> None:
    """Remove a temporary file that is still open (but on Windows)."""
    with suppress(OSError):
        if os.name == "nt":
            file.close()
            aside.unlink(missing_ok=True)
        elif file.closed or os.path.samestat(os.fstat(file.fileno()), os.stat(aside)):
            aside.unlink(missing_ok=True)


def replace_bytes(path: str | os.PathLike[str], data: bytes | memoryview) -> None:
    """Write ``data`` as :func:`replacing` does.

    Raises:
        OSError: as in :func:`replacing`.
    """
    with replacing(path) as file:
        file.write(data)


def replace_text(path: str | os.PathLike[str], text: str) -> None:
    """Write a text as UTF-8, as :func:`replace_bytes`; bytes of names that are no UTF-8 are written as escapes.

    Raises:
        OSError: as :func:`replace_bytes`.
    """
    replace_bytes(path, text.encode("utf-8", "backslashreplace"))


def remove_leftovers(folder: str | os.PathLike[str]) -> list[str]:
    """Remove the temporary files that killed processes left in a folder (not below it).

    Only for a folder that no other process is writing to, such as the work dir of a run that starts; where the file
    system has locks, what another process is writing stays all the same.

    Returns:
        The names that were removed.
    """
    leftovers = [p for p in Path(folder).iterdir() if _ASIDE.fullmatch(p.name) and p.is_file()]
    return [leftover.name for leftover in leftovers if _remove_dead(leftover)]


def _remove_dead(leftover: Path) -> bool:
    """Remove a temporary file unless another process is writing it; whether it was removed."""
    descriptor = None
    try:
        if fcntl is not None:
            with suppress(
                OSError, _NoLocksError
            ):  # what cannot be locked is removed as the caller says
                descriptor = os.open(leftover, _FLAGS)
                if not _lock(descriptor):
                    return False
        leftover.unlink(missing_ok=True)
        return True
    finally:
        if descriptor is not None:
            os.close(descriptor)


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
    parent = next((p for p in path.parents if p.is_dir()), Path("/"))
    free = shutil.disk_usage(parent).free / 2**20
    reason = error.strerror or str(error)
    kept = f"the former '{path.name}' is untouched" if path.is_file() else "nothing was left behind"
    message = (
        f"could not write '{path}': {reason} ({free:,.0f} MiB free in '{parent}'); {kept}. Free some space, or "
        "write to another folder"
    )
    return type(error)(error.errno, message)
