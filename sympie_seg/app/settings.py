"""What the visitor asked for, read from JSON and checked."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sympie_seg.corruptions import CORRUPTIONS
from sympie_seg.enhancer.parameters import NUM_PARAMETERS, check_strength
from sympie_seg.utils.numbers import is_number

__all__ = ["MOST_SEED", "Settings", "read_settings"]

MOST_SEED = 2**31 - 1
_LARGEST = 1000.0
"""Of an edited number: a thousand times identity leaves nothing of any picture."""
_SEVERITIES = range(6)


@dataclass(frozen=True)
class Settings:
    """How one picture is to be broken and enhanced.

    Attributes:
        enhancers: names of those that are applied, side by side.
        strength: how far predictions of the 37 numbers are followed, in [0, 2]; None for each enhancer's own.
        corruption: what breaks the picture first; empty for nothing.
        severity: of the corruption, 1 to 5; 0 changes nothing.
        seed: of the corruption's noise.
        parameters: the 37 numbers to apply, as they are, instead of an enhancer's prediction, by its name.
        predict: whether the network is run, where there is one.
    """

    enhancers: tuple[str, ...]
    strength: float | None = None
    corruption: str = ""
    severity: int = 0
    seed: int = 0
    parameters: Mapping[str, tuple[float, ...]] | None = None
    predict: bool = True


def read_settings(text: str, offered: Sequence[str], adjustable: Sequence[str]) -> Settings:
    """Read and check settings.

    Args:
        text: a JSON object with the attributes of :class:`Settings`; what is left out has its default, ``enhancers``
            all that are offered.
        offered: names of the enhancers that there are.
        adjustable: those of them that take ``parameters``.

    Raises:
        ValueError: if a setting is of another kind or out of range; the message names it.
    """
    try:
        given = json.loads(text or "{}")
    except (ValueError, RecursionError) as error:
        raise ValueError(f"the settings are no JSON: {error}") from None
    if not isinstance(given, dict):
        raise ValueError("the settings must be a JSON object")
    unknown = sorted(set(given) - set(Settings.__dataclass_fields__))
    if unknown:
        raise ValueError(f"unknown setting '{unknown[0][:40]}'")
    return Settings(
        _names(given.get("enhancers"), offered),
        _strength(given.get("strength")),
        _corruption(given.get("corruption", "")),
        _whole("severity", given.get("severity", 0), _SEVERITIES),
        _whole("seed", given.get("seed", 0), range(MOST_SEED + 1)),
        _parameters(given.get("parameters"), adjustable),
        _flag("predict", given.get("predict", True)),
    )


def _names(given: Any, offered: Sequence[str]) -> tuple[str, ...]:
    names = list(offered) if given is None else given
    if not isinstance(names, list) or not all(name in offered for name in names):
        raise ValueError(f"'enhancers' must be a list of names out of {', '.join(offered)}")
    if len(set(names)) < len(names):
        raise ValueError("'enhancers' names one twice")
    return tuple(names)


def _strength(given: Any) -> float | None:
    try:
        return None if given is None else check_strength(given)
    except (TypeError, ValueError) as error:
        raise ValueError(f"'strength': {error}") from None


def _corruption(given: Any) -> str:
    if given == "" or (isinstance(given, str) and given in CORRUPTIONS):
        return str(given)
    raise ValueError(f"'corruption' must be empty or one of {', '.join(CORRUPTIONS)}")


def _whole(name: str, given: Any, allowed: range) -> int:
    if isinstance(given, bool) or not isinstance(given, int) or given not in allowed:
        raise ValueError(
            f"'{name}' must be a whole number from {allowed.start} to {allowed.stop - 1}"
        )
    return given


def _flag(name: str, given: Any) -> bool:
    if not isinstance(given, bool):
        raise ValueError(f"'{name}' must be true or false")
    return given


def _parameters(given: Any, adjustable: Sequence[str]) -> Mapping[str, tuple[float, ...]] | None:
    if given is None:
        return None
    if not isinstance(given, dict) or not all(name in adjustable for name in given):
        raise ValueError(f"'parameters' is by enhancer, out of {', '.join(adjustable)}")
    return {name: _numbers(name, numbers) for name, numbers in given.items()}


def _numbers(name: str, given: Any) -> tuple[float, ...]:
    if not isinstance(given, list) or len(given) != NUM_PARAMETERS:
        raise ValueError(f"the parameters of {name} must be {NUM_PARAMETERS} numbers")
    for index, number in enumerate(given):
        if not is_number(number) or abs(number) > _LARGEST:
            raise ValueError(
                f"parameter {index} of {name} must be a number from -{_LARGEST:g} to {_LARGEST:g}"
            )
    return tuple(float(number) for number in given)
