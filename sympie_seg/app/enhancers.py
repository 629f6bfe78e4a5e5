"""The enhancers that the page offers: enhancer files, shipped ones, and classical ones where mmseg is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import nn

from sympie_seg.enhancer import SyMPIE, file_sha256, load_enhancer
from sympie_seg.enhancer.shipped import SHIPPED, resolve_enhancer

__all__ = ["DEFAULTS", "OfferedEnhancer", "offer_enhancers"]

#: What is offered besides the files that are named.
DEFAULTS = ("general", "cityscapes", "clahe", "gamma")


@dataclass(frozen=True, eq=False)
class OfferedEnhancer:
    """One enhancer of the page.

    Attributes:
        name: unique, shown on the page.
        module: in eval mode.
        source: where it comes from: file and checksum, or what it is.
    """

    name: str
    module: nn.Module
    source: str

    @property
    def has_parameters(self) -> bool:
        """Whether it predicts the 37 numbers, and so takes a strength."""
        return isinstance(self.module, SyMPIE)


def offer_enhancers(
    files: Sequence[str] = (), device: str = "cpu"
) -> tuple[list[OfferedEnhancer], list[str]]:
    """Load the enhancers that were named, then the :data:`DEFAULTS`.

    Args:
        files: enhancer files, and short names of shipped or classical ones.
        device: of the enhancers that are loaded from files.

    Returns:
        The enhancers, those that were named first, and notes on defaults that are left out.

    Raises:
        FileNotFoundError: if a named file is missing.
        ValueError: if it holds no enhancer, or is named twice; the message names it.
    """
    classical = _classical()
    offered: list[OfferedEnhancer] = []
    for word in files:
        one = _load(word, classical, device, [other.name for other in offered])
        if one.source in [other.source for other in offered]:
            raise ValueError(f"--enhancer '{word}' is given twice; leave one out")
        offered.append(one)
    notes = []
    for word in DEFAULTS:
        try:
            one = _load(word, classical, device, [other.name for other in offered])
        except FileNotFoundError as error:
            notes.append(f"{word} is left out: {_why(word, error)}")
            continue
        if one.source not in [other.source for other in offered]:
            offered.append(one)
    return offered, notes


def _classical() -> Mapping[str, dict[str, Any]]:
    """Configs of the classical enhancers; none where mmseg is missing or broken."""
    try:
        from sympie_seg.models.enhancers import CLASSICAL
    except Exception:  # a broken installation raises whatever it likes
        return {}
    return {name: config for name, config in CLASSICAL.items() if name != "none"}


def _load(
    word: str, classical: Mapping[str, dict[str, Any]], device: str, taken: Sequence[str]
) -> OfferedEnhancer:
    if word in classical and not Path(word).is_file():
        from mmengine.registry import MODELS

        module = MODELS.build(dict(classical[word]))
        return OfferedEnhancer(word, module.eval(), f"{type(module).__name__}, without training")
    path = resolve_enhancer(word)
    module = load_enhancer(path, device)[0].eval()
    source = f"{path.name} (sha256 {file_sha256(path)[:16]})"
    name = word if word in SHIPPED else path.stem
    return OfferedEnhancer(name if name not in taken else str(path), module, source)


def _why(word: str, error: FileNotFoundError) -> str:
    return str(error) if word in SHIPPED else "it needs mmseg (`sympie-seg doctor` knows more)"
