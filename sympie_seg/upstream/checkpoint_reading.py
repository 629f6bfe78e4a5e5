"""Read checkpoints with ``weights_only``, always, and say in one sentence what is wrong with a file.

Upstream reads less safely than it looks:

* mmengine leaves ``weights_only`` to torch, so that ``TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD=1`` switches it off;
* what mmengine downloads (``https://``, ``torchvision://``, ``open-mmlab://``) it hands to torch.hub, which
  reads with ``weights_only=False``;
* onedl-mmengine (the maintained fork) reads once more with ``weights_only=False`` whatever was refused, allows
  the real ``getattr`` while it reads, and then takes mmengine's classes off torch's list of allowed ones.

A file that was refused is therefore never read a second time here, and the choice is never left to anybody. Nor does
``torch.load`` compare the checksums that ``torch.save`` writes: that is done here first.
"""

from __future__ import annotations

import builtins
import errno
import functools
import logging
import os
import os.path as osp
import pickle
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlparse

import numpy as np
import torch
from mmengine.dist import get_dist_info
from mmengine.logging import print_log
from mmengine.runner import CheckpointLoader
from mmengine.runner import checkpoint as upstream

from sympie_seg.upstream.safe_loading import allow_mmengine_checkpoint_classes
from sympie_seg.utils.failures import is_of_memory
from sympie_seg.utils.weights import (
    OLD_FORMAT,
    DamagedWeightsError,
    check_checksums,
    check_storages,
    is_complete,
)

__all__ = ["CheckpointError", "install_safe_checkpoint_loader", "read_checkpoint"]

_WEB = ("http://", "https://")
_GUARD = "sympie_guard"
_FORCED = "TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD"
# How torch names what it refused: a name in the file, or a function or class that is not on its list.
_ASKS = (
    r"GLOBAL (\S+) (?:was not an allowed|whose module)",
    r"unrecognized function (.+?)(?: which belongs to|\n|$)",
    r"allowlisted via `add_safe_globals`,? but got (.+)",
    r"asks for (getattr\(.*\)), which",
)
_FIX = "resume from an earlier checkpoint or copy it again"
# Errors that say nothing about the file: no such device, two switches that contradict each other, no safetensors.
_NOT_THE_FILE = re.compile(
    r"deserialize object on|CUDA|TORCH_FORCE_|safetensors is not installed|map_location"
)
# Arrays of numbers do no harm, whatever hook put them there; arrays of objects stay out.
_NUMBERS: list[Any] = [
    type(np.dtype(code)) for code in "?" + np.typecodes["AllInteger"] + np.typecodes["AllFloat"]
]


class CheckpointError(ValueError):
    """A checkpoint is damaged, is none, or asks for code; the message names the file."""


def read_checkpoint(path: str | os.PathLike[str], map_location: Any = "cpu") -> Any:
    """Read a checkpoint from the disk; nothing in it can run code.

    Args:
        path: a file of ``torch.save``, such as mmengine's checkpoints, or one that ends in .safetensors.
        map_location: as for ``torch.load``.

    Returns:
        What was saved: mmengine's dict with ``state_dict`` and more, or a plain state dict.

    Raises:
        FileNotFoundError: if there is no such file.
        CheckpointError: if the file is damaged or cut short, is no file of PyTorch, or asks for a class or a
            function that no checkpoint of mmengine needs; a ValueError.
    """
    path = osp.expanduser(os.fspath(path))
    if not osp.isfile(path):
        raise FileNotFoundError(f"{path} can not be found.")
    if path.endswith(".safetensors"):
        return _read_safetensors(path, map_location)
    with _explained(path):
        return _load(path, map_location, path)


