"""What is printed never ends a run: not where the terminal or a file's encoding lacks a character."""

from __future__ import annotations

import sys

__all__ = ["print_anything"]


def print_anything() -> None:
    """Let stdout and stderr write escapes for characters that they cannot encode (cp1252, ASCII, bytes of names)."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(
            stream, "reconfigure", None
        )  # a stream of a notebook or a test may have none
        if reconfigure is not None and getattr(stream, "errors", None) in (
            "strict",
            "surrogateescape",
        ):
            reconfigure(errors="backslashreplace")
