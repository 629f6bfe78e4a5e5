"""The weights inside a published checkpoint, whatever they are wrapped in, compared with those that are needed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from sympie_seg.enhancer import IMAGENET_MEAN, IMAGENET_STD

__all__ = ["PublishedState", "compare_state", "published_state"]

_WRAPPERS = ("state_dict", "model_state_dict", "model", "net", "ema", "state")
_COUNTER = "num_batches_tracked"  # absent in files of PyTorch before 0.4.1; not used in testing
_PREFIXES = ("module.", "model.", "net.", "backbone.", "encoder.", "1.", "_orig_mod.")
_TOLERANCE = 5e-3


@dataclass
class PublishedState:
    """The weights of a network in a checkpoint.

    Attributes:
        weights: by name, without prefixes.
        wrappers: the keys that led to them, such as ['state_dict'], for messages.
        prefix: what stood before every name, such as 'module.'.
        left_out: names of tensors beside the network that are no weights of it (a normalisation layer's).
    """

    weights: dict[str, Tensor]
    wrappers: list[str] = field(default_factory=list)
    prefix: str = ""
    left_out: list[str] = field(default_factory=list)


def published_state(checkpoint: Any, first_key: str) -> PublishedState:
    """Find the weights in what a file holds.

    They may be bare or under 'state_dict', 'model', 'model_state_dict' and the like; with 'module.' (DataParallel),
    'model.' (Lightning, or a wrapper that normalises) and so on before their names, also several of these. Mean and
    standard deviation of a normalisation layer beside the network are compared with ImageNet's and left out.

    Args:
        checkpoint: content of the file.
        first_key: a weight that the network has, such as 'conv1.weight'.

    Raises:
        ValueError: if there are no weights, or a normalisation layer has other values.
    """
    under: list[str] = []
    state = checkpoint
    while isinstance(state, Mapping):
        key = next((k for k in _WRAPPERS if isinstance(state.get(k), Mapping)), None)
        if key is None:
            break
        under.append(key)
        state = state[key]
    if not isinstance(state, Mapping) or not any(isinstance(v, Tensor) for v in state.values()):
        raise ValueError(f"it holds no state dict, neither bare nor under {', '.join(_WRAPPERS)}")
    tensors = {key: value for key, value in state.items() if isinstance(value, Tensor)}
    prefix = _prefix(tensors, first_key)
    outside = [key for key in tensors if not key.startswith(prefix)]
    left_out = [key for key in outside if _is_normalization(key, tensors[key])]
    strange = [key for key in outside if key not in left_out]
    if strange:
        raise ValueError(
            f"it has {len(strange)} keys beside those that start with '{prefix}', the first '{strange[0]}'"
        )
    weights = {key.removeprefix(prefix): tensors[key] for key in tensors if key not in left_out}
    return PublishedState(weights, under, prefix, left_out)


def _prefix(tensors: Mapping[str, Tensor], first_key: str) -> str:
    """What stands before the first key; only words that wrappers are known to add."""
    for key in tensors:
        prefix = key[: -len(first_key)] if key.endswith(first_key) else None
        if prefix is not None and _is_known(prefix):
            return prefix
    # Another network: let its own names be compared.
    shared = next((p for p in _PREFIXES if all(key.startswith(p) for key in tensors)), "")
    return shared if tensors else ""


def _is_known(prefix: str) -> bool:
    while prefix:
        match = next((known for known in _PREFIXES if prefix.startswith(known)), None)
        if match is None:
            return False
        prefix = prefix[len(match) :]
    return True


def _is_normalization(key: str, value: Tensor) -> bool:
    """Whether this is ImageNet's mean or standard deviation, in a layer of its own in front of the network.

    Raises:
        ValueError: if it is another mean or standard deviation.
    """
    word = key.rsplit(".", 1)[-1].lower()
    kinds = {"mean": IMAGENET_MEAN, "std": IMAGENET_STD, "sigma": IMAGENET_STD}
    expected = next((values for kind, values in kinds.items() if kind in word), None)
    if expected is None or value.numel() != 3:
        return False
    actual = value.detach().float().flatten()
    if not torch.allclose(actual, torch.tensor(expected), atol=_TOLERANCE):
        values = [round(v, 4) for v in actual.tolist()]
        raise ValueError(
            f"it normalises its input by itself, with '{key}' {values} instead of "
            f"ImageNet's {list(expected)}: set data_preprocessor.mean and std of the config accordingly (times 255) "
            "and remove it from the file"
        )
    return True


def compare_state(
    weights: Mapping[str, Any], needed: Mapping[str, Tensor], network: str
) -> dict[str, Tensor]:
    """Make sure that weights are exactly those that a network has.

    Args:
        weights: by published name.
        needed: tensors of the right shapes, on any device.
        network: its name, for messages.

    Returns:
        The weights by published name, with zero for counters that old files lack.

    Raises:
        ValueError: if a weight is missing, unknown, of another shape or not finite; the message names the first one.
    """
    weights = dict(weights)
    for key, value in needed.items():
        if key.endswith(_COUNTER):
            weights.setdefault(key, torch.zeros((), dtype=value.dtype))
    missing = [key for key in needed if key not in weights]
    unknown = [key for key in weights if key not in needed]
    for keys, what in ((missing, "lacks"), (unknown, "has unexpected")):
        if keys:
            more = f" and {len(keys) - 1} more" if len(keys) > 1 else ""
            raise ValueError(
                f"it is no {network}: it {what} '{keys[0]}'{more} (of {len(needed)} weights; {len(missing)} missing, "
                f"{len(unknown)} unexpected)"
            )
    for key, value in needed.items():
        if weights[key].shape != value.shape:
            raise ValueError(
                f"it is no {network}: '{key}' has shape {tuple(weights[key].shape)}, not {tuple(value.shape)}"
            )
        if not weights[key].isfinite().all():
            raise ValueError(f"'{key}' has NaN or infinite values")
    return {key: weights[key] for key in needed}
