"""Configs by name or path: where they lie, how a new config inherits them, which weights are published for them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from mmengine.config import Config
from mmengine.hub import get_config

__all__ = ["LIBRARIES", "ConfigSource", "find_config", "read_config", "zoo_folder"]

LIBRARIES = ("mmseg", "mmpretrain")


@dataclass(frozen=True)
class ConfigSource:
    """A config on disk.

    Attributes:
        path: the file.
        name: ``mmseg::pspnet/....py`` if the file belongs to an installed library, else None.
    """

    path: Path
    name: str | None

    def base_for(self, out: str | os.PathLike[str]) -> str:
        """What a config at ``out`` writes after ``_base_ =`` to inherit this one."""
        if self.name is not None:
            return self.name
        below = os.path.relpath(self.path.resolve(), Path(out).resolve().parent)
        return below if below.startswith("..") else f"./{below}"

    def published_weights(self) -> str | None:
        """The address of the weights that the library publishes for this config, or None."""
        if self.name is None:
            return None
        try:
            result: str | None = get_config(self.name, pretrained=True).get("model_path")
            return result
        except (AssertionError, ImportError, OSError, ValueError):  # not in the model index
            return None


def zoo_folder(library: str) -> Path:
    """The folder of the configs inside an installed library.

    Raises:
        ModuleNotFoundError: if the library is not installed.
    """
    spec = find_spec(library)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"{library} is not installed")
    return Path(spec.origin).resolve().parent / ".mim" / "configs"


def find_config(config: str | os.PathLike[str]) -> ConfigSource:
    """Find a config by path or by name (``mmseg::family/file.py``, ``mmpretrain::...``, ``sympie_seg::...``).

    Raises:
        FileNotFoundError: if there is no such file.
    """
    text = os.fspath(config)
    if "::" in text:
        text = text if text.endswith(".py") else f"{text}.py"
        library, _, below = text.partition("::")
        if library in LIBRARIES and find_spec(library) and (zoo_folder(library) / below).is_file():
            # mmengine would read the metafiles of all families to get there.
            return ConfigSource(zoo_folder(library) / below, text)
        try:
            path = Path(Config._get_cfg_path(text, "")[0])
        except (AssertionError, ImportError, OSError, ValueError) as error:
            raise FileNotFoundError(f"no config '{text}': {error}") from None
        return ConfigSource(path, text)
    path = Path(text)
    if not path.is_file():
        raise FileNotFoundError(
            f"no config '{text}'; give a path, or a name such as mmseg::pspnet/FILE.py"
        )
    return ConfigSource(path, _library_name(path.resolve()))


def read_config(source: ConfigSource, imports: bool = True) -> Config:
    """Read a config.

    Args:
        source: where it lies.
        imports: whether to import what its ``custom_imports`` names, as training and testing do. Some configs of mmseg
            name packages that are not installed.

    Raises:
        ImportError: if such a package is missing.
        ValueError: if the file is no config; the message names it and says why.
    """
    try:
        return Config.fromfile(source.path, import_custom_modules=imports)
    except ImportError:
        raise
    except Exception as error:
        raise ValueError(
            f"'{source.path}' is no config of mmengine: {type(error).__name__}: {error}"
        ) from error


def _library_name(path: Path) -> str | None:
    for library in LIBRARIES:
        if find_spec(library) is not None and path.is_relative_to(zoo_folder(library)):
            return f"{library}::{path.relative_to(zoo_folder(library)).as_posix()}"
    return None
