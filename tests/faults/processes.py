"""Run something in a forked process: with limits, with a kill at some moment, with a patience, with small disks."""

from __future__ import annotations

import ctypes
import faulthandler
import io
import logging
import os
import pickle
import resource
import signal
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

__all__ = [
    "PATIENCE",
    "Outcome",
    "can_mount",
    "in_own_mounts",
    "mount_small",
    "resize",
    "run",
    "short_of",
]

PATIENCE = 300.0
"""Seconds after which a run counts as hanging, without those in which other programs had the processor."""
_TICK = 0.002
_NEW_MOUNTS, _PRIVATE, _REMOUNT = 0x00020000, (1 << 18) | (1 << 14), 32
_LIBC = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Outcome:
    """What a run came to.

    Attributes:
        status: exit status, negative for a signal.
        output: what it printed, to both streams.
        hung: whether it had to be ended because it took too long.
        killed: whether the kill that was asked for hit it alive.
        seconds: how long it took.
    """

    status: int
    output: str
    hung: bool = False
    killed: bool = False
    seconds: float = 0.0

    @property
    def traceback(self) -> bool:
        """Whether it crashed: Python's traceback, or a signal that nobody sent."""
        crashed = self.status < 0 and not self.killed and not self.hung
        return crashed or "Traceback (most recent call last)" in self.output

    @property
    def last_line(self) -> str:
        """What it printed last."""
        return (self.output.strip().splitlines() or [""])[-1]


def run(
    function: Callable[[], Any],
    log: Path,
    prepare: Callable[[], None] | None = None,
    kill_after: float | None = None,
    patience: float = PATIENCE,
) -> Outcome:
    """Call a function in a forked process as if it were a program.

    Args:
        function: what to run; SystemExit, other exceptions and returned numbers give the status as Python does.
        log: file that gets what it prints.
        prepare: called first in the new process, such as :func:`short_of`.
        kill_after: seconds until SIGKILL goes to the process and its children.
        patience: seconds until it counts as hanging, without those in which it could have run but had to wait for
            other programs.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid == 0:
        _be_a_program(function, log, prepare)
    began, killed, hung = time.monotonic(), False, False
    while True:
        ended, status = os.waitpid(pid, os.WNOHANG)
        seconds = time.monotonic() - began
        if ended:
            break
        if not killed and kill_after is not None and seconds >= kill_after:
            killed = _kill(pid)
        if not hung and seconds > patience and seconds - _starved(pid) > patience:
            hung = _kill(pid)
        time.sleep(_TICK)
    _kill(pid)  # children that outlived it
    code = os.waitstatus_to_exitcode(status)
    output = log.read_text(errors="replace") if log.is_file() else ""
    return Outcome(code, output, hung, killed and code == -signal.SIGKILL, seconds)


def _starved(pid: int) -> float:
    """How many seconds a process was ready to run, and others ran."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9
    except (OSError, IndexError, ValueError):  # a kernel that does not count
        return 0.0


def _kill(pid: int) -> bool:
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _be_a_program(
    function: Callable[[], Any], log: Path, prepare: Callable[[], None] | None
) -> None:
    """Run as the whole of a process; never returns."""
    os.setpgid(0, 0)
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)
    # pytest, for one, has put other files here, and prints the stack of a crash.
    faulthandler.disable()
    sys.stdout, sys.stderr = _text(1), _text(2)
    _log_to(sys.stdout)
    status = 1
    try:
        if prepare is not None:
            prepare()
        status = int(function() or 0)
    except SystemExit as leave:
        status = leave.code if isinstance(leave.code, int) else int(leave.code is not None)
        if isinstance(leave.code, str):
            print(leave.code, file=sys.stderr)
    except BaseException as error:
        sys.excepthook(type(error), error, error.__traceback__)
    finally:
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            os._exit(status)


def _log_to(stream: TextIO) -> None:
    """A test before may have left mmengine's logger with a stream that pytest has closed since."""
    if "mmengine.logging" in sys.modules:
        from mmengine.logging import MMLogger

        for handler in MMLogger.get_current_instance().handlers:
            if isinstance(handler, logging.StreamHandler) and not isinstance(
                handler, logging.FileHandler
            ):
                handler.setStream(stream)


def _text(descriptor: int) -> TextIO:
    stream = io.BufferedWriter(io.FileIO(descriptor, "w", closefd=False))
    return io.TextIOWrapper(
        stream, encoding="utf-8", errors="backslashreplace", line_buffering=True
    )


def short_of(
    files: int | None = None, megabytes: float | None = None, file_size: int | None = None
) -> Callable[[], None]:
    """Give what makes a process short of open files, of memory beyond what it has, or of the length of files."""

    def limit() -> None:
        if files is not None:
            resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
        if megabytes is not None:
            pages = int(Path("/proc/self/statm").read_text().split()[0])
            most = pages * os.sysconf("SC_PAGE_SIZE") + int(megabytes * 2**20)
            resource.setrlimit(resource.RLIMIT_AS, (most, most))
        if file_size is not None:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (file_size, file_size))

    return limit


def in_own_mounts(function: Callable[[], Any], patience: float = 4 * PATIENCE) -> Any:
    """Call a function in a forked process that may mount file systems which nobody else sees; give its result.

    Raises:
        RuntimeError: if it raises or takes too long, with its traceback.
    """
    sys.stdout.flush()
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        with os.fdopen(writing, "wb") as pipe:
            try:
                _check(_LIBC.unshare(_NEW_MOUNTS))
                _check(_LIBC.mount(b"none", b"/", None, _PRIVATE, None))
                result: Any = ("ok", function())
            except BaseException:
                result = ("failed", traceback.format_exc())
            pickle.dump(result, pipe)
        os._exit(0)
    os.close(writing)
    signal.signal(signal.SIGALRM, lambda *_: os.kill(pid, signal.SIGKILL))
    signal.setitimer(signal.ITIMER_REAL, patience)
    try:
        with os.fdopen(reading, "rb") as pipe:
            data = pipe.read()
        os.waitpid(pid, 0)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    state, result = pickle.loads(data) if data else ("failed", "it was ended")
    if state != "ok":
        raise RuntimeError(result)
    return result


def mount_small(folder: Path, kilobytes: int) -> None:
    """Mount a file system of this size on a folder; only within :func:`in_own_mounts`."""
    _mount(folder, kilobytes, 0)


def resize(folder: Path, kilobytes: int) -> None:
    """Give what :func:`mount_small` mounted another size."""
    _mount(folder, kilobytes, _REMOUNT)


def can_mount() -> bool:
    """Whether this user may mount file systems."""
    try:
        in_own_mounts(lambda: mount_small(Path("/mnt"), 64))
    except (RuntimeError, AttributeError):
        return False
    return True


def _mount(folder: Path, kilobytes: int, flags: int) -> None:
    size = f"size={kilobytes}k".encode()
    _check(_LIBC.mount(b"tmpfs", os.fsencode(folder), b"tmpfs", flags, size))


def _check(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def tree_of(folder: Path, left_out: Sequence[str] = ()) -> dict[str, bytes]:
    """The content of all files below a folder, by their paths; links are given as where they lead."""
    contents = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if any(part in name for part in left_out):
            continue
        if path.is_symlink():
            contents[name] = os.fsencode(os.readlink(path))
        elif path.is_file():
            contents[name] = path.read_bytes()
    return contents
