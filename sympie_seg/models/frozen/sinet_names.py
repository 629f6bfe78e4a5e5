"""The published SINet: its names in mmseg's layout, and the digest of the published file."""

from __future__ import annotations

import os
from collections.abc import Mapping

from torch import Tensor

from sympie_seg.enhancer import file_sha256

__all__ = ["SINET_SHA256", "is_published_sinet", "sinet_origin", "sinet_to_mmseg"]

#: sha256 of ``result/SINet/SINet.pth`` in clovaai/c3_sinet (MIT, Copyright 2019-present NAVER Corp.).
SINET_SHA256 = "aecc10ab0d8d7b0c3dd86569fc3a3b91b3bd72ca485f96319afb3ef591558dcc"

_COARSE = "encoder.classifier."


def is_published_sinet(state: Mapping[str, Tensor]) -> bool:
    """Whether a state dict has the names of the published SINet."""
    return "encoder.level1.conv.weight" in state and "level3_C.conv.weight" in state


def sinet_origin(path: str) -> str:
    """Say whether a file is SINet's published one, by its sha256: a sentence for the log."""
    if not os.path.isfile(path):
        return f"'{path}' has the names of the published SINet"
    digest = file_sha256(path)
    if digest == SINET_SHA256:
        return f"'{path}' is the published SINet (sha256 as in clovaai/c3_sinet)"
    return (
        f"'{path}' has the names of the published SINet, but is not its file (sha256 {digest[:16]} instead of "
        f"{SINET_SHA256[:16]}): a copy in another container, or other weights"
    )


def sinet_to_mmseg(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Rename the weights of the published SINet for an EncoderDecoder of SINetEncoder and SINetHead.

    Args:
        state: by published name, 629 tensors.

    Returns:
        The same tensors by mmseg's names, in the same order.
    """
    return {_renamed(key): value for key, value in state.items()}


def _renamed(key: str) -> str:
    if key.startswith(_COARSE):
        return "decode_head.coarse." + key.removeprefix(_COARSE)
    if key.startswith("encoder."):
        return "backbone." + key.removeprefix("encoder.")
    return "decode_head." + key
