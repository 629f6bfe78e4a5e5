"""What an enhancer file holds, checked: of the format, of the public `sympie.pth`, and of files that are neither."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ..utils.weights import tensors_sha256

FORMAT = "sympie_seg.enhancer"
VERSION = 1
GIVE = "give an enhancer file written by save_enhancer, or the public sympie.pth"
AGAIN = "copy or download it again"
_PLAIN_TYPES = (str, int, float, bool, type(None))


def interpret(content: Any, path: Path) -> tuple[dict[str, Any], dict[str, Tensor], dict[str, Any]]:
    """Give config, NEM's state dict and provenance of any accepted kind of file.

    Raises:
        ValueError: if the content is of another kind or version; the message names the file and the fix.
    """
    if not isinstance(content, dict):
        raise ValueError(f"{path} holds a {type(content).__name__}, not an enhancer; {GIVE}")
    if content.get("format") == FORMAT:
        if content.get("version") != VERSION:
            raise ValueError(
                f"{path} has version {content.get('version')!r} of the format, expected {VERSION}; "
                "read it with the release of sympie_seg that wrote it"
            )
        missing = {"config", "state_dict", "provenance"} - content.keys()
        if missing:
            raise ValueError(f"{path} lacks {sorted(missing)}; {GIVE}")
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
        f"{path} is a training checkpoint: its 'state_dict' holds {what}. Instead {GIVE}"
    )


def _nem_state(state: Any, path: Path) -> dict[str, Tensor]:
    tensors = isinstance(state, dict) and all(
        isinstance(key, str) and isinstance(value, Tensor) and value.layout is torch.strided
        for key, value in state.items()
    )
    if not tensors or not state:
        raise ValueError(f"{path} holds no dict of named tensors; {GIVE}")
    for prefix in ("module.", "nem."):
        if all(key.startswith(prefix) for key in state):
            state = {key.removeprefix(prefix): value for key, value in state.items()}
    result: dict[str, Tensor] = state
    return result


def check_sha256(content: dict[str, Any], path: Path) -> None:
    """Compare the checksum of the tensors; files of early releases and plain state dicts have none.

    Raises:
        ValueError: if it differs.
    """
    expected = content.get("sha256") if content.get("format") == FORMAT else None
    if expected is not None and expected != tensors_sha256(content["state_dict"]):
        raise ValueError(
            f"{path} is damaged or was changed: its weights are not those that save_enhancer wrote (sha256); {AGAIN}, "
            "or write weights that were changed on purpose with save_enhancer"
        )


def check_fits(state: dict[str, Tensor], expected: dict[str, Tensor], path: Path) -> None:
    """Compare names and shapes with those of NEM.

    Raises:
        ValueError: if they differ; the message names file and key.
    """
    # PyTorch before 0.4.1 wrote no num_batches_tracked; BatchNorm fills it in.
    needed = {key for key in expected if not key.endswith("num_batches_tracked")}
    missing, unexpected = sorted(needed - state.keys()), sorted(state.keys() - expected.keys())
    if missing or unexpected:
        raise ValueError(
            f"{path} holds no SyMPIE enhancer: {len(missing)} keys missing {missing[:3]}, "
            f"{len(unexpected)} unexpected {unexpected[:3]}; {GIVE}"
        )
    for key, tensor in state.items():
        if tensor.shape != expected[key].shape:
            raise ValueError(
                f"{path}: expected {key} of shape {tuple(expected[key].shape)}, "
                f"got {tuple(tensor.shape)}; {GIVE}"
            )


def check_finite_weights(state: dict[str, Tensor], consequence: str) -> None:
    """Refuse NaN and infinite weights.

    Raises:
        ValueError: with the name of the first, and the consequence.
    """
    for key, tensor in state.items():
        if not bool(tensor.isfinite().all()):
            raise ValueError(f"{key} holds NaN or infinite values: {consequence}")


def check_plain(value: Any, where: str) -> None:
    """Refuse what `weights_only=True` would not read again.

    Raises:
        TypeError: with the place of the first such value.
    """
    # Exact types: numpy.float64 is a float, yet a file holding one needs numpy to be read.
    if type(value) is dict:
        for key, item in value.items():
            if type(key) is not str:
                raise TypeError(f"expected text keys in {where}, got {key!r}")
            check_plain(item, f"{where}[{key!r}]")
    elif type(value) is list:
        for index, item in enumerate(value):
            check_plain(item, f"{where}[{index}]")
    elif type(value) not in _PLAIN_TYPES:
        raise TypeError(
            f"expected plain values (str, int, float, bool, None, list, dict), "
            f"got {type(value).__name__} at {where}; convert it first"
        )
