"""Where a config keeps the options of its data preprocessor."""

from __future__ import annotations

from typing import Any

from mmengine.config import Config

__all__ = ["preprocessor_options"]


def preprocessor_options(cfg: Config) -> dict[str, Any]:
    """Give the options of the data preprocessor: the model's own, else, as in mmpretrain's configs, those beside it."""
    return cfg.model.get("data_preprocessor") or cfg.get("data_preprocessor") or {}