def _read_safetensors(path: str, map_location: Any) -> dict[str, torch.Tensor]:
    """Read a format that holds tensors and nothing else."""
    try:
        from safetensors.torch import load_file
    except ImportError:
        raise CheckpointError(
            f"'{path}' is of the format safetensors, which needs a package: pip install safetensors"
        ) from None
    device = map_location if isinstance(map_location, (str, torch.device)) else "cpu"
    with _explained(path):
        result: dict[str, torch.Tensor] = load_file(path, str(device))
        return result


def install_safe_checkpoint_loader() -> None:
    """Register loaders of ours for every kind of path that mmengine knows; safe to call more than once.

    Files and downloads are read here. The loaders for ``torchvision://``, ``open-mmlab://``, ``mmcls://`` and
    so on stay mmengine's, which only look up an address: what they read by is replaced in their module.
    """
    upstream.load_from_http = load_from_http
    upstream._safe_torch_load = _safe_torch_load  # the fork's; unused in mmengine itself
    upstream.torch = _SafeTorch()
    register = functools.partial(CheckpointLoader.register_scheme, force=True)
    register("", load_from_local)
    register(_WEB, load_from_http)
    for prefix, loader in list(CheckpointLoader._schemes.items()):
        if prefix not in ("", *_WEB) and not hasattr(loader, _GUARD):
            register(prefix, _guarded(loader))


# mmengine logs the loaders' names without "load_from_".
def load_from_local(filename: str, map_location: Any = None) -> Any:
    """Read a file; see :func:`read_checkpoint`.

    Raises:
        CheckpointError: also if it holds no weights by name, which mmengine takes for granted.
    """
    return _by_name(read_checkpoint(filename, map_location), filename)


def load_from_http(
    filename: str,
    map_location: Any = None,
    model_dir: str | None = None,
    progress: bool | None = None,
) -> Any:
    """Download a file once, into torch.hub's folder, and read it with ``weights_only``.

    Args:
        filename: its address.
        map_location: as for ``torch.load``.
        model_dir: folder to keep it in. Defaults to torch.hub's.
        progress: whether to show a bar. Defaults to whether somebody can see it.

    Returns:
        What was saved.

    Raises:
        CheckpointError: as for :func:`load_from_local`; the message names the address and the downloaded file.
    """
    model_dir = model_dir or osp.join(torch.hub.get_dir(), "checkpoints")
    kept = osp.join(model_dir, osp.basename(urlparse(filename).path))
    progress = os.isatty(0) if progress is None else progress

    def load() -> Any:
        with _explained(f"{filename} (downloaded to {kept})"), _harmless_classes():
            try:
                content = torch.hub.load_state_dict_from_url(
                    filename, model_dir, map_location, progress, weights_only=True
                )
            except Exception:
                if osp.isfile(kept):
                    check_checksums(kept)  # says so where damage is the reason
                raise
            return _checked(content, kept, osp.isfile(kept) and check_checksums(kept))

    rank, world_size = get_dist_info()
    if world_size == 1:
        return _by_name(load(), filename)
    # As in mmengine: the first process downloads, the others wait for it and read.
    content = load() if rank == 0 else None
    torch.distributed.barrier()
    return _by_name(content if rank == 0 else load(), filename)


def _by_name(content: Any, name: str) -> Any:
    """Refuse what is no dict, or has none under 'state_dict'."""
    state = content.get("state_dict", content) if isinstance(content, dict) else content
    if not isinstance(state, dict):
        raise CheckpointError(
            f"'{name}' holds no weights by name but a {type(state).__name__}: give a checkpoint of mmengine, or a "
            "state dict written by torch.save"
        )
    return content


def _safe_torch_load(file: Any, map_location: Any = None, weights_only: bool | None = None) -> Any:
    """What mmengine's loaders read by; ``weights_only`` cannot be switched off.

    An open file has no name: whoever called the loader adds the address.
    """
    if not isinstance(file, (str, os.PathLike)):
        return _load(file, map_location, "the checkpoint")
    with _explained(os.fspath(file)):
        return _load(file, map_location, os.fspath(file))


