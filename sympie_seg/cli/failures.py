"""The last place that catches: what the system, or a decoder that nobody asked about a name, raises ends in one line.

Verbs refuse bad input themselves, with the name of the file or option. What they did not expect comes here: a lack of
memory, disk, files or processes, damaged data, Ctrl-C, a reader of the output that has gone, a config whose parts
cannot be built, and the messages of our own code (``raise ValueError``). Whatever may be a fault of our own (a
TypeError, KeyError or ValueError that an operation met, ...) keeps its traceback, so that it can be reported.
Importing this module needs the standard library only.
"""

from __future__ import annotations

import errno
import logging
import os
import pickle
import struct
import sys
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sympie_seg.cli.origins import is_message_of_ours, unbuilt_part

__all__ = ["TRACEBACK", "explained", "is_of_memory", "one_line", "told", "whole_message"]

TRACEBACK = "SYMPIE_SEG_TRACEBACK"
"""Environment variable: where it is set (and not 0), failures keep their traceback."""
_DECODERS = (zlib.error, struct.error, zipfile.BadZipFile, pickle.UnpicklingError, EOFError)
# By name, so that nothing is imported for them, least of all where memory is short.
_DECODERS_BY_NAME = {"LZMAError", "DecompressionBombError"}
_OWN = {"ForeignFileError", "MissingExtraError"}  # their messages say all
_MEMORY_BY_NAME = {"OutOfMemoryError"}  # torch's, of a GPU
_NO_MEMORY = (
    *("can't allocate memory", "cannot allocate memory", "not enough memory", "out of memory"),
    *("std::bad_alloc", "insufficient memory", "failed to map segment", "unable to mmap"),
    *("could not create a primitive", "could not create a memory"),  # oneDNN
    *("failed to allocate", "failed to create thread", "can't start new thread"),
)
_SHARED_MEMORY = ("/dev/shm", "shared memory", "bus error", "</torch_")
_NO_WORKER = "terminated abruptly"  # concurrent.futures
_FIXES = {
    errno.EMFILE: "raise the limit of open files (ulimit -n 4096), or use fewer workers",
    errno.ENFILE: "close other programs: the whole machine has no more files to open",
    errno.ENOSPC: "free some space, or write to another folder",
    errno.EDQUOT: "free some space, or write to another folder",
    errno.EFBIG: "raise the limit of file sizes (ulimit -f), or write to another file system",
    errno.EROFS: "write to another folder",
    errno.EIO: "check the disk, and copy the files to another one",
    errno.EPIPE: "its reader has gone",
    errno.EAGAIN: "close other programs, or raise the limit of processes (ulimit -u)",
}
_MEMORY_FIX = "close other programs, raise the limit (ulimit -v), or take smaller pictures, batches or fewer workers"
_SHARED_FIX = (
    "set num_workers=0 in the data loaders, or enlarge /dev/shm (docker run --shm-size=2g)"
)


@contextmanager
def one_line() -> Iterator[None]:
    """Turn a failure that no code named into one line on stderr and exit status 1.

    Raises:
        SystemExit: with that line.
        Exception: any other, and all of them where :data:`TRACEBACK` is set, as they were.
    """
    setattr(logging.Handler, _handle_error.__name__, _log_failed)
    try:
        try:
            yield
        finally:
            # What is still in the buffer would fail after the last line of Python.
            _flush()
    except BaseException as error:
        if isinstance(error, OSError):
            _drop_output()
        text = "" if _wants_traceback() else explained(error)
        if not text:
            raise
        error.__traceback__ = None  # its frames hold what took the memory
        raise SystemExit(f"error: {text} ({TRACEBACK}=1 shows where)") from None


def explained(error: BaseException) -> str:
    """Say in one line what a failure was and what helps; empty for what may be a fault of our own."""
    if isinstance(error, KeyboardInterrupt):
        return "stopped by Ctrl-C"
    if not isinstance(error, Exception):
        return ""
    if type(error).__name__ in _OWN:
        return _line(error)
    if is_of_memory(error):
        return f"there is not enough memory{_told(error)}; {_MEMORY_FIX}"
    if isinstance(error, RecursionError):
        return f"something is nested too deeply, likely a damaged file{_told(error)}"
    if isinstance(error, OSError):
        return _of_the_system(error)
    if isinstance(error, _DECODERS) or type(error).__name__ in _DECODERS_BY_NAME:
        return f"a file is damaged{_told(error)}; copy it again"
    if isinstance(error, UnicodeError):
        return f"a text is not in the expected encoding{_told(error)}; save it as UTF-8"
    if is_message_of_ours(error):
        return whole_message(error)
    return unbuilt_part(error) or _of_workers(error)


