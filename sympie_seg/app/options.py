"""What is asked for when the page is served."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Options"]


@dataclass(frozen=True)
class Options:
    """What the page offers, where it is served, and how much it takes.

    Attributes:
        config: test config of a network that segments; None for no predictions.
        checkpoint: its weights; None for the config's.
        enhancer: enhancer files or short names to offer beside the defaults.
        host: address to listen on.
        port: 0 takes a free one.
        open: open the page in the browser.
        max_megabytes: of an uploaded file, in MiB.
        max_megapixels: of an uploaded picture.

    Raises:
        ValueError: if an option cannot be used; the message names it as the command line does.
    """

    config: str | None = None
    checkpoint: str | None = None
    enhancer: Sequence[str] | None = None
    host: str = "127.0.0.1"
    port: int = 7860
    open: bool = False
    max_megabytes: float = 32
    max_megapixels: float = 24

    def __post_init__(self) -> None:
        """Check what needs nothing to be loaded."""
        if not 0 <= self.port <= 65535:
            raise ValueError(f"--port must lie in [0, 65535], got {self.port}; 0 takes a free one")
        for name in ("max_megabytes", "max_megapixels"):
            if not 0 < getattr(self, name) <= 1024:
                shown = name.replace("_", "-")
                raise ValueError(f"--{shown} must lie in (0, 1024], got {getattr(self, name):g}")
