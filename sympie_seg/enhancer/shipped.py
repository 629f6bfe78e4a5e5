"""The enhancer files that come with the project, by short name."""

from __future__ import annotations

import os
from pathlib import Path

#: The files ``checkpoints/sympie_<name>.pth`` (docs/WEIGHTS.md).
SHIPPED = ("general", "cityscapes", "camvid")
#: What is used where none is named.
DEFAULT = "general"

_PACKAGE = Path(__file__).resolve().parents[1]


def shipped_enhancer(name: str = DEFAULT) -> Path:
    """Give the file of a shipped enhancer: inside the installed package, or in the checkout.

    Args:
        name: one of `SHIPPED`.

    Raises:
        FileNotFoundError: if it is in neither place.
        ValueError: if no shipped enhancer has this name.
    """
    if name not in SHIPPED:
        raise ValueError(f"no shipped enhancer is called {name!r}; there are {', '.join(SHIPPED)}")
    file = f"sympie_{name}.pth"
    places = [folder / "checkpoints" / file for folder in (_PACKAGE / ".mim", _PACKAGE.parent)]
    for place in places:
        if place.is_file():
            return place
    raise FileNotFoundError(
        f"the shipped enhancer '{name}' is neither '{places[0]}' nor '{places[1]}': name a file of your own, or take "
        f"checkpoints/{file} from the project's repository"
    )


def resolve_enhancer(path: str | os.PathLike[str]) -> Path:
    """Give the file that a path or the short name of a shipped enhancer means; a file of that name comes first.

    Raises:
        FileNotFoundError: if a short name is given and its file is missing.
    """
    if os.fspath(path) in SHIPPED and not os.path.exists(path):
        return shipped_enhancer(os.fspath(path))
    return Path(path)
