"""Verbs of ``sympie-seg`` in processes of their own, as a user would run them."""

from __future__ import annotations

import subprocess
import sys

import sympie_seg_cli
from sympie_seg.utils.phases import PhaseError

__all__ = ["run_verb", "verb_command"]


def verb_command(*words: object) -> list[str]:
    """Give the command line of a verb."""
    return [sys.executable, sympie_seg_cli.__file__, *map(str, words)]


def run_verb(*words: object) -> None:
    """Run a verb.

    Raises:
        PhaseError: if it fails; it has said why.
    """
    print("$ sympie-seg", *words, flush=True)
    if subprocess.run(verb_command(*words), check=False).returncode:
        raise PhaseError(f"sympie-seg {words[0]} failed")
