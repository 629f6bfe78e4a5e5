"""Options that do not fit together."""

from __future__ import annotations

__all__ = ["UsageError"]


class UsageError(Exception):
    """Options that do not fit together; the command line prints the message below its usage, with exit status 2."""
