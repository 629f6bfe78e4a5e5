"""Load the frozen network's weights completely, or say what is wrong and how to fix it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from mmengine.logging import print_log
from mmengine.model import BaseModel
from mmengine.runner import CheckpointLoader
from torch import Tensor, nn

from sympie_seg.models.frozen.freezing import PREPROCESSOR
from sympie_seg.models.frozen.sinet_names import is_published_sinet, sinet_origin, sinet_to_mmseg

__all__ = ["check_network_weights", "load_frozen_weights"]

_FIX = (
    "Give the checkpoint of the network in this config: --cfg-options frozen_checkpoint=FILE. "
    "Train one with sympie-seg train and the network's own config (configs/deeplabv2_*.py, configs/camvid/, "
    "configs/classification/), or convert a published one with sympie-seg convert-model (DeepLabV2: "
    "lsr-deeplabv2-to-mmseg)"
)


def load_frozen_weights(model: BaseModel, path: str | Sequence[str | None] | None) -> None:
    """Load a checkpoint into everything of the model but its data preprocessor.

    Args:
        model: the segmentor or classifier, not wrapped.
        path: a checkpoint of mmengine or a plain state dict; file or URL. Read with ``weights_only``. None will do
            for a ``TorchNetwork`` that has its weights already. For ``FrozenNetworks`` a list, one for each network.

    Raises:
        FileNotFoundError: if the file is missing.
        ValueError: if no path is given, a weight is missing, has another shape or is not finite.
    """
    if _loads_itself(model) and (hasattr(model, "networks") or not isinstance(path, (list, tuple))):
        model.load_weights(path)
        return
    if isinstance(path, (list, tuple)):
        raise ValueError(
            f"frozen_checkpoint is a list of {len(path)} files, which belongs to model.type='FrozenNetworks'; this "
            "model is one network and takes one file"
        )
    if not path:
        raise ValueError(f"frozen_checkpoint is not set, so the network is random. {_FIX}")
    try:
        checkpoint = CheckpointLoader.load_checkpoint(str(path), map_location="cpu")
    except FileNotFoundError as error:
        raise FileNotFoundError(f"frozen_checkpoint '{path}' does not exist. {_FIX}") from error
    state = check_network_weights(model, checkpoint, str(path))
    model.load_state_dict(state, strict=False)


def check_network_weights(model: BaseModel, checkpoint: Any, path: str) -> dict[str, Tensor]:
    """Give the network's part of a checkpoint, checked against the model.

    Raises:
        ValueError: as for :func:`load_frozen_weights`.
    """
    if _loads_itself(model):
        result: dict[str, Tensor] = model.checked_weights(checkpoint, path)
        return result
    state = checkpoint.get("state_dict", checkpoint)
    state = {key.removeprefix("module."): value for key, value in state.items()}
    if any(key.startswith("clas.conv2d_list.") for key in state):
        raise ValueError(
            f"'{path}' is the published DeepLabV2 in its own layout; convert it first: "
            f"sympie-seg convert-model lsr-deeplabv2-to-mmseg {path} OUT.pth"
        )
    if is_published_sinet(state):
        print_log(sinet_origin(path), logger="current")
        state = sinet_to_mmseg(state)
    if state and all(key.startswith(("nem.", "dwm.")) for key in state):
        raise ValueError(
            f"'{path}' is an enhancer file and holds no network; it belongs to model.data_preprocessor.enhancer=FILE. "
            f"{_FIX}"
        )
    wanted = _network_state(model.state_dict())
    state = _network_state(state)
    if _has_backbone(wanted) and state and not _has_backbone(state):
        raise ValueError(
            f"'{path}' has no 'backbone.' weights but '{next(iter(state))}': a published file in its own names. "
            f"Convert it first: sympie-seg convert-model torchvision-to-mmpretrain ARCHITECTURE {path} OUT.pth "
            "(CLIP: clip_to_mmpretrain.py)"
        )
    # Whole numbers (BatchNorm's count of batches) are no weights; old files do without them.
    missing = [k for k, v in wanted.items() if k not in state and v.is_floating_point()]
    reshaped = [key for key in wanted if key in state and state[key].shape != wanted[key].shape]
    if missing or reshaped:
        raise ValueError(
            f"'{path}' does not fit the network: {len(missing)} of {len(wanted)} weights are missing "
            f"{missing[:3]}, {len(reshaped)} have another shape {reshaped[:3]}. {_FIX}"
        )
    broken = [key for key in wanted if key in state and not _is_finite(state[key])]
    if broken:
        raise ValueError(f"'{path}' holds NaN or infinite weights: {broken[:3]}. {_FIX}")
    return {key: state[key] for key in wanted if key in state}


def _loads_itself(model: nn.Module) -> bool:
    """Whether the model knows its weights by other names than ours: ``TorchNetwork``, ``FrozenNetworks``."""
    return hasattr(model, "load_weights") and hasattr(model, "checked_weights")


def _network_state(state: dict[str, Tensor]) -> dict[str, Tensor]:
    return {key: value for key, value in state.items() if not key.startswith(PREPROCESSOR + ".")}


def _has_backbone(state: dict[str, Tensor]) -> bool:
    return any(key.startswith("backbone.") for key in state)


def _is_finite(tensor: Tensor) -> bool:
    return not tensor.is_floating_point() or bool(torch.isfinite(tensor).all())
