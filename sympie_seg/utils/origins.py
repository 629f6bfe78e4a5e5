"""Where an exception came from: a statement of ours that raises on purpose, of another package, or an operation.

A message that our code raises says what is wrong with the input; an operation that failed may be a fault of ours. What
a config describes is told apart in :mod:`sympie_seg.utils.config_parts`. Importing this module needs the standard
library only.
"""

from __future__ import annotations

import dis
import os
import re
from collections.abc import Iterator
from types import TracebackType

__all__ = [
    "is_message_of_ours",
    "is_of_ours",
    "is_on_purpose",
    "is_raised_in",
    "steps_of",
    "worker_message",
    "worker_steps",
]

_RAISE = dis.opmap["RAISE_VARARGS"]
_PACKAGE = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "")
_STEP = re.compile(r'^  File "([^"]*)", line (\d+), in .*\n(?:    (.*)\n)?', re.M)


def is_message_of_ours(error: BaseException) -> bool:
    """Whether a ``raise`` of this package gave a ValueError or FloatingPointError, here or in a loader's worker."""
    has_words = isinstance(error, (ValueError, FloatingPointError)) and str(error).strip()
    return bool(has_words) and is_of_ours(_place_of_raise(error))


def is_on_purpose(error: BaseException) -> bool:
    """Whether a ``raise`` statement gave an error, of any package; not an operation that failed."""
    return bool(_place_of_raise(error))


def is_of_ours(file: str) -> bool:
    """Whether a file is one of this package."""
    return file.startswith(_PACKAGE)


def is_raised_in(step: TracebackType) -> bool:
    """Whether a ``raise`` statement (or ``assert``) ended the frame, not an operation that failed."""
    return step.tb_frame.f_code.co_code[step.tb_lasti] == _RAISE


def steps_of(traceback: TracebackType | None) -> Iterator[TracebackType]:
    """The steps of a traceback, the outermost first."""
    while traceback is not None:
        yield traceback
        traceback = traceback.tb_next


def worker_steps(error: BaseException) -> list[tuple[str, int, str]]:
    """File, line and statement of each step in the worker of a loader, the outermost first; none of other errors."""
    text = str(error)
    if not text.startswith("Caught "):
        return []
    # Behind the last head: what a worker raised in place of another error comes last.
    text = text.rpartition("Traceback (most recent call last):\n")[2]
    return [(file, int(line), statement) for file, line, statement in _STEP.findall(text)]


def worker_message(error: BaseException) -> str:
    """What the worker of a loader raised, type and message in one line; empty for other errors."""
    text = str(error)
    if not (text.startswith("Caught ") and "Traceback" in text):
        return ""
    text = text.rpartition("\n  File ")[2].partition("\n")[2]
    return " ".join(" ".join(x for x in text.splitlines() if not x.startswith(" ")).split())


def _place_of_raise(error: BaseException) -> str:
    """The file of the ``raise`` statement that gave an error; empty for an operation that failed."""
    if str(error).startswith("Caught "):
        file, _, statement = (worker_steps(error) or [("", 0, "")])[-1]
        return file if statement.startswith("raise ") else ""
    last = next(reversed(list(steps_of(error.__traceback__))), None)
    return last.tb_frame.f_code.co_filename if last is not None and is_raised_in(last) else ""
