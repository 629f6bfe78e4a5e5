"""A config as a file that says only what it changes in the one it inherits."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from mmengine.config import Config

from sympie_seg.plugging.difference import difference, without_scopes
from sympie_seg.plugging.places import value_at
from sympie_seg.plugging.sources import ConfigSource
from sympie_seg.utils.files import replace_text

__all__ = ["config_text", "write_config"]

_WIDTH = 100
# These get a name of their own where they occur, as configs of mmseg have it.
_PIPELINES = {
    "train_pipeline": ("train_dataloader", "dataset", "pipeline"),
    "val_pipeline": ("val_dataloader", "dataset", "pipeline"),
}
_VARIABLES = ("meta_keys", *_PIPELINES)
_FIRST = ("custom_imports", "runner_type", "frozen_checkpoint", "data_preprocessor", "model")


def write_config(
    path: str | os.PathLike[str], cfg: Config, source: ConfigSource, comment: str
) -> str | None:
    """Write a config that inherits ``source`` and reads back as ``cfg``; a full one where that cannot be.

    Args:
        path: file to write or to replace.
        cfg: the config.
        source: the config that it was made of.
        comment: first lines of the file.

    Returns:
        Why it is a full config, or None if it inherits.

    Raises:
        OSError: if the file cannot be written.
    """
    reason = _inherit(path, cfg, source, comment)
    if reason is not None:
        text = f"{_comment(f'{comment} A full config: {reason}.')}{cfg.pretty_text}"
        replace_text(path, text)
    return reason


def _inherit(
    path: str | os.PathLike[str], cfg: Config, source: ConfigSource, comment: str
) -> str | None:
    if Config._is_lazy_import(str(source.path)):
        return "the original is written in Python imports (read_base), which a _base_ cannot name"
    old = Config.fromfile(source.path, import_custom_modules=False).to_dict()
    changes = difference(old, cfg.to_dict())
    text = f"{_comment(comment)}_base_ = {source.base_for(path)!r}\n{config_text(changes)}"
    replace_text(path, text)
    try:
        read = Config.fromfile(os.fspath(path), import_custom_modules=False).to_dict()
    except Exception as error:
        return f"a _base_ on '{source.path}' is not read back ({type(error).__name__}: {error})"
    own = {
        name for name in _VARIABLES if name in read
    }  # no setting, only names of what is said elsewhere
    wanted = {key: value for key, value in cfg.to_dict().items() if key not in own}
    if without_scopes({k: v for k, v in read.items() if k not in own}) != without_scopes(wanted):
        return "what was changed cannot be said on top of a _base_"
    return None


def _comment(text: str) -> str:
    """Break a text into lines of comment."""
    lines, line = [], "#"
    for word in text.split():
        if len(line) + len(word) >= _WIDTH:
            lines.append(line)
            line = "#"
        line += f" {word}"
    return "\n".join([*lines, line]) + "\n"


def config_text(changes: dict[str, Any]) -> str:
    """Write nested dicts as a config: what matters most first, pipelines and meta keys under names of their own."""
    names: list[tuple[Any, str]] = []
    lines = [f"{key} = {_format(changes[key], 0, [])}" for key in _FIRST if key in changes]
    for name, value in _named(changes):
        lines.append(f"{name} = {_format(value, 0, names)}")
        names.append((value, name))
    remaining = [key for key in changes if key not in (*_FIRST, *_VARIABLES)]
    lines += [f"{key} = {_format(changes[key], 0, names)}" for key in remaining]
    return "\n".join(lines) + "\n"


def _named(changes: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The values that get a name, each before it is used."""
    pipelines = {name: value_at(changes, keys) for name, keys in _PIPELINES.items()}
    pipelines = {name: value for name, value in pipelines.items() if isinstance(value, list)}
    for pipeline in pipelines.values():
        keys = [step["meta_keys"] for step in pipeline if "meta_keys" in step]
        if keys:
            yield "meta_keys", keys[0]
            break
    yield from pipelines.items()


def _format(value: Any, indent: int, names: list[tuple[Any, str]]) -> str:
    """Write a value in one line if it fits, else one item a line."""
    for known, name in names:
        if type(value) is type(known) and value == known:
            return name
    opening, closing, items = _parts(value, indent + 4, names)
    if items is None:
        return opening
    one_line = f"{opening}{', '.join(items)}{closing}"
    if isinstance(value, tuple) and len(items) == 1:
        one_line = f"({items[0]},)"
    if indent + len(one_line) <= _WIDTH - 12 and "\n" not in one_line:
        return one_line
    space = " " * (indent + 4)
    body = "".join(f"{space}{item},\n" for item in items)
    return f"{opening}\n{body}{' ' * indent}{closing}"


def _parts(
    value: Any, indent: int, names: list[tuple[Any, str]]
) -> tuple[str, str, list[str] | None]:
    """Give what opens and closes a value, and its items; no items for a plain value."""
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: (key != "_delete_", key != "type"))
        pairs = [(key, _format(value[key], indent, names)) for key in keys]
        if all(isinstance(key, str) and key.isidentifier() for key in keys):
            return "dict(", ")", [f"{key}={text}" for key, text in pairs]
        return "{", "}", [f"{key!r}: {text}" for key, text in pairs]
    if isinstance(value, (list, tuple)):
        opening, closing = "[]" if isinstance(value, list) else "()"
        return opening, closing, [_format(item, indent, names) for item in value]
    return repr(value), "", None
