"""What the metrics by condition share: names, the condition of a sample, and the order of the rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mmengine.logging import print_log

from sympie_seg.datasets.conditions import check_condition
from sympie_seg.metrics.scorer import ALL

__all__ = ["ALL", "MEAN", "check_names", "check_once", "condition_of", "order_conditions"]

MEAN = "mean_over_conditions"
"""Begins the names of the mean's metrics; the row of the table has blanks."""


def check_names(names: Sequence[str] | None) -> tuple[str, ...]:
    """Check a list of conditions.

    Raises:
        TypeError: if it is a string.
        ValueError: if a name cannot be used.
    """
    if isinstance(names, str):
        raise TypeError(f"expected a list of conditions, got the string {names!r}")
    return tuple(_free(check_condition(name)) for name in names or ())


def condition_of(sample: Mapping[str, Any], pack: str) -> str:
    """Give the condition of a sample.

    Args:
        sample: a data sample as a dict.
        pack: name of the transform that packs samples, for the message.

    Raises:
        ValueError: if it has none, or one that cannot be used.
    """
    if sample.get("condition") is None:
        ours = pack.replace("Pack", "PackSyMPIE")
        raise ValueError(
            f"image '{sample.get('img_path')}' has no condition; give its dataset one "
            f"(condition='...'), and pack with {ours} or add 'condition' to the meta_keys of {pack}"
        )
    return _free(check_condition(sample["condition"]))


def check_once(images: Iterable[tuple[str, str | None]]) -> None:
    """Refuse an image that would count twice: a dataset that is listed twice, or copied into another.

    Args:
        images: (condition, image) of every score; an image of None is not compared.

    Raises:
        ValueError: if a pair occurs twice.
    """
    seen = set()
    for condition, image in images:
        if image is not None and (condition, image) in seen:
            raise ValueError(
                f"'{image}' was scored twice under the condition '{condition}': a dataset of test_dataloader is "
                "listed twice. Leave one out, or give them different conditions"
            )
        seen.add((condition, image))


def order_conditions(listed: Sequence[str], occurring: Sequence[str]) -> list[str]:
    """Give the conditions that occur, the listed ones first, the others as they come; log the absent ones."""
    absent = [name for name in listed if name not in occurring]
    if absent:
        print_log(f"no image of condition {', '.join(absent)}", logger="current")
    present = [name for name in listed if name in occurring]
    return present + [name for name in occurring if name not in present]


def _free(name: str) -> str:
    if name in (ALL, MEAN):
        raise ValueError(
            f"the condition {name!r} has the name of a row of the table; call it otherwise"
        )
    return name
