"""Label maps in the colours of their classes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

__all__ = ["IGNORED_COLOUR", "overlay", "paint", "voc_palette"]

IGNORED_COLOUR = (0, 0, 0)
"""Of pixels that have no class of the palette, such as 255."""


def paint(labels: np.ndarray, palette: Sequence[Sequence[int]]) -> np.ndarray:
    """Give every label its colour.

    Args:
        labels: integers (H, W).
        palette: RGB 0..255 of the classes 0, 1, ...

    Returns:
        RGB uint8 (H, W, 3); labels beyond the palette, such as 255, are :data:`IGNORED_COLOUR`.
    """
    colours = np.array([*palette, IGNORED_COLOUR], np.uint8)
    known = (labels >= 0) & (labels < len(palette))
    return colours[np.where(known, labels, len(palette))]


def overlay(
    image: np.ndarray, labels: np.ndarray, palette: Sequence[Sequence[int]], opacity: float = 0.5
) -> np.ndarray:
    """Lay a painted label map over an image; pixels without class show the image.

    Args:
        image: RGB uint8 (H, W, 3).
        labels: integers (H, W).
        palette: as in :func:`paint`.
        opacity: of the colours, 0..1.

    Returns:
        RGB uint8 (H, W, 3).

    Raises:
        ValueError: if image and labels differ in size.
    """
    if image.shape[:2] != labels.shape:
        raise ValueError(
            f"an image of {image.shape[:2]} and labels of {labels.shape} differ in size"
        )
    known = (labels >= 0) & (labels < len(palette))
    share = np.where(known, opacity, 0)[..., None]
    result: np.ndarray = np.rint(image * (1 - share) + paint(labels, palette) * share).astype(
        np.uint8
    )
    return result


def voc_palette(count: int) -> list[tuple[int, int, int]]:
    """Colours for classes that have none, as PASCAL VOC makes them: far apart, the first one black."""
    return [(_voc_channel(n, 0), _voc_channel(n, 1), _voc_channel(n, 2)) for n in range(count)]


def _voc_channel(label: int, channel: int) -> int:
    """Every third bit of the label, the lowest becoming the highest."""
    return sum((label >> (3 * index + channel) & 1) << (7 - index) for index in range(3))
