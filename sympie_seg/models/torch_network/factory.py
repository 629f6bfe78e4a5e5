"""Build a network by the name of the function that makes it.

A name in a config is imported and called: it runs code, like every config of mmengine. Do not use a config whose
factory you do not trust.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any

from torch import nn

__all__ = ["build_network", "import_name"]

_HOW = "'package.module:function', such as 'torchvision.models.segmentation:fcn_resnet50'"
_FAILURES = (TypeError, ValueError, OSError, RuntimeError, ImportError, KeyError, AttributeError)


def import_name(name: str, option: str) -> Any:
    """Import what a name stands for; importing runs the module's code.

    Args:
        name: 'package.module:function'; dots after the colon reach into classes.
        option: the option that holds the name, for messages.

    Raises:
        ValueError: if there is no such module or nothing of that name in it.
    """
    module_name, _, path = name.partition(":")
    if not (module_name and path):
        raise ValueError(f"{option}={name!r} must be {_HOW}")
    try:
        target = importlib.import_module(module_name)
    except ImportError as error:
        raise ValueError(
            f"{option}={name!r}: {error}. Install the package, or put the folder of your own module on PYTHONPATH"
        ) from error
    for part in path.split("."):
        if not hasattr(target, part):
            raise ValueError(f"{option}={name!r}: {target!r} has no {part!r}")
        target = getattr(target, part)
    return target


def build_network(
    factory: str | Callable[..., nn.Module] | nn.Module, arguments: Mapping[str, Any] | None = None
) -> nn.Module:
    """Call a factory.

    Args:
        factory: its name, see :func:`import_name`; or the callable, or a network that is there already.
        arguments: keyword arguments. A dict with the key 'factory' among them is built first, in the same way: some
            networks want an object.

    Returns:
        The network.

    Raises:
        ValueError: if the factory is not found, fails, or gives no network; the message names it.
    """
    arguments = dict(arguments or {})
    if isinstance(factory, nn.Module):
        if arguments:
            raise ValueError(f"factory is a network already; it takes no factory_args {arguments}")
        return factory
    network = _call(factory, arguments)
    if not isinstance(network, nn.Module):
        raise ValueError(
            f"factory={factory!r} gave a {type(network).__name__}, not a torch.nn.Module"
        )
    return network


def _call(factory: str | Callable[..., Any], arguments: Mapping[str, Any]) -> Any:
    function = import_name(factory, "factory") if isinstance(factory, str) else factory
    plain = {key: _plain(value) for key, value in arguments.items()}
    try:
        return function(**plain)
    except _FAILURES as error:
        raise ValueError(
            f"factory={factory!r} with factory_args={dict(arguments)} failed: {type(error).__name__}: {error}"
        ) from error


def _plain(value: Any) -> Any:
    """Make dicts and lists of mmengine's, which answer questions that a dict does not; build what is to be built."""
    if isinstance(value, Mapping):
        plain = {key: _plain(item) for key, item in value.items()}
        inner = plain.pop("factory", None)
        return plain if inner is None else _call(inner, plain)
    if isinstance(value, (list, tuple)):
        return type(value)(_plain(item) for item in value)
    return value
