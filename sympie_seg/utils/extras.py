"""Optional packages: what to say where one is absent."""

from __future__ import annotations

from importlib.util import find_spec

__all__ = ["MissingExtraError", "require_app", "require_mmpretrain"]


class MissingExtraError(RuntimeError):
    """An optional package is not installed; no ImportError, whose text mmengine's ``custom_imports`` drops."""


def require_mmpretrain(what: str = "classification") -> None:
    """Make sure that mmpretrain is there; nothing is imported.

    Args:
        what: what needs it, for the message.

    Raises:
        MissingExtraError: if it is not installed, with the command that installs it.
    """
    if find_spec("mmpretrain") is None:
        raise MissingExtraError(
            f'{what} needs mmpretrain, which is not installed: pip install "sympie-seg[cls]" (in a checkout: '
            "pip install -e '.[cls]')"
        )


def require_app() -> None:
    """Make sure that what ``sympie-seg app`` serves its page with is there; nothing is imported.

    Raises:
        MissingExtraError: if a package is not installed, with the command that installs it.
    """
    missing = [name for name in ("starlette", "uvicorn") if find_spec(name) is None]
    if missing:
        raise MissingExtraError(
            f"the app needs starlette and uvicorn; not installed: {', '.join(missing)}. Install them: "
            "pip install \"sympie-seg[app]\" (in a checkout: pip install -e '.[app]')"
        )