def told(error: Exception) -> str:
    """The message of an error that a verb caught; of a RuntimeError, :func:`explained` where that says more."""
    return (explained(error) if isinstance(error, RuntimeError) else "") or str(error)


def whole_message(error: BaseException) -> str:
    """All of a message in one line; of a loader's worker what stands behind its traceback."""
    text = str(error).strip()
    if text.startswith("Caught ") and "Traceback" in text:
        text = text.rpartition("\n  File ")[2].partition("\n")[2]
        lines = [line for line in text.splitlines() if not line.startswith(" ")]
        text = "\n".join(lines).partition(": ")[2]
    return " ".join(text.split())


def is_of_memory(error: Exception) -> bool:
    """Whether there was not enough memory; libraries say it in many ways."""
    if isinstance(error, MemoryError) or type(error).__name__ in _MEMORY_BY_NAME:
        return True
    if isinstance(error, OSError) and error.errno == errno.ENOMEM:
        return True
    foreign = isinstance(error, (RuntimeError, ImportError)) or type(error).__module__ == "cv2"
    return foreign and any(words in str(error).lower() for words in _NO_MEMORY)


def _wants_traceback() -> bool:
    return os.environ.get(TRACEBACK, "") not in ("", "0")


def _of_the_system(error: OSError, place: str = "") -> str:
    """What the system says, with the file and the fix; messages of our own name both."""
    names = [
        repr(os.fsdecode(name))
        for name in (error.filename, error.filename2)
        if isinstance(name, (str, bytes))
    ]
    names = names or [repr(place)] * bool(place)
    said = error.strerror or _line(error) or type(error).__name__
    if names:
        said = f"{' -> '.join(names)}: {said}"
    is_own = error.errno is None or error.strerror != os.strerror(error.errno)
    fix = "" if is_own else _FIXES.get(error.errno or 0, "")
    return f"{said}; {fix}" if fix else said


def _of_workers(error: Exception) -> str:
    """Of workers that were killed, by the system or for want of shared memory."""
    if not isinstance(error, RuntimeError):
        return ""
    text = str(error).lower()
    if any(words in text for words in _SHARED_MEMORY):
        return f"a worker has no shared memory left{_told(error)}; {_SHARED_FIX}"
    if _NO_WORKER in text or ("dataloader worker" in text and "killed by signal" in text):
        return f"a worker was killed{_told(error)}, perhaps for want of memory; {_MEMORY_FIX}"
    return ""


def _told(error: Exception) -> str:
    line = _line(error)
    kind = type(error).__name__
    return f" ({kind}: {line})" if line else f" ({kind})"


def _line(error: BaseException) -> str:
    """The message in one line; of a loader's worker the last one, behind its traceback."""
    lines = [line.strip() for line in str(error).strip().splitlines() if line.strip()]
    if not lines:
        return ""
    return lines[-1] if lines[0].startswith("Caught ") else lines[0]


_handle_error = logging.Handler.handleError
_told_logs: set[str] = set()


def _log_failed(handler: logging.Handler, record: logging.LogRecord) -> None:
    """Say once that a log cannot be written (a full disk), where Python prints a traceback for every line of it."""
    error = sys.exc_info()[1]
    if not isinstance(error, OSError) or _wants_traceback():
        _handle_error(handler, record)
        return
    name = getattr(handler, "baseFilename", "standard output")
    if name not in _told_logs and sys.stderr is not None:
        _told_logs.add(name)
        with suppress(OSError):
            print(
                f"note: the log cannot be written: {_of_the_system(error, name)}", file=sys.stderr
            )


def _flush() -> None:
    if sys.stdout is None:  # of a program without a console on Windows
        return
    try:
        sys.stdout.flush()
    except ValueError:  # closed
        pass
    except OSError as error:
        raise OSError(error.errno, error.strerror, "standard output") from None


def _drop_output() -> None:
    """What stdout still holds and cannot write goes nowhere, or Python would fail again at its end."""
    try:
        _flush()
    except OSError:
        with suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, sys.stdout.fileno())
            os.close(nowhere)
