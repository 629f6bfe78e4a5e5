"""CLIP's RN50 by OpenAI, for CLIPResNet and ZeroShotClsHead."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from sympie_seg.models.backbones.clip_resnet import CLIPResNet
from sympie_seg.models.conversion.published import compare_state, published_state
from sympie_seg.upstream.checkpoint_reading import read_checkpoint

__all__ = ["convert_clip", "read_text_features"]

VISUAL = "visual."
_NAME = "CLIP RN50"


def convert_clip(checkpoint: Any, text: tuple[Tensor, Tensor] | None = None) -> dict[str, Tensor]:
    """Take the image encoder out of CLIP's state dict.

    Args:
        checkpoint: OpenAI's state dict, bare or wrapped; of a TorchScript archive, see
            :func:`~sympie_seg.models.conversion.torchscript_archive.read_torchscript_weights`. Half precision becomes
            float32.
        text: text embeddings (K, D) and the logarithm of the scale, to be put into the head; the file's own scale is
            preferred. Defaults to None: no head.

    Returns:
        Keys ``backbone.*`` and, with text, ``head.text_features`` and ``head.logit_scale``.

    Raises:
        ValueError: if it is not the RN50; the message names the first weight that is missing, unexpected or reshaped.
    """
    state = published_state(checkpoint, VISUAL + "conv1.weight").weights
    visual = {k: v for k, v in state.items() if k.startswith(VISUAL)}
    if not visual:
        raise ValueError(f"it is no {_NAME}: it lacks '{VISUAL}conv1.weight'")
    with torch.device("meta"):
        network = CLIPResNet()
    needed = {VISUAL + key: value for key, value in network.state_dict().items()}
    checked = compare_state(visual, needed, _NAME)
    converted = {
        "backbone." + key.removeprefix(VISUAL): _as_float32(value) for key, value in checked.items()
    }
    if text is not None:
        features, scale = text
        converted["head.text_features"] = features
        converted["head.logit_scale"] = _as_float32(state.get("logit_scale", scale)).reshape(())
    return converted


def read_text_features(path: str | os.PathLike[str], dims: int = 1024) -> tuple[Tensor, Tensor]:
    """Read precomputed text embeddings.

    Args:
        path: a file of ``torch.save``: a tensor (K, D) or (D, K), or a dict with it under ``text_features`` and maybe
            the logarithm of the scale under ``logit_scale``.
        dims: size D of an embedding. Defaults to 1024.

    Returns:
        The embeddings (K, D) of length 1, float32, and the logarithm of the scale.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it holds something else.
    """
    content = read_checkpoint(path)
    scale = torch.tensor(100.0).log()
    if isinstance(content, Mapping):
        scale = torch.as_tensor(content.get("logit_scale", scale)).float().reshape(())
        content = content.get("text_features")
    if not isinstance(content, Tensor) or content.ndim != 2 or dims not in content.shape:
        actual = tuple(content.shape) if isinstance(content, Tensor) else type(content).__name__
        raise ValueError(
            f"'{os.fspath(path)}' holds no text embeddings: expected a tensor (classes, {dims}), bare or under "
            f"'text_features', got {actual}"
        )
    features = content.float() if content.shape[1] == dims else content.float().T
    norms = features.norm(dim=1)
    if not norms.isfinite().all() or (norms == 0).any():
        raise ValueError(f"'{os.fspath(path)}' holds text embeddings that are zero or not finite")
    return (features / norms[:, None]).contiguous(), scale


def _as_float32(value: Tensor) -> Tensor:
    return value.float() if value.is_floating_point() else value.clone()
