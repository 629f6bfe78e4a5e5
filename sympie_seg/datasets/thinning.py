"""Test sets with fewer images, by their configs."""

from __future__ import annotations

from typing import Any

from mmengine.registry import DATASETS

__all__ = ["keep_every"]


def keep_every(config: dict[str, Any], every: int) -> None:
    """Leave every Nth image in each set of a dataset's config.

    A dataset that is made of others says itself how, with a class method ``keep_every(config, every)``.

    Args:
        config: of the dataset, changed in place.
        every: 1 keeps all.
    """
    if every == 1:
        return
    kind = config["type"]
    own = getattr(DATASETS.get(kind) if isinstance(kind, str) else kind, "keep_every", None)
    if own is not None:
        own(config, every)
    elif "datasets" in config:
        for part in config["datasets"]:
            keep_every(part, every)
    else:
        config["indices"] = list(range(0, len(DATASETS.build(config)), every))
