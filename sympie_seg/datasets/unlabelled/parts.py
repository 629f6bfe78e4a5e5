"""Hold some pictures out: whole folders or sequences, so that no scene is in both parts."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from sympie_seg.utils.escaping import printable
from sympie_seg.utils.seeds import hashed_seed

__all__ = ["PARTS", "SPLIT_BY", "Split", "group_pictures", "split_pictures"]

PARTS = ("train", "val")
_OVERSHOOT = (
    1.25  # a group is held out if the part becomes no larger than this times what was asked for
)
_FRAME = re.compile(r"([A-Za-z]*)\d+")


def _folder(path: str) -> str:
    return path.rpartition("/")[0] or "."


def _sequence(path: str) -> str:
    """Give the folder and the words of a file's name before the number of the frame.

    ``0016E5_00390`` is of ``0016E5``, ``aachen_000000_000019_leftImg8bit`` of ``aachen_000000``,
    ``GOPR0475_frame_000247_rgb_anon`` of ``GOPR0475_frame``, ``frame000247`` of ``frame``, and
    ``beach (12)`` of ``beach``.
    """
    folder, _, name = path.rpartition("/")
    words = re.split(r"[_\-. ()]+", name.rpartition(".")[0] or name)
    numbered = [index for index, word in enumerate(words) if _FRAME.fullmatch(word)]
    if numbered:
        last = numbered[-1]
        # A number alone does not belong to the sequence's name; letters in front of it do, if nothing else does.
        words = words[:last] or [_FRAME.sub(r"\1", words[last])]
    return f"{folder or '.'}/{'_'.join(words)}"


SPLIT_BY: dict[str, Callable[[str], str]] = {
    "folder": _folder,
    "sequence": _sequence,
    "file": lambda path: path,
}
"""What stays together: ``by`` -> a function from a path to the name of its group."""


@dataclass(frozen=True)
class Split:
    """Which part of a folder's pictures to use.

    Attributes:
        part: 'train', or 'val' for what is held out.
        holdout: share of the pictures to hold out, above 0 and at most 0.5; whole groups come close to it.
        by: what stays together: 'folder', 'sequence' (folder and the beginning of the file's name, before the
            number of the frame) or 'file'.
        seed: another seed, other groups.
        pattern: a regular expression that is searched for in the path below the root; what its first group (or all
            of it) matches names the sequence, in place of ``by``.

    Raises:
        ValueError: if an option cannot be used.
    """

    part: str = "train"
    holdout: float = 0.1
    by: str = "folder"
    seed: int = 0
    pattern: str | None = None

    def __post_init__(self) -> None:
        """Check the options."""
        if self.part not in PARTS:
            raise ValueError(f"expected split.part as one of {', '.join(PARTS)}, got {self.part!r}")
        if self.by not in SPLIT_BY:
            raise ValueError(f"expected split.by as one of {', '.join(SPLIT_BY)}, got {self.by!r}")
        if not isinstance(self.holdout, (int, float)) or not 0 < self.holdout <= 0.5:
            raise ValueError(
                f"expected split.holdout above 0 and at most 0.5, got {self.holdout!r}"
            )
        if self.pattern is not None:
            try:
                re.compile(self.pattern)
            except (re.error, TypeError) as error:
                raise ValueError(
                    f"split.pattern={self.pattern!r} is no regular expression: {error}"
                ) from error

    @classmethod
    def from_options(cls, options: Mapping[str, Any] | Split) -> Split:
        """Make it of a config's dict.

        Raises:
            TypeError: if an option is unknown, with those that there are.
        """
        if isinstance(options, Split):
            return options
        known = [option.name for option in fields(cls)]
        unknown = sorted(set(options) - set(known))
        if unknown:
            raise TypeError(f"split has no option {unknown[0]!r}; it has {', '.join(known)}")
        return cls(**options)

    @property
    def unit(self) -> str:
        """What stays together, for messages."""
        return "sequence" if self.pattern is not None else self.by

    def group_of(self, path: str) -> str:
        """Name the group of a picture.

        Raises:
            ValueError: if ``pattern`` is not found in the path.
        """
        if self.pattern is None:
            return SPLIT_BY[self.by](path)
        match = re.search(self.pattern, path)
        if match is None:
            raise ValueError(
                f"split.pattern={self.pattern!r} is not found in '{printable(path)}': make it fit every picture, or "
                "leave the picture out (exclude)"
            )
        return match[1] if match.re.groups else match[0]


def group_pictures(paths: Sequence[str], split: Split) -> dict[str, list[str]]:
    """Sort pictures into the groups that stay together."""
    groups: dict[str, list[str]] = {}
    for path in paths:
        groups.setdefault(split.group_of(path), []).append(path)
    return groups


def split_pictures(paths: Sequence[str], split: Split) -> tuple[list[str], list[str]]:
    """Split pictures into the part that is asked for and the other one.

    The order of the groups depends on the seed and their names alone, not on the order of the files or the machine.

    Args:
        paths: below the root, with ``/``.
        split: how.

    Returns:
        The pictures of ``split.part``, and those of the other part; no group is in both.

    Raises:
        ValueError: if there is one group only.
    """
    groups = group_pictures(paths, split)
    if len(groups) < 2:
        others = [by for by in SPLIT_BY if by != split.by]
        raise ValueError(
            f"all {len(paths)} pictures are of one {split.unit} ('{printable(next(iter(groups)))}'), so none can be "
            f"held out: use split.by={' or '.join(map(repr, others))}, or split.pattern"
        )
    held_out = _choose(groups, split.holdout * len(paths), split.seed)
    val = [path for path in paths if split.group_of(path) in held_out]
    train = [path for path in paths if split.group_of(path) not in held_out]
    return (val, train) if split.part == "val" else (train, val)


def _choose(groups: Mapping[str, list[str]], wanted: float, seed: int) -> set[str]:
    """Take groups in a random order while they bring the held-out part close to what is wanted; at least one."""
    order = sorted(groups, key=lambda name: (hashed_seed(seed, "hold out", name), name))
    chosen, total = set(), 0
    for name in order:
        if total >= wanted:
            break
        if total + len(groups[name]) <= _OVERSHOOT * wanted:
            chosen.add(name)
            total += len(groups[name])
    return chosen or {min(order, key=lambda name: len(groups[name]))}
