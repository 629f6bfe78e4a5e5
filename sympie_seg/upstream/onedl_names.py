"""Let ``mmseg::...`` and ``mmpretrain::...`` bases work on the maintained forks (onedl-*).

onedl-mmengine still asks for the distribution ``mmsegmentation`` when it looks up ``mmseg::...``, but the fork
is called ``onedl-mmsegmentation``. Asked for ``mmseg``, mmengine finds the installed package itself.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

from mmengine.config.utils import MODULE2PACKAGE

__all__ = ["name_onedl_forks"]


def name_onedl_forks() -> list[str]:
    """Correct mmengine's table of distributions where only a fork is installed; safe to call more than once.

    Returns:
        The modules whose entry was corrected.
    """
    forked = [
        module
        for module, distribution in MODULE2PACKAGE.items()
        if not _is_installed(distribution) and _is_installed(f"onedl-{distribution}")
    ]
    # A module of the same name as its stock distribution (mmpretrain) is found as it is.
    corrected = [m for m in forked if MODULE2PACKAGE[m] != m and find_spec(m) is not None]
    MODULE2PACKAGE.update({module: module for module in corrected})
    return corrected


def _is_installed(distribution: str) -> bool:
    try:
        version(distribution)
    except PackageNotFoundError:
        return False
    return True
