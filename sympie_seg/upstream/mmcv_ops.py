"""A stand-in for ``mmcv._ext``, the compiled operators that mmcv-lite does not have.

mmseg and mmpretrain import ``mmcv.ops`` without a guard, and ``mmcv.ops`` asks ``mmcv._ext`` for every
operator while it is imported. The stand-in answers those questions; an operator that is really
called says which one it was and what to install.
"""

from __future__ import annotations

import importlib.util
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, NoReturn

__all__ = ["MissingOpError", "has_compiled_ops", "install_mmcv_ops_stand_in"]

EXTENSION = "mmcv._ext"


class MissingOpError(NotImplementedError):
    """A compiled mmcv operator was called where mmcv-lite is installed."""


class _MissingOps(ModuleType):
    """Has every operator by name; none of them can be called."""

    def __getattr__(self, name: str) -> Any:
        # Dunder names are questions of the import system, not operators.
        if name.startswith("__"):
            raise AttributeError(name)

        def missing(*args: Any, **kwargs: Any) -> NoReturn:
            raise MissingOpError(
                f"the compiled mmcv operator '{name}' was called, but mmcv-lite has no compiled "
                "operators. SyMPIE-Seg itself needs none; this model does. Install full mmcv for "
                "your torch and CUDA (pip uninstall mmcv-lite; mim install 'mmcv>=2.0.0,<2.2.0'), "
                "or choose a model without it."
            )

        missing.__name__ = name
        return missing


def has_compiled_ops() -> bool:
    """Whether a real ``mmcv._ext`` (full mmcv) is installed."""
    module = sys.modules.get(EXTENSION)
    if module is not None:
        return not isinstance(module, _MissingOps)
    return importlib.util.find_spec(EXTENSION) is not None


def install_mmcv_ops_stand_in() -> bool:
    """Put the stand-in where ``mmcv.ops`` looks for its operators, unless full mmcv is installed.

    Returns:
        Whether the stand-in is in place.
    """
    if has_compiled_ops():
        return False
    if EXTENSION not in sys.modules:
        stand_in = _MissingOps(EXTENSION, "Stand-in for missing compiled operators.")
        stand_in.__spec__ = ModuleSpec(EXTENSION, loader=None)  # mmengine looks for one
        sys.modules[EXTENSION] = stand_in
    return True
