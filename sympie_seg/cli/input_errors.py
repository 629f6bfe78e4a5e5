"""One line for what is wrong with a file or an option; the standard library only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sympie_seg.utils.failures import told

__all__ = ["input_errors"]


@contextmanager
def input_errors(option: str = "") -> Iterator[None]:
    """For what reads or checks input: end what it raises for a bad file or option in its one line.

    Args:
        option: named before the message, such as '--image'.

    Raises:
        SystemExit: with that line.
    """
    try:
        yield
    except (ValueError, OSError, ImportError) as error:
        named = f"{option}: " if option else ""
        raise SystemExit(f"error: {named}{told(error)}") from None
