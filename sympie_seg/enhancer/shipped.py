"""The enhancer files that come with the project, by short name."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

#: The files ``checkpoints/sympie_<name>.pth`` (docs/WEIGHTS.md).
SHIPPED = ("general", "cityscapes", "camvid")
#: What is used where none is named.
DEFAULT = "general"

#: The one for networks that were trained on Cityscapes.
CITYSCAPES = "cityscapes"

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
    candidates = [folder / "checkpoints" / file for folder in (_PACKAGE / ".mim", _PACKAGE.parent)]
    for candidate in candidates:
        if candidate.is_file():
            return candidate
    raise FileNotFoundError(
        f"the shipped enhancer '{name}' is neither '{candidates[0]}' nor '{candidates[1]}': name a file of your own, "
        f"or take checkpoints/{file} from the project's repository"
    )


def resolve_enhancer(path: str | os.PathLike[str]) -> Path:
    """Give the file that a path or the short name of a shipped enhancer means; a file of that name comes first.

    Raises:
        FileNotFoundError: if a short name is given and its file is missing.
    """
    if os.fspath(path) in SHIPPED and not os.path.exists(path):
        return shipped_enhancer(os.fspath(path))
    return Path(path)


def better_shipped(words: Sequence[object], cityscapes_classes: bool) -> list[str]:
    """Suggest the Cityscapes file, in a sentence, where another shipped one is named for a Cityscapes network.

    Args:
        words: the enhancers that were named: paths, short names, or anything else.
        cityscapes_classes: whether the network's classes are the 19 of Cityscapes.
    """
    named = {shipped_name(word) for word in words} - {None}
    if not cityscapes_classes or not named or CITYSCAPES in named:
        return []
    return [
        f"the network's classes are those of Cityscapes: '{CITYSCAPES}' was trained for such networks, rather than "
        f"'{sorted(filter(None, named))[0]}'"
    ]


def shipped_name(word: object) -> str | None:
    """Give the short name that a word means, be it that name or the path of the file; None if it means neither."""
    if not isinstance(word, (str, os.PathLike)):
        return None
    resolved = resolve_enhancer(word)
    for name in SHIPPED:
        if resolved.name == f"sympie_{name}.pth" and resolved.parent.name == "checkpoints":
            return name
    return None