class _SafeTorch:
    """What mmengine's module takes for ``torch``: its ``load`` is the one above, everything else is torch's."""

    load = staticmethod(_safe_torch_load)

    def __getattr__(self, name: str) -> Any:
        return getattr(torch, name)


def _load(file: Any, map_location: Any, name: str) -> Any:
    """Compare the checksums, read, and look at what was read."""
    checked = check_checksums(file)
    with _harmless_classes():
        content = torch.load(file, map_location=map_location, weights_only=True)
    return _checked(content, name, checked)


def _checked(content: Any, name: str, checked: bool) -> Any:
    check_storages(content)
    if not checked:
        print_log(f"'{name}' {OLD_FORMAT}", logger="current", level=logging.WARNING)
    return content


def _guarded(loader: Callable[..., Any]) -> Callable[..., Any]:
    """Keep a loader of mmengine that leaves ``weights_only`` to torch from being told to switch it off."""

    @functools.wraps(loader)
    def load(filename: str, map_location: Any = None, **options: Any) -> Any:
        if os.getenv(_FORCED, "0").lower() in ("1", "y", "yes", "true"):
            raise CheckpointError(
                f"{filename} is not read while {_FORCED} is set: the checkpoint could run code. Unset it"
            )
        with _explained(filename), _harmless_classes():
            return loader(filename, map_location, **options)

    setattr(load, _GUARD, True)
    return load


@contextmanager
def _harmless_classes() -> Iterator[None]:
    """Allow mmengine's classes, and nothing of ``builtins``, for one reading.

    They are added each time, because the fork takes them away; and the real ``getattr``, which the fork allows,
    would reach any function.
    """
    before = torch.serialization.get_safe_globals()
    torch.serialization.clear_safe_globals()
    torch.serialization.add_safe_globals([entry for entry in before if not _is_builtin(entry)])
    allow_mmengine_checkpoint_classes()
    torch.serialization.add_safe_globals(_NUMBERS)
    try:
        yield
    finally:
        torch.serialization.add_safe_globals(before)


def _is_builtin(entry: Any) -> bool:
    """Whether an entry of torch's list is a function of Python itself; ``set`` and other types are harmless."""
    allowed = entry[0] if isinstance(entry, tuple) else entry
    name = getattr(allowed, "__name__", "")
    return not isinstance(allowed, type) and getattr(builtins, name, None) is allowed


@contextmanager
def _explained(name: str) -> Iterator[None]:
    """Turn whatever torch says about a file into one :class:`CheckpointError` that names it."""
    try:
        yield
    except (MemoryError, CheckpointError, torch.OutOfMemoryError):
        raise
    except Exception as error:
        # torch seeks to where the end of a whole file would be: EINVAL. Other OSErrors are about the disk.
        if isinstance(error, OSError) and error.errno != errno.EINVAL:
            raise
        # A damaged pickle raises whatever its bytes lead to: KeyError, IndexError, struct.error, ...
        if isinstance(error, RuntimeError) and _NOT_THE_FILE.search(str(error)):
            raise
        if is_of_memory(error) and is_complete(name):
            raise  # a RuntimeError of torch
        raise CheckpointError(f"'{name}' {_reason(error)}") from error


def _reason(error: Exception) -> str:
    """Say what is wrong, without torch's advice to switch the safety off."""
    text = str(error)
    if isinstance(error, DamagedWeightsError):
        return f"{text}; {_FIX}"
    if "TorchScript" in text:
        return "is a TorchScript archive, not a checkpoint; save the state_dict of its model"
    asked = next((match[1] for ask in _ASKS if (match := re.search(ask, text))), None)
    if asked and isinstance(error, (pickle.UnpicklingError, ValueError)):
        return (
            f"asks for `{asked}`, which no checkpoint of mmengine needs: it would run code. Nothing was run. Do "
            "not use the file; get it again from its source, with nothing but weights in it"
        )
    return f"is damaged or cut short, or no file of PyTorch; {_FIX}"
