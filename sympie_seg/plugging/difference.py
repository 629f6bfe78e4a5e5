"""What one config changes in another, as a config that inherits it has to say it."""

from __future__ import annotations

from typing import Any

from mmengine.config.config import DELETE_KEY

__all__ = ["difference", "without_scopes"]


def difference(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """The changes that make ``new`` of ``old`` when mmengine merges them.

    Dicts merge key by key, everything else is replaced. A dict that lost a key, or stands where there was none,
    starts with ``_delete_=True``. A key that is gone at the top level cannot be expressed and is left out.
    """
    changes = {}
    for key, value in new.items():
        if key not in old:
            changes[key] = value
        elif isinstance(value, dict):
            if not isinstance(old[key], dict) or old[key].keys() - value.keys():
                changes[key] = {DELETE_KEY: True, **value}
            elif inner := difference(old[key], value):
                changes[key] = inner
        elif old[key] != value or type(old[key]) is not type(value):
            changes[key] = value
    return changes


def without_scopes(value: Any) -> Any:
    """Copy nested dicts and lists without ``_scope_``, which mmengine adds to what is inherited by ``mmseg::...``."""
    if isinstance(value, dict):
        return {k: without_scopes(v) for k, v in value.items() if k != "_scope_"}
    if isinstance(value, (list, tuple)):
        return type(value)(without_scopes(item) for item in value)
    return value
