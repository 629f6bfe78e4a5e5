"""Freeze everything of a model but its data preprocessor, on the instance, for good."""

from __future__ import annotations

from types import MethodType

from torch import nn

__all__ = ["freeze_network", "network_of"]

PREPROCESSOR = "data_preprocessor"


def network_of(model: nn.Module) -> dict[str, nn.Module]:
    """The parts of a model that are frozen: every child but the data preprocessor, by name."""
    return {name: child for name, child in model.named_children() if name != PREPROCESSOR}


def freeze_network(model: nn.Module) -> nn.Module:
    """Make the network behind the data preprocessor constant.

    No parameter asks for a gradient, and every part stays in eval mode whatever ``train()`` is called with, so
    that no BatchNorm statistic moves and no Dropout is drawn. Gradients still pass through to the images. The
    model's class is not touched; the instance is changed and returned.

    Must come before DistributedDataParallel wraps the model, which counts the parameters that train.
    """
    for parameter in model.parameters(recurse=False):
        parameter.requires_grad_(False)
    for child in network_of(model).values():
        child.requires_grad_(False)
        child.eval()
        child.train = MethodType(_stay_in_eval, child)  # type: ignore[method-assign]  # of this instance alone
    return model


def _stay_in_eval(module: nn.Module, mode: bool = True) -> nn.Module:
    return module
