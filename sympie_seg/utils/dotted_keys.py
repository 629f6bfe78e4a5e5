"""Nested dicts and lists under the keys that ``--cfg-options`` uses; the standard library only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

__all__ = ["dotted_items"]


def dotted_items(content: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """Give everything in a nest of dicts, lists and tuples, each thing before what it holds.

    >>> list(dotted_items({"a": {"b": [1]}}))
    [('a', {'b': [1]}), ('a.b', [1]), ('a.b.0', 1)]
    """
    held: Iterable[tuple[Any, Any]] = ()
    if isinstance(content, dict):
        held = content.items()
    elif isinstance(content, (list, tuple)):
        held = enumerate(content)
    for name, value in held:
        own = f"{key}.{name}" if key else str(name)
        yield own, value
        yield from dotted_items(value, own)
