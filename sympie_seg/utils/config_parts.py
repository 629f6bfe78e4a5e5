"""Which part of a config could not be built, or failed at its work.

A part that cannot be built has a wrong name, option or value, which mmengine and PyTorch report with whatever
exception they meet first. Many values are used only later: by the first image, or after the last. Importing this
module needs the standard library only.
"""

from __future__ import annotations

import ast
import linecache
import os
from collections.abc import Iterator
from types import FrameType, TracebackType
from typing import Any

from sympie_seg.utils.dotted_keys import dotted_items
from sympie_seg.utils.missing_packages import missing_package
from sympie_seg.utils.origins import (
    is_of_ours,
    is_raised_in,
    steps_of,
    worker_message,
    worker_steps,
)

__all__ = ["failed_part", "unbuilt_part"]

_REGISTRY = os.path.join("mmengine", "registry", "build_functions.py")
_RUNNER = os.path.join("mmengine", "runner", "runner.py")
_OF_VALUES = (
    *(ValueError, TypeError, KeyError, IndexError, AttributeError),
    *(AssertionError, ImportError, NotImplementedError),
)
_ADVICE = " Please check whether the value of"  # of mmengine's registry, and a link
_FIX = "check its names and values, in the config and in --cfg-options"


def unbuilt_part(error: BaseException) -> str:
    """Say which part of a config could not be built, why, and what to look at.

    Empty for what came from elsewhere, and for what a statement of ours met that raises nothing on purpose.
    """
    if not isinstance(error, _OF_VALUES):
        return ""
    steps = list(steps_of(error.__traceback__))
    builders = [number for number, step in enumerate(steps) if _builds(step.tb_frame)]
    if not builders or (_is_ours(steps[-1].tb_frame) and not _raises_or_binds(steps[-1], error)):
        return ""
    described = _in_building(steps[builders[-1]].tb_frame)
    part = _part(described, _config(steps))
    if missing := missing_package(_name(described.get("type"))):
        return f"{part} cannot be built: it needs {missing}"
    return f"{part} cannot be built: {_reason(error, steps[-1])}; {_FIX}"


def failed_part(error: BaseException) -> str:
    """Say which part of a config failed at its work, in a statement of another package, here or in a loader's worker.

    A value of the config is likely wrong that the part used only now; or its input does not fit. Empty where a
    statement of ours failed or called what did, or where no config was read: it may be a fault of ours.
    """
    steps = list(steps_of(error.__traceback__))
    config = _config(steps)
    keys_by_type = _keys_by_type(config)
    kinds = _at_work(error, steps) if keys_by_type else iter(())
    kind = next((kind for kind in kinds if kind in keys_by_type), "")
    if not kind:
        return ""
    # What is a variable of the config and nothing else comes last.
    first, *more = sorted(
        keys_by_type[kind], key=lambda key: key.partition(".")[0].endswith("_pipeline")
    )
    several = f", and {len(more)} more of its kind" if more else ""
    reason = _reason(error, steps[-1])
    return f"{first} ({kind}{several}) failed: {reason}; check its values, in the config and in --cfg-options"


def _at_work(error: BaseException, steps: list[TracebackType]) -> Iterator[str]:
    """The classes of the objects whose methods ran, the innermost first, up to the first statement of ours."""
    kinds = [_in_worker(file, line) for file, line, _ in worker_steps(error)]
    for kind in reversed(kinds or [_here(step.tb_frame) for step in steps]):
        if kind is None:
            return
        yield kind


def _here(frame: FrameType) -> str | None:
    """The class of the object whose method a frame runs, empty for a function; None for a statement of ours."""
    if _is_ours(frame):
        return None
    if frame.f_code.co_varnames[:1] not in (("self",), ("cls",)):
        return ""
    one = frame.f_locals.get(frame.f_code.co_varnames[0])
    return one.__name__ if isinstance(one, type) else type(one).__name__


def _in_worker(file: str, line: int) -> str | None:
    """The same of a step that is known by its text only: the class is the one that the line stands in."""
    if is_of_ours(file):
        return None
    try:
        tree = ast.parse("".join(linecache.getlines(file)))
    except (SyntaxError, ValueError):  # no source, or none of Python
        return ""
    classes = (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef))
    return next((x.name for x in classes if x.lineno <= line <= (x.end_lineno or 0)), "")


def _is_ours(frame: FrameType) -> bool:
    return is_of_ours(frame.f_code.co_filename)


def _raises_or_binds(step: TracebackType, error: BaseException) -> bool:
    """Whether it was raised on purpose, or a class has no such argument."""
    binds = isinstance(error, TypeError) and "__init__() got an un" in str(error)
    return is_raised_in(step) or binds


def _builds(frame: FrameType) -> bool:
    """Whether the frame makes an object of a config: mmengine's registries, and its runner."""
    name, file = frame.f_code.co_name, frame.f_code.co_filename
    return file.endswith(_REGISTRY) or (file.endswith(_RUNNER) and name.startswith("build_"))


def _config(steps: list[TracebackType]) -> Any:
    """The whole config; the first function that has one holds it."""
    configs = (step.tb_frame.f_locals.get("cfg") for step in steps)
    return next((cfg for cfg in configs if type(cfg).__name__ == "Config"), {})


def _described(config: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """The dicts in a config by their dotted keys."""
    # A Config is no dict itself.
    for key, one in dotted_items(dict(config.items())):
        if isinstance(one, dict):
            yield key, one


def _keys_by_type(config: Any) -> dict[str, list[str]]:
    """The keys at which a config names each type."""
    keys: dict[str, list[str]] = {}
    for key, one in _described(config):
        if kind := _name(one.get("type")):
            keys.setdefault(kind.rpartition(".")[2], []).append(key)
    return keys


def _name(kind: Any) -> str:
    return str(getattr(kind, "__name__", kind) or "")


def _in_building(frame: FrameType) -> Any:
    """The dict of what a frame was building; an empty one where that is the config, or not known."""
    values = frame.f_locals
    part = next((values[name] for name in ("cfg", "dataloader") if name in values), None)
    return part if hasattr(part, "get") and type(part).__name__ != "Config" else {}


def _part(part: Any, config: Any) -> str:
    """The place and the type of a part."""
    kind = _name(part.get("type"))
    parts = list(_described(config))
    same = [dotted for dotted, one in parts if one == part and len(part)]
    alike = [dotted for dotted, one in parts if kind and _name(one.get("type")) == kind]
    dotted = same[0] if same else alike[0] if len(alike) == 1 else ""
    shown = f" ({kind})" if kind and dotted else f"'{kind}'" if kind else ""
    return f"{dotted}{shown}" or "the config"


def _reason(error: BaseException, last: TracebackType) -> str:
    """What the error says in one line; of an assertion without words, what was asserted; of a worker, what that met."""
    inner = worker_steps(error)
    if inner:
        kind, _, message = worker_message(error).partition(": ")
        statement = inner[-1][2]
    else:
        kind = type(error).__name__
        message = " ".join(str(error.args[0] if error.args else "").split()).partition(_ADVICE)[0]
        statement = linecache.getline(last.tb_frame.f_code.co_filename, last.tb_lineno).strip()
    return f"{kind}: {message or statement}".rstrip(".")
