"""Enhancer files: a few MB that hold the trained weights, how to rebuild the module, and where the weights came from.

An enhancer file is a dict saved by PyTorch, readable with `weights_only=True`:
`format`, `version`, `config` (arguments of SyMPIE), `state_dict`, `provenance` (plain values), `sha256` (of the
tensors; files of early releases have none).
"""

from __future__ import annotations

import errno
import hashlib
import io
import logging
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from ..utils.failures import is_of_memory
from ..utils.files import replace_bytes
from ..utils.weights import (
    OLD_FORMAT,
    DamagedWeightsError,
    check_checksums,
    check_storages,
    tensors_sha256,
)
from .content import (
    AGAIN,
    FORMAT,
    GIVE,
    VERSION,
    check_finite_weights,
    check_fits,
    check_plain,
    check_sha256,
    interpret,
)

Module = TypeVar("Module", bound=nn.Module)
_LOG = logging.getLogger("sympie_seg")


def save_enhancer(
    path: str | os.PathLike[str], enhancer: nn.Module, provenance: dict[str, Any] | None = None
) -> None:
    """Write an enhancer so that a reader sees either the whole new file or what was there before.

    Args:
        path: file to write or to replace; missing folders are made.
        enhancer: the SyMPIE to save, on any device; its own strength is kept in the file.
        provenance: where the weights come from (configuration, data, scores, versions); dicts with
            text keys, lists, str, int, float, bool and None only, nested as you like.

    Raises:
        TypeError: if the provenance holds anything else.
        ValueError: if a weight is NaN or infinite.
        OSError: if the file cannot be written; what was there before is untouched.
    """
    provenance = {} if provenance is None else provenance
    if type(provenance) is not dict:
        raise TypeError(f"expected provenance as a dict, got {type(provenance).__name__}")
    check_plain(provenance, "provenance")
    state = {name: _to_cpu(tensor) for name, tensor in enhancer.state_dict().items()}
    check_finite_weights(state, "the enhancer was not saved")
    content = {
        "format": FORMAT,
        "version": VERSION,
        "config": enhancer.config,
        "state_dict": state,
        "provenance": provenance,
        "sha256": tensors_sha256(state),
    }
    save_whole(path, content)


def save_whole(path: str | os.PathLike[str], content: Any) -> None:
    """Write what ``torch.save`` writes, so that a reader sees the whole new file or what was there before.

    Raises:
        OSError: if the file cannot be written; what was there before is untouched.
    """
    buffer = io.BytesIO()  # torch.save hides the reason where a disk is full
    torch.save(content, buffer)
    replace_bytes(path, buffer.getbuffer())


def read_enhancer(
    build: Callable[..., Module],
    path: str | os.PathLike[str],
    map_location: torch.device | str = "cpu",
) -> tuple[Module, dict[str, Any]]:
    """Build a module and fill it from an enhancer file; see `load_enhancer`, whose `build` is SyMPIE.

    The class comes as an argument, so that the format knows nothing of what is stored in it.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if the file is damaged, of another kind, or its weights do not fit or are not
            finite; the message names the file and the fix.
    """
    path = Path(path)
    content = _read(path)
    config, state, provenance = interpret(content, path)
    try:
        enhancer = build(**config)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{path}: its config {config} builds no enhancer: {error}") from error
    nem = enhancer.get_submodule("nem")
    check_fits(state, nem.state_dict(), path)
    check_sha256(content, path)
    check_finite_weights(state, f"{path} cannot be used; {GIVE} from a run that did not diverge")
    nem.load_state_dict(state)
    return enhancer.to(map_location), provenance


def file_sha256(path: str | os.PathLike[str]) -> str:
    """Give the SHA-256 of a file as 64 hexadecimal digits, to name it in reports."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _to_cpu(tensor: Tensor) -> Tensor:
    # A clone, since torch.save writes the whole storage behind a view.
    return tensor.detach().cpu().clone(memory_format=torch.contiguous_format)


def _read(path: Path) -> Any:
    if not path.is_file():
        raise FileNotFoundError(f"no enhancer file at {path}; check the path, or {GIVE}")
    checked = False
    try:
        checked = check_checksums(path)
        content = torch.load(path, map_location="cpu", weights_only=True)
        check_storages(content)
    except MemoryError:
        raise
    except DamagedWeightsError as error:
        raise ValueError(f"{path} ({path.stat().st_size} bytes) {error}; {AGAIN}") from error
    except pickle.UnpicklingError as error:
        raise ValueError(_refused(path) if checked else _damaged(path)) from error
    # Bytes of a damaged file in the old format can lead torch to any error.
    except Exception as error:
        if isinstance(error, OSError) and error.errno != errno.EINVAL:
            raise  # no permission, or a disk that fails; torch seeks to before the start of a file that was cut
        if checked and is_of_memory(error):
            raise  # a RuntimeError of torch; the file is whole
        raise ValueError(_damaged(path)) from error
    if not checked:
        _LOG.warning("%s %s", path, OLD_FORMAT)
    return content


def _refused(path: Path) -> str:
    return (
        f"{path} holds Python objects besides tensors and plain values, which are never loaded; a training "
        "checkpoint (iter_*.pth) does so. Instead " + GIVE
    )


def _damaged(path: Path) -> str:
    return f"{path} ({path.stat().st_size} bytes) is damaged, cut short or no PyTorch file; {AGAIN}"
