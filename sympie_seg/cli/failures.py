"""The last place that catches: what no verb expected ends in one line (:mod:`sympie_seg.utils.failures`).

Verbs refuse bad input themselves, with the name of the file or option. Whatever may be a fault of our own keeps its
traceback, so that it can be reported (:mod:`sympie_seg.utils.origins`). Importing this module needs the standard
library only.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sympie_seg.utils.failures import explained, of_the_system

__all__ = ["TRACEBACK", "one_line"]

TRACEBACK = "SYMPIE_SEG_TRACEBACK"
"""Environment variable: where it is set (and not 0), failures keep their traceback."""


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


def _wants_traceback() -> bool:
    return os.environ.get(TRACEBACK, "") not in ("", "0")


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
            print(f"note: the log cannot be written: {of_the_system(error, name)}", file=sys.stderr)


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
