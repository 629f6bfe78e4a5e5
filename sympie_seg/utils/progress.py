"""A progress bar with what is installed: rich comes with mmengine, but not with PyTorch alone."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["Share", "progress_bar"]

Advance = Callable[[], None]


@contextmanager
def progress_bar(title: str, total: int) -> Iterator[Advance]:
    """Show a bar on stderr; call what is given once for every step.

    Args:
        title: stands before the bar.
        total: number of steps.
    """
    try:
        from rich.console import Console
        from rich.progress import Progress
    except ImportError:
        yield _plain(title, total)
        return
    with Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task(title, total=total)
        yield lambda: bar.advance(task)


def _plain(title: str, total: int) -> Advance:
    """Print a line for every tenth."""
    done = 0

    def advance() -> None:
        nonlocal done
        done += 1
        if done * 10 // max(total, 1) > (done - 1) * 10 // max(total, 1):
            print(f"{title}: {done} of {total}", file=sys.stderr, flush=True)

    return advance


class Share:
    """One file's steps on the bar; however many it takes, they end where the next file's begin.

    Args:
        steps: how many it has.
        advance: of the bar.
    """

    def __init__(self, steps: int, advance: Callable[[], None]) -> None:
        self._left, self._advance = steps, advance

    def advance(self) -> None:
        """Show one more step, unless all are shown."""
        if self._left > 0:
            self._left -= 1
            self._advance()

    def finish(self) -> None:
        """Show the steps that are left."""
        while self._left > 0:
            self.advance()
