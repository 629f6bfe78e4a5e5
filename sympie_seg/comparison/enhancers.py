"""The enhancers that a comparison was asked for: classical ones by short names, or files; each gets a unique name."""

from __future__ import annotations

import os.path as osp
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sympie_seg.enhancer import load_enhancer
from sympie_seg.enhancer.parameters import check_strength
from sympie_seg.enhancer.shipped import SHIPPED, resolve_enhancer
from sympie_seg.models.enhancers import CLASSICAL
from sympie_seg.models.frozen.fingerprint import UNKNOWN_NETWORK, networks_met

__all__ = ["EnhancerChoice", "choose_enhancers", "sweep_strength"]


@dataclass(frozen=True)
class EnhancerChoice:
    """One enhancer of a comparison.

    Attributes:
        name: in tables, unique; a file's stem, with folders in front where stems are equal.
        source: the short name or the file as it was given.
        config: what a data preprocessor takes as ``enhancer``.
        strength: what a data preprocessor takes as ``strength``; None for the enhancer's own.
    """

    name: str
    source: str
    config: str | dict[str, Any]
    strength: float | None = None

    @property
    def is_file(self) -> bool:
        """Whether it was read from an enhancer file."""
        return isinstance(self.config, str)

    def trained_through(self, fingerprint: str) -> bool | None:
        """Whether it was trained through the network of a fingerprint; None where its file does not tell."""
        if not isinstance(self.config, str):
            return None
        networks = networks_met(load_enhancer(self.config)[1])
        if fingerprint in networks:
            return True
        return None if UNKNOWN_NETWORK in networks else False


def choose_enhancers(words: Sequence[str]) -> list[EnhancerChoice]:
    """Find the enhancers that the words name.

    Args:
        words: short names of classical enhancers (:data:`~sympie_seg.models.enhancers.CLASSICAL`) and of shipped
            ones (:data:`~sympie_seg.enhancer.shipped.SHIPPED`), and enhancer files.

    Raises:
        ValueError: if a word is neither, or an enhancer is named twice.
    """
    words = [word if word in CLASSICAL else str(resolve_enhancer(word)) for word in map(str, words)]
    known = ", ".join((*CLASSICAL, *SHIPPED))
    for word in words:
        if word not in CLASSICAL and not osp.isfile(word):
            raise ValueError(f"--enhancer '{word}' is neither a file nor one of {known}")
    sources = [word if word in CLASSICAL else str(Path(word).resolve()) for word in words]
    twice = [word for word, own in zip(words, sources, strict=True) if sources.count(own) > 1]
    if twice:
        raise ValueError(f"--enhancer '{twice[0]}' is given twice; leave one out")
    names = _unique_names(sources)
    return [
        EnhancerChoice(name, word, dict(CLASSICAL[word]) if word in CLASSICAL else word)
        for name, word in zip(names, words, strict=True)
    ]


def sweep_strength(
    choices: Sequence[EnhancerChoice], strengths: Sequence[float] | None
) -> list[EnhancerChoice]:
    """Put each enhancer file into the comparison once for each strength, named 'file@1.4'.

    Args:
        choices: of :func:`choose_enhancers`; those without a file have no strength and stay as they are.
        strengths: in [0, 2], each once. None or empty: every file with its own.

    Raises:
        ValueError: if a strength is out of range or given twice, or there is no file to apply it to.
    """
    if not strengths:
        return list(choices)
    strengths = [check_strength(strength) for strength in strengths]
    twice = [strength for strength in strengths if strengths.count(strength) > 1]
    if twice:
        raise ValueError(f"--strength {twice[0]:g} is given twice; leave one out")
    if not any(choice.is_file for choice in choices):
        raise ValueError("--strength needs an enhancer file in --enhancer; no other has a strength")
    return [
        replace(choice, name=f"{choice.name}@{strength:g}", strength=strength)
        if strength is not None
        else choice
        for choice in choices
        for strength in (strengths if choice.is_file else [None])
    ]


def _unique_names(given: list[str]) -> list[str]:
    """Short names as they are, files by their stem and as many folders as it takes to tell them apart."""
    parts = [(word,) if word in CLASSICAL else Path(word).with_suffix("").parts for word in given]
    depths = [1] * len(parts)
    while True:
        names = ["/".join(part[-depth:]) for part, depth in zip(parts, depths, strict=True)]
        clashing = {name for name, count in Counter(names).items() if count > 1}
        longer = [
            min(depth + (name in clashing), len(part))
            for part, depth, name in zip(parts, depths, names, strict=True)
        ]
        if longer == depths:
            return _numbered(names)
        depths = longer


def _numbered(names: list[str]) -> list[str]:
    """Tell apart files that differ in their suffix alone."""
    return [
        name if names.count(name) == 1 else f"{name}#{names[: index + 1].count(name)}"
        for index, name in enumerate(names)
    ]
