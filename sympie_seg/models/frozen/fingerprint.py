"""Tells whether two frozen networks have the same weights, whatever file or names they came under."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

__all__ = [
    "UNKNOWN_NETWORK",
    "network_fingerprint",
    "network_fingerprints",
    "networks_met",
    "weights_fingerprint",
]

UNKNOWN_NETWORK = "unknown"
"""Among the networks of an enhancer file whose training started from a file that does not tell."""

_PREPROCESSOR = "data_preprocessor."


def network_fingerprint(network: nn.Module) -> str:
    """Give the SHA-256 over the sorted SHA-256 of the network's floating tensors, taken as float32.

    The data preprocessor, and with it the enhancer, does not count; nor do the names and the order of the tensors, or
    the container of the file.

    Args:
        network: with its weights loaded.
    """
    return weights_fingerprint(network.state_dict())


def weights_fingerprint(weights: Mapping[str, Tensor]) -> str:
    """As :func:`network_fingerprint`, from a state dict of the network, such as a checkpoint's."""
    digests = sorted(
        hashlib.sha256(tensor.detach().cpu().float().contiguous().numpy().tobytes()).digest()
        for name, tensor in weights.items()
        if torch.is_tensor(tensor)
        and tensor.is_floating_point()
        and not name.startswith(_PREPROCESSOR)
    )
    return hashlib.sha256(b"".join(digests)).hexdigest()


def network_fingerprints(model: nn.Module) -> list[str]:
    """Give the fingerprint of a training's network, of each of several (FrozenNetworks), or none of NEMPretraining."""
    several = getattr(model, "networks", None)
    networks = several.values() if isinstance(several, nn.ModuleDict) else [model]
    return [network_fingerprint(network) for network in networks if _has_weights(network)]


def _has_weights(network: nn.Module) -> bool:
    return any(not name.startswith(_PREPROCESSOR) for name in network.state_dict())


def networks_met(provenance: Mapping[str, Any]) -> list[str]:
    """Give the fingerprints of the networks that an enhancer was trained through, as the provenance in its file tells.

    A file that does not tell gives :data:`UNKNOWN_NETWORK`.
    """
    networks: list[str] = provenance.get("networks", [UNKNOWN_NETWORK])
    return networks
