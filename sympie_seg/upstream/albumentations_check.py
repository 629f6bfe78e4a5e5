"""albumentations looks for a newer release over the network whenever it is imported."""

from __future__ import annotations

import os


def silence_albumentations_update_check() -> None:
    """Switch that check off, unless the user has already decided; must run before the import."""
    os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")
