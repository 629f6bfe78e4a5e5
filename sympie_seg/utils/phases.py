"""Long commands one after the other: a bar for each, everything they print in one log file."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from sympie_seg.utils.progress import progress_bar

__all__ = ["Phase", "PhaseError", "announce", "minutes", "run_phase"]

_TAIL = 15  # lines of the log in the error message
_READ = 65536
# What the tools print while they work: the lines of mmengine's logger, and its progress bar.
_STEP = re.compile(rb"Iter\(train\) +\[ *(\d+)/\d+\]|(?<![\d/])(\d+)/\d+, +(?:elapsed|[\d.]+ task)")
_LONGEST = 80  # bytes of such a text that a read may have cut in two


class PhaseError(RuntimeError):
    """A command of a phase failed; the message holds the end of its log."""


@dataclass(frozen=True)
class Phase:
    """One long command.

    Attributes:
        title: what it does, for people.
        command: the words of the command line.
        steps: how many steps it counts in all.
        seconds: how long it takes on two idle cores.
        is_done: its result is there already, so that it is left out.
    """

    title: str
    command: Sequence[str]
    steps: int
    seconds: float
    is_done: bool = False


def minutes(seconds: float) -> str:
    """Write a time for people.

    >>> minutes(25), minutes(150)
    ('25 s', '2.5 min')
    """
    return f"{seconds:.0f} s" if seconds < 60 else f"{seconds / 60:.1f} min"


def announce(phases: Sequence[Phase], log: Path) -> str:
    """Say what will be done, how long it takes, and where the log is."""
    lines = []
    for number, phase in enumerate(phases, 1):
        length = "done before" if phase.is_done else f"about {minutes(phase.seconds)}"
        lines.append(f"  {number}. {phase.title}: {length}")
    left = sum(phase.seconds for phase in phases if not phase.is_done)
    total = f"About {minutes(left)} on two idle cores. Everything the steps print is in {log}"
    return "\n".join([*lines, total])


def run_phase(phase: Phase, log: Path, folder: Path) -> float:
    """Run a command under a bar; what it prints is appended to the log.

    Args:
        phase: what to run; nothing is run if it is done.
        log: the file.
        folder: where the command runs.

    Returns:
        The seconds that it took.

    Raises:
        PhaseError: if the command fails; the message ends with the last lines of the log.
    """
    if phase.is_done:
        return 0.0
    start = time.monotonic()
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab", buffering=0) as file:
        file.write(f"\n$ {' '.join(phase.command)}\n".encode())
        status = _run(phase, file, folder)
    if status:
        raise PhaseError(
            f"'{phase.title}' failed (status {status}). The end of {log}:\n\n{_end_of(log)}"
        )
    return time.monotonic() - start


def _run(phase: Phase, file: BinaryIO, folder: Path) -> int:
    with (
        _process(phase.command, folder) as process,
        progress_bar(phase.title, phase.steps) as advance,
    ):
        counter, shown = _Counter(), 0
        assert process.stdout is not None
        while piece := os.read(process.stdout.fileno(), _READ):
            file.write(piece)
            while shown < min(counter.read(piece), phase.steps):
                advance()
                shown += 1
        status = process.wait()
        while status == 0 and shown < phase.steps:
            advance()
            shown += 1
    return status


@contextmanager
def _process(command: Sequence[str], folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Start a command and wait for it, also after Ctrl-C, which it gets from the terminal as we do."""
    process = subprocess.Popen(
        list(command), cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        yield process
    except Exception:
        process.terminate()
        raise
    finally:
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


class _Counter:
    """Count the steps in what a command prints; it may count up several times, one after the other."""

    def __init__(self) -> None:
        self._before, self._now, self._remaining = 0, 0, b""

    def read(self, piece: bytes) -> int:
        """Take the next piece of the output; give the steps so far."""
        text = self._remaining + piece
        end = 0
        for match in _STEP.finditer(text):
            done = int(match[1] or match[2])
            if done < self._now:
                self._before += self._now
            self._now, end = done, match.end()
        self._remaining = text[max(end, len(text) - _LONGEST) :]
        return self._before + self._now


def _end_of(log: Path) -> str:
    lines = re.split(r"[\r\n]+", log.read_text(encoding="utf-8", errors="replace").strip())
    return "\n".join(lines[-_TAIL:])
