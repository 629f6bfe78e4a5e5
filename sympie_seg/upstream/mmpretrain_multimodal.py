"""mmpretrain imports its multimodal models wherever pycocotools and transformers are installed.

They want names that recent releases of transformers (4.57 and 5 among them) no longer have where mmpretrain looks, so
``mmpretrain.models`` fails, and with it all that imports it: mmdet, and mmseg where mmdet is installed. Left out, they
are the placeholders that mmpretrain has for an environment without transformers.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any

__all__ = ["leave_out_multimodal_models"]

_PACKAGES = ("mmpretrain", "pycocotools", "transformers")
_NAMES = (
    *("PreTrainedModel", "apply_chunking_to_forward"),
    *("find_pruneable_heads_and_indices", "prune_linear_layer"),
)


def leave_out_multimodal_models() -> bool:
    """Leave mmpretrain's multimodal models out where it could not import them; before ``mmpretrain.models`` is.

    Returns:
        Whether they are left out.
    """
    if "mmpretrain.models" in sys.modules or not all(map(find_spec, _PACKAGES)):
        return False
    utilities: ModuleType | None = None
    with suppress(Exception):  # whatever fails here makes mmpretrain fail as well
        utilities = import_module("transformers.modeling_utils")
    if all(hasattr(utilities, name) for name in _NAMES):
        return False
    dependency: Any = import_module("mmpretrain.utils.dependency")
    dependency.WITH_MULTIMODAL = False
    return True
