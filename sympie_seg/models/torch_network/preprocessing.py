"""The data preprocessor of a network: its options follow from the network's mean, std and channel order."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from sympie_seg.models.torch_network.tasks import TASKS, NetworkTask
from sympie_seg.utils.network_colours import NetworkColours

__all__ = ["COLOUR_OPTIONS", "complete_preprocessor", "preprocessor_options"]

COLOUR_OPTIONS = ("mean", "std", "order", "max_pixel_value")


def complete_preprocessor(
    model: Mapping[str, Any], given: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Give the whole config of the data preprocessor of a ``TorchNetwork``.

    Args:
        model: config of the network.
        given: config of its data preprocessor. Defaults to None: what the model says.

    Raises:
        ValueError: as for :func:`preprocessor_options`.
    """
    mean, std = model.get("mean"), model.get("std")
    order, full = model.get("order", "rgb"), model.get("max_pixel_value", 1.0)
    colours = NetworkColours(mean, std, order, full)  # type: ignore[arg-type]  # refuses None
    given = model.get("data_preprocessor") if given is None else given
    return preprocessor_options(colours, task_class(model.get("task", "segmentation")), given)


def task_class(name: str) -> type[NetworkTask]:
    """Give the class of a task.

    Raises:
        ValueError: if there is none of that name.
    """
    if name not in TASKS:
        raise ValueError(f"task must be one of {', '.join(map(repr, TASKS))}, got {name!r}")
    return TASKS[name]


def preprocessor_options(
    colours: NetworkColours, task: type[NetworkTask], given: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Add mean, std and channel order, in the library's units, to the config of a data preprocessor.

    Args:
        colours: of the network.
        task: of the network.
        given: what the config says; without ``type`` it is the library's own.

    Raises:
        ValueError: if the data preprocessor is another task's, or says otherwise than the network.
    """
    options = dict(given or {})
    name = _bare_name(options.setdefault("type", task.preprocessor))
    if name not in (task.preprocessor, task.plugged):
        raise ValueError(
            f"data_preprocessor.type is {name!r}; with task='{task.name}' it must be '{task.plugged}' (or "
            f"'{task.preprocessor}', without enhancer)"
        )
    for key, value in _wanted(colours, task, options).items():
        if options.get(key) is not None and not _equal(options[key], value):
            raise ValueError(
                f"data_preprocessor.{key}={options[key]!r}, but {value!r} follows from the network's mean, std, order "
                "and max_pixel_value: leave it out of the data preprocessor"
            )
        options[key] = value
    if task is TASKS["segmentation"] and options.get("size") is None:
        options.setdefault("size_divisor", 1)  # mmseg wants one of the two in training
    return options


def _wanted(
    colours: NetworkColours, task: type[NetworkTask], options: Mapping[str, Any]
) -> dict[str, Any]:
    mean, std = colours.in_grey_levels()
    loaded = options.get("input_order") or "bgr"  # as mmcv loads
    swap = loaded != colours.order
    wanted: dict[str, Any] = {"mean": list(mean), "std": list(std)}
    if task is TASKS["classification"]:
        return wanted | {"to_rgb": swap}
    return wanted | {
        "bgr_to_rgb": swap and loaded == "bgr",
        "rgb_to_bgr": swap and loaded == "rgb",
    }


def _bare_name(kind: Any) -> str:
    return getattr(kind, "__name__", str(kind)).rsplit(".", 1)[-1]


def _equal(one: Any, other: Any) -> bool:
    if isinstance(other, list):
        same = isinstance(one, Sequence) and len(one) == len(other)
        return same and all(
            math.isclose(a, b, rel_tol=1e-4, abs_tol=1e-3) for a, b in zip(one, other, strict=True)
        )
    result: bool = one == other
    return result
