"""Show on a page what enhancers do to pictures of one's own, or of the camera (docs/app.md).

    sympie-seg app [CONFIG CHECKPOINT] [--enhancer enhancer.pth]

With CONFIG and CHECKPOINT the page also shows what a frozen network makes of each picture, before and after.
"""

from __future__ import annotations

import argparse

from sympie_seg.app.options import Options
from sympie_seg.utils.extras import MissingExtraError, require_app
from sympie_seg.utils.failures import told

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options."""
    add = parser.add_argument
    add("config", nargs="?", metavar="CONFIG", help="test config of a network that segments")
    add("checkpoint", nargs="?", metavar="CHECKPOINT", help="its weights (default: the config's)")
    add(
        "--enhancer", nargs="+", metavar="FILE",
        help="enhancer files or short names to show beside general, cityscapes, clahe and gamma",
    )  # fmt: skip
    add("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
    add("--port", type=int, default=7860, help="0 takes a free one (default: 7860)")
    add("--open", action="store_true", help="open the page in the browser")
    add("--max-megabytes", type=float, default=32, help="of an uploaded file (default: 32)")
    add("--max-megapixels", type=float, default=24, help="of an uploaded picture (default: 24)")


def run(args: argparse.Namespace) -> int:
    """Load what the options name and serve the page until Ctrl-C.

    Returns:
        0.

    Raises:
        SystemExit: with a message, if something is missing, does not fit, or the port is taken.
    """
    try:
        require_app()
        options = Options(**{name: getattr(args, name) for name in Options.__dataclass_fields__})
        from sympie_seg.app.run import run_app  # imports torch, OpenCV and the extra

        run_app(options)
    except (MissingExtraError, OSError, ValueError, ImportError) as error:
        raise SystemExit(f"error: {told(error)}") from None
    except KeyboardInterrupt:
        raise SystemExit("stopped") from None
    print("stopped")
    return 0
