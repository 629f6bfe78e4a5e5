"""Whose config it is: mmseg's or mmpretrain's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["is_classification"]


def is_classification(cfg: Mapping[str, Any]) -> bool:
    """Whether a config is one of mmpretrain's; all others segment."""
    return bool(cfg.get("default_scope") == "mmpretrain")
