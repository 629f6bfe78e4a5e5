"""Dataclasses from JSON and back: every value is checked against its annotation, a wrong one is named by its place."""

from __future__ import annotations

import dataclasses
import functools
import math
import types
import typing
from collections.abc import Mapping
from typing import Any, TypeVar

__all__ = ["LATER", "from_json", "read_value", "to_json"]

T = TypeVar("T")

_NAMES = {float: "a number", int: "a whole number", str: "a text", bool: "true or false"}
_LONGEST = 60
#: Metadata of a field that older files do not have.
LATER = {"later": True}


def from_json(kind: type[T], value: Any, where: str = "") -> T:
    """Build a dataclass from what JSON holds.

    Fields are float, int, str, bool, dataclasses, ``X | None``, ``X | Y``, ``list[X]`` and ``dict[str, X]``.
    Absent keys take the field's default; unknown keys are left alone. A class may read and write itself, with
    ``read_json(value, place)`` (a classmethod) and ``write_json()``.

    Args:
        kind: the dataclass.
        value: as ``json.load`` gives it.
        where: where it stands, for messages, such as ``rows[2]``. Defaults to '': the whole.

    Raises:
        ValueError: names the wrong field, what was expected and what is there.
    """
    returned: T = read_value(kind, value, where)
    return returned


def to_json(value: Any) -> Any:
    """Give dataclasses as dicts in the order of their fields; the inverse of :func:`from_json`.

    A field with :data:`LATER` as its metadata is left out where it is None, so that a file from before there was such a
    field is written back as it was.
    """
    if hasattr(value, "write_json"):
        return value.write_json()
    if dataclasses.is_dataclass(value):
        fields = dataclasses.fields(value)
        values = {field: getattr(value, field.name) for field in fields}
        return {
            field.name: to_json(one)
            for field, one in values.items()
            if one is not None or LATER.items() - field.metadata.items()
        }
    if isinstance(value, Mapping):
        return {key: to_json(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_json(one) for one in value]
    return value


def read_value(kind: Any, value: Any, where: str) -> Any:
    """Check and build a value of any kind that :func:`from_json` knows.

    Raises:
        ValueError: as there.
    """
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        return _read_union(arguments, value, where)
    if origin is list:
        _check(isinstance(value, list), "a list", value, where)
        return [read_value(arguments[0], one, f"{where}[{at}]") for at, one in enumerate(value)]
    if origin is dict:
        _check(isinstance(value, dict), "an object", value, where)
        return {
            key: read_value(arguments[1], one, f"{where}[{key!r}]") for key, one in value.items()
        }
    if hasattr(kind, "read_json"):
        _check(isinstance(value, dict), "an object", value, where)
        return kind.read_json(value, where)
    if dataclasses.is_dataclass(kind):
        return _read_fields(kind, value, where)
    _check(_fits(kind, value), _NAMES[kind], value, where)
    return value


@functools.cache
def _hints(kind: Any) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _read_fields(kind: Any, value: Any, where: str) -> Any:
    _check(isinstance(value, dict), "an object", value, where)
    hints, values = _hints(kind), {}
    for field in dataclasses.fields(kind):
        own = f"{where}.{field.name}" if where else field.name
        if field.name in value:
            values[field.name] = read_value(hints[field.name], value[field.name], own)
        elif (field.default, field.default_factory) == (dataclasses.MISSING,) * 2:
            raise ValueError(f"there is no {own}")
    return kind(**values)


def _read_union(kinds: tuple[Any, ...], value: Any, where: str) -> Any:
    """Read by the kind that has the value's shape, so that a fault inside is named, not the whole."""
    if value is None and type(None) in kinds:
        return None
    some = [kind for kind in kinds if kind is not type(None)]
    fitting = [kind for kind in some if isinstance(value, _shape(kind))]
    return read_value((fitting or some)[0], value, where)


def _shape(kind: Any) -> Any:
    if kind in _NAMES:
        return (int, float) if kind is float else kind
    return list if typing.get_origin(kind) is list else dict


def _fits(kind: Any, value: Any) -> bool:
    if isinstance(value, bool) or kind is bool:
        return isinstance(value, bool) and kind is bool
    if kind is float:
        return isinstance(value, (int, float)) and math.isfinite(value)
    return isinstance(value, kind)


def _check(fits: bool, expected: str, value: Any, where: str) -> None:
    if not fits:
        shown = repr(value)
        shown = shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}..."
        raise ValueError(f"{where or 'the whole'}: expected {expected}, found {shown}")
