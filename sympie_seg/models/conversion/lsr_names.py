"""Names of the public DeepLabV2-ResNet50 of LTTM/LSR, turned into those of our DeepLabV2."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from sympie_seg.datasets import ConditionCityscapesDataset
from sympie_seg.models.backbones import DeepLabV2ResNet
from sympie_seg.models.heads import DeepLabV2Head

__all__ = ["SUMMED", "convert_lsr", "lsr_meta"]

BRANCHES = "clas.conv2d_list."
SUMMED = 2
_COUNTER = "num_batches_tracked"  # absent in files of PyTorch before 0.4.1, not used in testing
_SHOWN = 3


def convert_lsr(checkpoint: Any) -> dict[str, Tensor]:
    """Rename the weights for a model of DeepLabV2ResNet(depth=50) and DeepLabV2Head.

    Args:
        checkpoint: what the file holds: a state dict, bare or under 'state_dict', with keys
            ``conv1``, ``bn1``, ``layer{1..4}.*`` and ``clas.conv2d_list.{0..3}``, with or without
            ``module.`` before them.

    Returns:
        The state dict, with keys ``backbone.*``, ``decode_head.branches.*`` and
        ``decode_head.summed``, the number of branches that are summed.

    Raises:
        ValueError: if a key is unknown or missing, a shape differs, or a weight is not finite.
    """
    state = {_renamed(key): value for key, value in _state_dict(checkpoint).items()}
    classifier = state.get("decode_head.branches.0.weight")
    if not isinstance(classifier, Tensor) or classifier.ndim != 4:
        raise ValueError(
            f"it has no '{BRANCHES}0.weight' of four dimensions, so it is no DeepLabV2"
        )
    state["decode_head.summed"] = torch.tensor(SUMMED)
    needed = _needed(classes=classifier.shape[0])
    for key, value in needed.items():
        if key.endswith(_COUNTER):
            state.setdefault(key, torch.zeros((), dtype=value.dtype))
    _check(state, needed)
    return {key: state[key].clone() for key in needed}


def lsr_meta(state: Mapping[str, Tensor]) -> dict[str, Any]:
    """What the checkpoint says of a converted state dict: the classes, where their number is that of Cityscapes."""
    meta = ConditionCityscapesDataset.METAINFO
    is_cityscapes = state["decode_head.branches.0.bias"].numel() == len(meta["classes"])
    return {"dataset_meta": dict(meta)} if is_cityscapes else {}


def _state_dict(checkpoint: Any) -> dict[str, Any]:
    """The weights themselves, without the prefix of (Distributed)DataParallel."""
    state = checkpoint.get("state_dict", checkpoint) if isinstance(checkpoint, Mapping) else None
    if not isinstance(state, Mapping) or not all(isinstance(key, str) for key in state):
        raise ValueError("it holds no state dict, neither bare nor under 'state_dict'")
    return {key.removeprefix("module."): value for key, value in state.items()}


def _renamed(key: str) -> str:
    if key.startswith(BRANCHES):
        return "decode_head.branches." + key.removeprefix(BRANCHES)
    return f"backbone.{key}"


def _original(key: str) -> str:
    """Undo `_renamed`, for messages about the user's file."""
    if key.startswith("decode_head.branches."):
        return BRANCHES + key.removeprefix("decode_head.branches.")
    return key.removeprefix("backbone.")


def _needed(classes: int) -> dict[str, Tensor]:
    """The state dict of the model, without memory behind it."""
    with torch.device("meta"):
        head = DeepLabV2Head(in_channels=2048, num_classes=classes, summed_branches=SUMMED)
        model = nn.ModuleDict({"backbone": DeepLabV2ResNet(depth=50), "decode_head": head})
    return model.state_dict()


def _check(state: Mapping[str, Any], needed: Mapping[str, Tensor]) -> None:
    for problem, keys in (
        ("keys that DeepLabV2-ResNet50 does not have", state.keys() - needed.keys()),
        ("no", needed.keys() - state.keys()),
        ("no tensor at", {key for key in state if not isinstance(state[key], Tensor)}),
    ):
        if keys:
            names = sorted(map(_original, keys))
            more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
            raise ValueError(f"it has {problem} {', '.join(names[:_SHOWN])}{more}")
    for key, value in needed.items():
        if state[key].shape != value.shape:
            raise ValueError(
                f"{_original(key)} has shape {tuple(state[key].shape)}, DeepLabV2-ResNet50 needs "
                f"{tuple(value.shape)}"
            )
        if not state[key].isfinite().all():
            raise ValueError(f"{_original(key)} has NaN or infinite values")
