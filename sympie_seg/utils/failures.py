"""What the system, or a decoder that nobody asked about a name, raises: said in one line, with the fix.

A lack of memory, disk, files or processes, damaged data, Ctrl-C, a reader of the output that has gone, a config whose
parts cannot be built, and the messages of our own code (``raise ValueError``). Whatever may be a fault of our own (a
TypeError, KeyError or ValueError that an operation met, ...) is not explained. Importing this module needs the
standard library only.
"""

from __future__ import annotations

import errno
import os
import pickle
import struct
import zipfile
import zlib

from sympie_seg.utils.config_parts import failed_part, unbuilt_part
from sympie_seg.utils.escaping import printable
from sympie_seg.utils.origins import is_message_of_ours, worker_message

__all__ = ["explained", "is_of_memory", "of_the_system", "told", "whole_message"]

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
_SHOWN = 150  # characters of a line before and behind what is wrong in it
_MEMORY_FIX = "close other programs, raise the limit (ulimit -v), or take smaller pictures, batches or fewer workers"
_SHARED_FIX = (
    "set num_workers=0 in the data loaders, or enlarge /dev/shm (docker run --shm-size=2g)"
)


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
        return of_the_system(error)
    if isinstance(error, _DECODERS) or type(error).__name__ in _DECODERS_BY_NAME:
        return f"a file is damaged{_told(error)}; copy it again"
    if name := _name_in_no_encoding(error):
        return f"a name that is not UTF-8 cannot be used here: '{name}'; rename the file or folder"
    if isinstance(error, UnicodeError):
        return f"a text is not in the expected encoding{_told(error)}; save it as UTF-8"
    if is_message_of_ours(error):
        return whole_message(error)
    return unbuilt_part(error) or _of_workers(error) or failed_part(error)


def told(error: Exception) -> str:
    """The message of an error that a verb caught; :func:`explained` where libraries name neither file nor fix."""
    says_little = isinstance(error, (RuntimeError, UnicodeEncodeError))
    return (explained(error) if says_little else "") or str(error)


def whole_message(error: BaseException) -> str:
    """All of a message in one line; of a loader's worker what stands behind its traceback."""
    inner = worker_message(error)
    return inner.partition(": ")[2] if inner else " ".join(str(error).split())


def is_of_memory(error: Exception) -> bool:
    """Whether there was not enough memory; libraries say it in many ways."""
    if isinstance(error, MemoryError) or type(error).__name__ in _MEMORY_BY_NAME:
        return True
    if isinstance(error, OSError) and error.errno == errno.ENOMEM:
        return True
    foreign = isinstance(error, (RuntimeError, ImportError)) or type(error).__module__ == "cv2"
    return foreign and any(words in str(error).lower() for words in _NO_MEMORY)


def of_the_system(error: OSError, default: str = "") -> str:
    """What the system says, with the file and the fix; messages of our own name both."""
    names = [
        repr(os.fsdecode(name))
        for name in (error.filename, error.filename2)
        if isinstance(name, (str, bytes))
    ]
    names = names or [repr(default)] * bool(default)
    message = error.strerror or _line(error) or type(error).__name__
    if names:
        message = f"{' -> '.join(names)}: {message}"
    is_own = error.errno is None or error.strerror != os.strerror(error.errno)
    fix = "" if is_own else _FIXES.get(error.errno or 0, "")
    return f"{message}; {fix}" if fix else message


def _name_in_no_encoding(error: Exception) -> str:
    """The line around the half of a character by which Python stands for a byte of such a name."""
    if not isinstance(error, UnicodeEncodeError):
        return ""
    text, start = error.object, error.start
    if not "\udc80" <= text[start : start + 1] <= "\udcff":
        return ""
    first, last = text.rfind("\n", 0, start) + 1, text.find("\n", start)
    return printable(text[max(first, start - _SHOWN) : last if last >= 0 else None][: 2 * _SHOWN])


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
