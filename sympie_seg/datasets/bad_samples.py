"""A sample that must not be used: said by name, and in training skipped if the user wants that."""

from __future__ import annotations

__all__ = ["BAD_SAMPLE_CHOICES", "BadSampleError", "check_choice"]

BAD_SAMPLE_CHOICES = ("raise", "skip")


class BadSampleError(ValueError):
    """An image or a label is unreadable, cut off, of the wrong size, or holds values that are no classes."""


def check_choice(bad_sample: str) -> str:
    """Return the option if it is one.

    Raises:
        ValueError: if it is none.
    """
    if bad_sample not in BAD_SAMPLE_CHOICES:
        raise ValueError(
            f"expected bad_sample as one of {', '.join(BAD_SAMPLE_CHOICES)}, got {bad_sample!r}"
        )
    return bad_sample
