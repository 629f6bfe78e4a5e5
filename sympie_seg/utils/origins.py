"""Where an exception came from: a statement of ours that raises on purpose, or a part that a config describes.

A message that our code raises says what is wrong with the input. A part of a config that cannot be built has a wrong
name, option or value, which mmengine and PyTorch report with whatever exception they meet first. All else may be a
fault of ours. Importing this module needs the standard library only.
"""

from __future__ import annotations

import dis
import linecache
import os
import re
from collections.abc import Iterator
from types import FrameType, TracebackType
from typing import Any

from sympie_seg.utils.dotted_keys import dotted_items

__all__ = ["is_message_of_ours", "is_on_purpose", "unbuilt_part"]

_RAISE = dis.opmap["RAISE_VARARGS"]
_PACKAGE = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "")
_REGISTRY = os.path.join("mmengine", "registry", "build_functions.py")
_RUNNER = os.path.join("mmengine", "runner", "runner.py")
_OF_VALUES = (
    *(ValueError, TypeError, KeyError, IndexError, AttributeError),
    *(AssertionError, ImportError, NotImplementedError),
)
# The first line, then the traceback of the worker; where its last step is a `raise` statement.
_IN_A_WORKER = re.compile(
    r'Caught \w+ in .*\n  File "([^"]*)", line [^\n]*\n    raise (?!.*\n  File ")', re.S
)
_ADVICE = " Please check whether the value of"  # of mmengine's registry, and a link
_FIX = "check its names and values, in the config and in --cfg-options"


def is_message_of_ours(error: BaseException) -> bool:
    """Whether a ``raise`` of this package gave a ValueError or FloatingPointError, here or in a loader's worker."""
    has_words = isinstance(error, (ValueError, FloatingPointError)) and str(error).strip()
    return bool(has_words) and _place_of_raise(error).startswith(_PACKAGE)


def is_on_purpose(error: BaseException) -> bool:
    """Whether a ``raise`` statement gave an error, of any package; not an operation that failed."""
    return bool(_place_of_raise(error))


def _place_of_raise(error: BaseException) -> str:
    """The file of the ``raise`` statement that gave an error; empty for an operation that failed."""
    if str(error).startswith("Caught "):
        found = _IN_A_WORKER.match(str(error))
        return found[1] if found else ""
    last = next(reversed(list(_steps(error.__traceback__))), None)
    return last.tb_frame.f_code.co_filename if last is not None and _raises(last) else ""


def unbuilt_part(error: BaseException) -> str:
    """Say which part of a config could not be built, why, and what to look at.

    Empty for what came from elsewhere, and for what a statement of ours met that raises nothing on purpose.
    """
    if not isinstance(error, _OF_VALUES):
        return ""
    steps = list(_steps(error.__traceback__))
    builders = [number for number, step in enumerate(steps) if _builds(step.tb_frame)]
    if not builders or (_is_ours(steps[-1].tb_frame) and not _raises_or_binds(steps[-1], error)):
        return ""
    part = _part(steps[builders[-1]].tb_frame, _config(steps))
    return f"{part} cannot be built: {_reason(error, steps[-1])}; {_FIX}"


def _steps(traceback: TracebackType | None) -> Iterator[TracebackType]:
    while traceback is not None:
        yield traceback
        traceback = traceback.tb_next


def _is_ours(frame: FrameType) -> bool:
    return frame.f_code.co_filename.startswith(_PACKAGE)


def _raises(step: TracebackType) -> bool:
    """Whether a ``raise`` statement ended the frame, not an operation that failed."""
    return step.tb_frame.f_code.co_code[step.tb_lasti] == _RAISE


def _raises_or_binds(step: TracebackType, error: BaseException) -> bool:
    """Whether it was raised on purpose, or a class has no such argument."""
    return _raises(step) or (isinstance(error, TypeError) and "__init__() got an un" in str(error))


def _builds(frame: FrameType) -> bool:
    """Whether the frame makes an object of a config: mmengine's registries, and its runner."""
    name, file = frame.f_code.co_name, frame.f_code.co_filename
    return file.endswith(_REGISTRY) or (file.endswith(_RUNNER) and name.startswith("build_"))


def _config(steps: list[TracebackType]) -> Any:
    """The whole config; the first function that has one holds it."""
    configs = (step.tb_frame.f_locals.get("cfg") for step in steps)
    return next((cfg for cfg in configs if type(cfg).__name__ == "Config"), {})


def _part(frame: FrameType, config: Any) -> str:
    """The place and the type of what a frame was building."""
    values = frame.f_locals
    part = next((values[name] for name in ("cfg", "dataloader") if name in values), None)
    if part is None or not hasattr(part, "get") or type(part).__name__ == "Config":
        return "the config"
    kind = part.get("type")
    kind = getattr(kind, "__name__", kind)
    # A Config is no dict itself.
    parts = [(key, one) for key, one in dotted_items(dict(config.items())) if isinstance(one, dict)]
    same = [dotted for dotted, found in parts if found == part and len(part)]
    alike = [dotted for dotted, found in parts if kind and found.get("type") == kind]
    dotted = same[0] if same else alike[0] if len(alike) == 1 else ""
    shown = f" ({kind})" if kind and dotted else f"'{kind}'" if kind else ""
    return f"{dotted}{shown}" or "the config"


def _reason(error: BaseException, last: TracebackType) -> str:
    """What the error says in one line; of an assertion without words, what was asserted."""
    said = " ".join(str(error.args[0] if error.args else "").split()).partition(_ADVICE)[0]
    if not said:
        said = linecache.getline(last.tb_frame.f_code.co_filename, last.tb_lineno).strip()
    return f"{type(error).__name__}: {said}".rstrip(".")
