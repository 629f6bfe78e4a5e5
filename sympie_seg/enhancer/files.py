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

from ..utils.files import replace_bytes
from ..utils.weights import (
    OLD_FORMAT,
    DamagedWeightsError,
    check_checksums,
    check_storages,
    tensors_sha256,
)

FORMAT = "sympie_seg.enhancer"
VERSION = 1
Module = TypeVar("Module", bound=nn.Module)
_PLAIN_TYPES = (str, int, float, bool, type(None))
_AGAIN = "copy or download it again"
_LOG = logging.getLogger("sympie_seg")
_GIVE = "give an enhancer file written by save_enhancer, or the public sympie.pth"


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
    _check_plain(provenance, "provenance")
    state = {name: _to_cpu(tensor) for name, tensor in enhancer.state_dict().items()}
    _check_finite_weights(state, "the enhancer was not saved")
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
    config, state, provenance = _interpret(content, path)
    try:
        enhancer = build(**config)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{path}: its config {config} builds no enhancer: {error}") from error
    nem = enhancer.get_submodule("nem")
    _check_fits(state, nem.state_dict(), path)
    _check_sha256(content, path)
    _check_finite_weights(state, f"{path} cannot be used; {_GIVE} from a run that did not diverge")
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


def _check_plain(value: Any, where: str) -> None:
    # Exact types: numpy.float64 is a float, yet a file holding one needs numpy to be read.
    if type(value) is dict:
        for key, item in value.items():
            if type(key) is not str:
                raise TypeError(f"expected text keys in {where}, got {key!r}")
            _check_plain(item, f"{where}[{key!r}]")
    elif type(value) is list:
        for index, item in enumerate(value):
            _check_plain(item, f"{where}[{index}]")
    elif type(value) not in _PLAIN_TYPES:
        raise TypeError(
            f"expected plain values (str, int, float, bool, None, list, dict), "
            f"got {type(value).__name__} at {where}; convert it first"
        )


def _read(path: Path) -> Any:
    if not path.is_file():
        raise FileNotFoundError(f"no enhancer file at {path}; check the path, or {_GIVE}")
    try:
        checked = check_checksums(path)
        content = torch.load(path, map_location="cpu", weights_only=True)
        check_storages(content)
    except MemoryError:
        raise
    except DamagedWeightsError as error:
        raise ValueError(f"{path} ({path.stat().st_size} bytes) {error}; {_AGAIN}") from error
    except pickle.UnpicklingError as error:
        raise ValueError(_refused(path) if checked else _damaged(path)) from error
    # Bytes of a damaged file in the old format can lead torch to any error.
    except Exception as error:
        if isinstance(error, OSError) and error.errno != errno.EINVAL:
            raise  # no permission, or a disk that fails; torch seeks to before the start of a file that was cut
        raise ValueError(_damaged(path)) from error
    if not checked:
        _LOG.warning("%s %s", path, OLD_FORMAT)
    return content


def _refused(path: Path) -> str:
    return (
        f"{path} holds Python objects besides tensors and plain values, which are never loaded; a training "
        "checkpoint (iter_*.pth) does so. Instead " + _GIVE
    )


def _damaged(path: Path) -> str:
    return (
        f"{path} ({path.stat().st_size} bytes) is damaged, cut short or no PyTorch file; {_AGAIN}"
    )


def _interpret(
    content: Any, path: Path
) -> tuple[dict[str, Any], dict[str, Tensor], dict[str, Any]]:
    """Give config, NEM's state dict and provenance of any accepted kind of file."""
    if not isinstance(content, dict):
        raise ValueError(f"{path} holds a {type(content).__name__}, not an enhancer; {_GIVE}")
    if content.get("format") == FORMAT:
        if content.get("version") != VERSION:
            raise ValueError(
                f"{path} has version {content.get('version')!r} of the format, expected {VERSION}; "
                "read it with the release of sympie_seg that wrote it"
            )
        missing = {"config", "state_dict", "provenance"} - content.keys()
        if missing:
            raise ValueError(f"{path} lacks {sorted(missing)}; {_GIVE}")
        return content["config"], _nem_state(content["state_dict"], path), content["provenance"]
    _refuse_training_checkpoint(content, path)
    return {}, _nem_state(content, path), {}


def _refuse_training_checkpoint(content: dict[Any, Any], path: Path) -> None:
    inner = content.get("state_dict")
    if not isinstance(inner, dict):
        return
    with_enhancer = any(str(key).startswith("data_preprocessor.enhancer.") for key in inner)
    what = "a whole segmentor with an enhancer inside" if with_enhancer else "a network's weights"
    raise ValueError(
        f"{path} is a training checkpoint: its 'state_dict' holds {what}. Instead {_GIVE}"
    )


def _check_sha256(content: dict[str, Any], path: Path) -> None:
    """Compare the checksum of the tensors; files of early releases and plain state dicts have none."""
    expected = content.get("sha256") if content.get("format") == FORMAT else None
    if expected is not None and expected != tensors_sha256(content["state_dict"]):
        raise ValueError(
            f"{path} is damaged or was changed: its weights are not those that save_enhancer wrote (sha256); {_AGAIN}, "
            "or write weights that were changed on purpose with save_enhancer"
        )


def _nem_state(state: Any, path: Path) -> dict[str, Tensor]:
    tensors = isinstance(state, dict) and all(
        isinstance(key, str) and isinstance(value, Tensor) and value.layout is torch.strided
        for key, value in state.items()
    )
    if not tensors or not state:
        raise ValueError(f"{path} holds no dict of named tensors; {_GIVE}")
    for prefix in ("module.", "nem."):
        if all(key.startswith(prefix) for key in state):
            state = {key.removeprefix(prefix): value for key, value in state.items()}
    result: dict[str, Tensor] = state
    return result


def _check_fits(state: dict[str, Tensor], expected: dict[str, Tensor], path: Path) -> None:
    # PyTorch before 0.4.1 wrote no num_batches_tracked; BatchNorm fills it in.
    needed = {key for key in expected if not key.endswith("num_batches_tracked")}
    missing, unexpected = sorted(needed - state.keys()), sorted(state.keys() - expected.keys())
    if missing or unexpected:
        raise ValueError(
            f"{path} holds no SyMPIE enhancer: {len(missing)} keys missing {missing[:3]}, "
            f"{len(unexpected)} unexpected {unexpected[:3]}; {_GIVE}"
        )
    for key, tensor in state.items():
        if tensor.shape != expected[key].shape:
            raise ValueError(
                f"{path}: expected {key} of shape {tuple(expected[key].shape)}, "
                f"got {tuple(tensor.shape)}; {_GIVE}"
            )


def _check_finite_weights(state: dict[str, Tensor], consequence: str) -> None:
    for key, tensor in state.items():
        if not bool(tensor.isfinite().all()):
            raise ValueError(f"{key} holds NaN or infinite values: {consequence}")
