"""Find the logits in what a network returns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import torch
from torch import Tensor

from sympie_seg.models.torch_network.factory import import_name

__all__ = ["Output", "background_and_foreground", "output_picker"]

Output: TypeAlias = "str | int | Callable[[Any], Tensor] | None"


def output_picker(output: Output) -> Callable[[Any], Tensor]:
    """Give the function that takes the logits out of a network's result.

    Args:
        output: None: the result is the logits; a key or attribute such as 'out' or 'logits'; an index; a function, or
            its name 'package.module:function'.

    Raises:
        ValueError: if the option is of another kind or the function is not found; by the function that is returned,
            if the result holds no such tensor.
    """
    pick: Callable[[Any], Any]
    if output is None:
        pick = _itself
    elif isinstance(output, str):
        pick = import_name(output, "output") if ":" in output else _named(output)
    elif isinstance(output, int) and not isinstance(output, bool):
        pick = _named(output)
    elif callable(output):
        pick = output
    else:
        raise ValueError(f"output must be a key, an index, a function or None, got {output!r}")

    def logits(result: Any) -> Tensor:
        value = pick(result)
        if not isinstance(value, Tensor):
            raise ValueError(
                f"output={output!r} of the network is no tensor but {_described(value)}; set output to what holds the "
                f"logits. The network gives {_described(result)}"
            )
        return value

    return logits


def background_and_foreground(logit: Tensor) -> Tensor:
    """Make two classes of a binary network's one channel: softmax over (0, x) is the sigmoid of x.

    Args:
        logit: shape (N, 1, ...).

    Returns:
        Shape (N, 2, ...).
    """
    return torch.cat([torch.zeros_like(logit), logit], dim=1)


def _itself(result: Any) -> Any:
    return result


def _named(key: str | int) -> Callable[[Any], Any]:
    def pick(result: Any) -> Any:
        if not isinstance(result, Tensor):  # whose first index is the image
            try:
                return result[key]
            except (KeyError, IndexError, TypeError):
                pass
            if isinstance(key, str) and hasattr(result, key):
                return getattr(result, key)
        raise ValueError(
            f"the network's result has no {key!r} (output): it is {_described(result)}"
        )

    return pick


def _described(result: Any) -> str:
    if isinstance(result, Tensor):
        return f"a tensor {tuple(result.shape)}"
    if isinstance(result, Mapping):
        parts = ", ".join(f"{key!r}: {_described(value)}" for key, value in result.items())
        return f"{type(result).__name__} of {parts}"
    if isinstance(result, (list, tuple)):
        return f"{type(result).__name__} of {', '.join(_described(value) for value in result)}"
    return f"a {type(result).__name__}"
