"""The test pipeline of a config for pictures that are in no dataset, and the classes it predicts."""

from __future__ import annotations

from typing import Any

from mmengine.config import Config
from mmengine.registry import DATASETS

__all__ = ["first_test_set", "metainfo", "picture_steps"]

NOT_ON_PICTURES = ("LoadAnnotations", "Corrupt", "RandomCorruption", "MixedCorruption")


def first_test_set(cfg: Config) -> dict[str, Any]:
    """The first dataset of the config's tests: its pipeline and classes are used."""
    part = cfg.test_dataloader.dataset
    while "pipeline" not in part and ("datasets" in part or "dataset" in part):
        part = part["datasets"][0] if "datasets" in part else part["dataset"]
    if "pipeline" not in part:
        raise ValueError("the config's test_dataloader has no pipeline")
    result: dict[str, Any] = part
    return result


def picture_steps(part: dict[str, Any]) -> list[dict[str, Any]]:
    """Give the steps of a dataset's pipeline that a picture without labels goes through."""
    return [step for step in part["pipeline"] if step["type"] not in NOT_ON_PICTURES]


def metainfo(part: dict[str, Any]) -> dict[str, Any]:
    """Classes and palette of a dataset, without looking for its files."""
    with DATASETS.switch_scope_and_registry(None) as registry:
        kind = registry.get(part["type"])
    return {**getattr(kind, "METAINFO", {}), **(part.get("metainfo") or {})}
