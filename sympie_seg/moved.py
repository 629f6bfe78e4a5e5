"""Modules under their old names: still importable for one release, with a warning that names the new one."""

from __future__ import annotations

import importlib
import sys
import warnings
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

__all__ = ["MOVED", "install"]

# A name that ends in a dot stands for all modules below it.
MOVED = {
    "sympie_seg.enhancer.fast": "sympie_seg.fast.as_before",
    "sympie_seg.enhancer.fast.": "sympie_seg.fast.",
}


def install() -> None:
    """Let Python find the old names; once is enough."""
    if not any(isinstance(finder, _MovedFinder) for finder in sys.meta_path):
        sys.meta_path.append(_MovedFinder())


class _MovedFinder(MetaPathFinder):
    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        new = _new_name(fullname)
        return None if new is None else ModuleSpec(fullname, _MovedLoader(new))


class _MovedLoader(Loader):
    def __init__(self, name: str) -> None:
        self.name = name

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        shown = "sympie_seg.fast" if self.name.endswith(".as_before") else self.name
        warnings.warn(
            f"{spec.name} is now {shown}; the old name goes with the next release",
            DeprecationWarning,
            stacklevel=2,
        )
        module = importlib.import_module(self.name)
        self._spec = module.__spec__  # Python's import system puts the old name's in its place
        return module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = self._spec


def _new_name(old: str) -> str | None:
    if old in MOVED:
        return MOVED[old]
    for start, new in MOVED.items():
        if start.endswith(".") and old.startswith(start):
            return new + old.removeprefix(start)
    return None
