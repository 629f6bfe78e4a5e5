"""SyMPIE-Seg: a small trainable enhancer in front of a frozen segmentation network.

Importing the package applies the repairs of ``sympie_seg.upstream`` and registers every dataset, transform,
model, hook and metric with mmengine and mmseg; a config needs ``custom_imports = dict(imports=['sympie_seg'])``.

Where mmseg, mmengine or mmcv is missing or broken, :func:`enhance` and :mod:`sympie_seg.enhancer` work all the same,
and the other parts raise an error that names the cause when they are used.
"""

from __future__ import annotations

import importlib
import sys
import warnings
from typing import Any

from sympie_seg import moved
from sympie_seg.api import enhance
from sympie_seg.enhanced_network import EnhancedNetwork
from sympie_seg.version import __version__

__all__ = [
    "EnhancedNetwork",
    "__version__",
    "comparison",
    "datasets",
    "engine",
    "enhance",
    "metrics",
    "models",
    "plug",
    "submission",
]

moved.install()

_OPENMMLAB = ("mmengine", "mmcv", "mmseg")
_OPENMMLAB_PARTS = ("comparison", "datasets", "engine", "metrics", "models", "plug", "submission")


def _register() -> None:
    """Repair upstream, then import whatever has something to register."""
    from sympie_seg.upstream import apply_repairs

    apply_repairs()  # before anything imports mmseg or albumentations

    from sympie_seg import comparison, datasets, engine, metrics, models, plugging, submission  # noqa: F401


def _register_if_possible() -> Exception | None:
    """Return the error of :func:`_register` unless it has to be raised at once.

    A process that reads a config has loaded mmengine, and gets the error at once: without its classes a config cannot
    be used.
    """
    is_wanted = "mmengine" in sys.modules
    try:
        _register()
    except Exception as error:  # a broken installation raises whatever it likes
        if is_wanted:
            raise
        if not (isinstance(error, ModuleNotFoundError) and error.name in _OPENMMLAB):
            warnings.warn(
                f"the mmseg side of sympie_seg is off, {type(error).__name__}: {error} (sympie_seg.enhance works; "
                "`sympie-seg doctor` knows more)",
                stacklevel=3,
            )
        return error
    return None


_why_not = _register_if_possible()


def __getattr__(name: str) -> Any:
    """Import what is seldom needed; say why a part is not there."""
    if name in _OPENMMLAB_PARTS and _why_not is not None:
        raise ImportError(
            f"sympie_seg.{name} needs mmseg, mmengine and mmcv, of which something is missing or broken: "
            f"{type(_why_not).__name__}: {_why_not}. `sympie-seg doctor` names the command that fixes it"
        ) from _why_not
    if name == "plug":
        from sympie_seg.plugging import plug

        return plug
    if f"{__name__}.{name}" in moved.KEPT:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
