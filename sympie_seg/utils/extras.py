"""Optional packages: what to say where one is absent."""

from __future__ import annotations

from importlib.util import find_spec

__all__ = ["MissingExtraError", "require_mmpretrain"]


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
