"""One run per folder: a lock that names the run that holds it, and that no killed run leaves behind.

The kernel's lock (``flock``; on Windows ``LockFile``) decides where the file system has one: it ends with the process,
however that ends. Where there is none (some network folders), the file's own content decides: host, process and the
time it started.
"""

from __future__ import annotations

import errno
import json
import logging
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]  # a module or nothing, as on Windows
    import msvcrt

__all__ = ["NAME", "FolderInUseError", "only_run_in", "rank_of"]

NAME = ".sympie_seg.lock"
_LOG = logging.getLogger("sympie_seg")
_BUSY = {errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES}
_RANKS = {"pytorch": "RANK", "slurm": "SLURM_PROCID", "mpi": "OMPI_COMM_WORLD_RANK"}
_FAR = 1 << 20  # on Windows nobody else may read the bytes that are locked


class FolderInUseError(OSError):
    """Another run writes to the folder; the message names it."""


@dataclass(frozen=True)
class Holder:
    """The run that holds a lock.

    Attributes:
        what: it does, such as 'training'.
        host: name of its machine.
        pid: of its process.
        started: of the process, in ticks since the machine started; None where the system does not tell.
        since: when it took the lock, in words.
    """

    what: str
    host: str
    pid: int
    started: int | None
    since: str


@contextmanager
def only_run_in(folder: str | os.PathLike[str], what: str, rank: int = 0) -> Iterator[None]:
    """Hold a folder's lock while the block runs.

    Of a distributed run, the first process holds it for all; the others pass.

    Args:
        folder: to hold; is made where it is missing.
        what: the run does, for the message to the other one, such as 'training'.
        rank: of this process; see :func:`rank_of`. Defaults to 0.

    Raises:
        FolderInUseError: if another run that is alive holds it; an OSError.
        OSError: if the folder cannot be written to.
    """
    if rank > 0:
        yield
        return
    path = Path(folder) / NAME
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = _take(path, _myself(what))
    _closed_in_children.add(descriptor)
    try:
        yield
    finally:
        _closed_in_children.discard(descriptor)
        with suppress(OSError):
            path.unlink()  # while it is still locked: whoever waits for it looks whether it is there
        os.close(descriptor)


def rank_of(launcher: str) -> int:
    """The rank of this process as mmengine's launcher ('none', 'pytorch', 'slurm', 'mpi') tells it before the start."""
    value = os.environ.get(_RANKS.get(launcher, ""), "")
    return int(value) if value.isdigit() else 0


_closed_in_children: set[int] = set()
"""A worker that outlives its killed parent must not hold the lock."""


def _close_in_child() -> None:
    for descriptor in _closed_in_children:
        with suppress(OSError):
            os.close(descriptor)
    _closed_in_children.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_close_in_child)


def _take(path: Path, mine: Holder) -> int:
    """Open the lock file and lock it, or tell who holds it."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            if not _kernel_lock(descriptor, path):
                _check_by_content(descriptor, path, mine)
            if _is_still_there(descriptor, path):
                _write(descriptor, mine)
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)  # its holder removed it in between


def _kernel_lock(descriptor: int, path: Path) -> bool:
    """Take the kernel's lock; False where there is none."""
    try:
        _lock(descriptor)
    except OSError as error:
        if error.errno in _BUSY:
            raise _in_use(path, _read(descriptor)) from None
        _LOG.warning(
            "'%s' is on a file system without locks (%s): only what '%s' says tells runs apart. Two that start in "
            "the same moment, or on two machines, may not notice each other",
            path.parent, error.strerror, path.name,
        )  # fmt: skip
        return False
    return True


def _lock(descriptor: int) -> None:
    if fcntl is not None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return
    os.lseek(descriptor, _FAR, os.SEEK_SET)
    msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)


def _check_by_content(descriptor: int, path: Path, mine: Holder) -> None:
    """Without locks of the kernel: whether the process that is named in the file is alive."""
    other = _read(descriptor)
    if other is None or (other.host, other.pid) == (mine.host, mine.pid):
        return
    if other.host != mine.host or _is_alive(other):
        raise _in_use(path, other)
    _LOG.warning("took over '%s' from %s, which is dead", path.parent, _told(other))


def _is_still_there(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(path))
    except FileNotFoundError:
        return False


def _write(descriptor: int, holder: Holder) -> None:
    text = json.dumps(asdict(holder)).encode()
    os.ftruncate(descriptor, 0)
    os.lseek(descriptor, 0, os.SEEK_SET)
    os.write(descriptor, text)
    os.fsync(descriptor)


def _read(descriptor: int) -> Holder | None:
    """Who holds the lock; None where the file does not say (yet)."""
    os.lseek(descriptor, 0, os.SEEK_SET)
    try:
        content: Any = json.loads(os.read(descriptor, 4096))
        return Holder(
            str(content["what"]), str(content["host"]), int(content["pid"]), content["started"], str(content["since"])
        )  # fmt: skip
    except (ValueError, KeyError, TypeError):
        return None


def _in_use(path: Path, other: Holder | None) -> FolderInUseError:
    run = "another run" if other is None else f"another run: {_told(other)}"
    by_hand = f" If that process is gone for certain, delete '{path}'." if other is not None else ""
    return FolderInUseError(
        errno.EBUSY,
        f"'{path.parent}' is in use by {run}. Wait for it or stop it, or choose another folder.{by_hand}",
    )


def _told(holder: Holder) -> str:
    return f"{holder.what}, process {holder.pid} on {holder.host}, since {holder.since}"


def _myself(what: str) -> Holder:
    pid = os.getpid()
    since = time.strftime("%Y-%m-%d %H:%M:%S")
    return Holder(what, socket.gethostname(), pid, _started(pid), since)


def _is_alive(holder: Holder) -> bool:
    try:
        os.kill(holder.pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OSError):
        return True  # of another user
    started = _started(holder.pid)
    # A number that another process has got since.
    return None in (started, holder.started) or started == holder.started


def _started(pid: int) -> int | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
        return int(text.rpartition(")")[2].split()[19])
    except (OSError, ValueError, IndexError):
        return None
