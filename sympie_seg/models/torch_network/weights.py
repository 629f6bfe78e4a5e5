"""A network's own weights: read safely, loaded completely or not at all."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from typing import Any

import torch
from mmengine.runner import CheckpointLoader
from torch import Tensor, nn

__all__ = [
    "CHILD",
    "FROM_FACTORY",
    "PREPROCESSOR",
    "checked_state",
    "own_names",
    "read_weights",
    "weights_digest",
]

FROM_FACTORY = "factory"
"""What ``checkpoint`` is where the factory gives a network with trained weights."""
CHILD = "network."
PREPROCESSOR = "data_preprocessor."
_INSIDE = ("state_dict", "model_state_dict", "model")
_FIX = "give the weights of this network, and in factory_args what it was trained with (classes, auxiliary heads)"


def read_weights(path: str) -> Any:
    """Read a file (torch.save's or safetensors') or a URL; nothing in it can run code.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if the file is damaged, or asks for code; the message names it.
    """
    try:
        return CheckpointLoader.load_checkpoint(path, map_location="cpu")
    except FileNotFoundError as error:
        raise FileNotFoundError(
            f"checkpoint '{path}' of the network does not exist: set model.checkpoint, in the config or by "
            "--cfg-options model.checkpoint=FILE"
        ) from error


def own_names(content: Mapping[str, Any], wanted: Collection[str]) -> dict[str, Any]:
    """Give the network's weights by the network's own names, whatever they were saved in.

    Args:
        content: a state dict, also inside 'state_dict' or 'model' of a training's checkpoint; names may start with
            'module.' (DistributedDataParallel) or, in a checkpoint of ours, with 'network.'.
        wanted: the network's own names.
    """
    for key in _INSIDE:
        if isinstance(content.get(key), Mapping):
            content = content[key]
            break
    names = {str(key).removeprefix("module."): value for key, value in content.items()}
    state = {key: value for key, value in names.items() if not key.startswith(PREPROCESSOR)}
    if any(key in wanted for key in state):  # a network may have a child 'network' itself
        return state
    return {key.removeprefix(CHILD): value for key, value in state.items()}


def checked_state(network: nn.Module, content: Any, path: str) -> dict[str, Tensor]:
    """Give a checkpoint's weights by the network's names if they fit completely.

    Counters (whole numbers, such as BatchNorm's) may be missing or left over.

    Raises:
        ValueError: if weights are missing, left over, of another shape or not finite; the message names the file.
    """
    if not isinstance(content, Mapping):
        raise ValueError(f"'{path}' holds a {type(content).__name__}, no state dict; {_FIX}")
    wanted = network.state_dict()
    state = own_names(content, wanted)
    if wrapped := [key for key, value in state.items() if not isinstance(value, Tensor)]:
        raise ValueError(f"'{path}' holds more than weights: {wrapped[:3]}; {_FIX}")
    missing = [k for k, v in wanted.items() if k not in state and v.is_floating_point()]
    left_over = [k for k, v in state.items() if k not in wanted and v.is_floating_point()]
    reshaped = [
        f"{k} {tuple(state[k].shape)} instead of {tuple(v.shape)}"
        for k, v in wanted.items()
        if k in state and state[k].shape != v.shape
    ]
    if missing or left_over or reshaped:
        raise ValueError(
            f"'{path}' does not fit the network: {len(missing)} of {len(wanted)} weights are missing {missing[:3]}, "
            f"{len(left_over)} are left over {left_over[:3]}, {len(reshaped)} have another shape {reshaped[:3]}; {_FIX}"
        )
    broken = [k for k in wanted if k in state and not bool(torch.isfinite(state[k]).all())]
    if broken:
        raise ValueError(f"'{path}' holds NaN or infinite weights: {broken[:3]}")
    return {key: state[key] for key in wanted if key in state}


def weights_digest(network: nn.Module) -> str:
    """The SHA-256 of a network's weights, where no file names them."""
    digest = hashlib.sha256()
    for key, value in network.state_dict().items():
        digest.update(key.encode())
        digest.update(value.detach().cpu().contiguous().flatten().view(torch.uint8).numpy())
    return digest.hexdigest()
