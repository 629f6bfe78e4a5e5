"""Pictures side by side under captions, with a legend of the classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image, ImageDraw

from sympie_seg.visualization.text import font

__all__ = ["Panel", "strip"]

GAP, LINE, FONT_SIZE, SWATCH = 6, 22, 13, 12  # pixels
MIN_WIDTH = 160
"""Narrower pictures are enlarged, so that their captions can be read."""
INK, PAPER = (20, 20, 20), (255, 255, 255)


@dataclass(frozen=True)
class Panel:
    """A picture, RGB uint8 (H, W, 3), and what stands above it. ``smooth=False`` for pictures of classes or cells."""

    caption: str
    picture: np.ndarray
    smooth: bool = True


def strip(
    panels: Sequence[Panel],
    title: str = "",
    legend: Sequence[tuple[str, Sequence[int]]] = (),
    width: int | None = None,
    columns: int | None = None,
) -> np.ndarray:
    """Put pictures side by side.

    Args:
        panels: the pictures; all are brought to the size of the first, those of another shape keep theirs.
        title: a line above all.
        legend: names and RGB colours for the foot.
        width: of one picture in pixels. Defaults to the first picture's own, or :data:`MIN_WIDTH` where that is less.
        columns: pictures in a row. Defaults to all.

    Returns:
        RGB uint8 (H, W, 3).

    Raises:
        ValueError: if there is no picture.
    """
    if not panels:
        raise ValueError("a strip needs at least one picture")
    columns = min(columns or len(panels), len(panels))
    size = _cell_size(panels[0].picture, width)
    cells = [_cell(panel, size) for panel in panels]
    blank = np.full_like(cells[0], 255)
    cells += [blank] * (-len(cells) % columns)
    rows = [np.hstack(cells[start : start + columns]) for start in range(0, len(cells), columns)]
    body = np.vstack(rows)
    parts = [_text_bar(title, body.shape[1])] if title else []
    parts.append(body)
    if legend:
        parts.append(_legend(legend, body.shape[1]))
    return np.vstack(parts)


def _cell_size(picture: np.ndarray, width: int | None) -> tuple[int, int]:
    """Width and height."""
    height, own = picture.shape[:2]
    wanted = width or max(own, MIN_WIDTH)
    return wanted, max(1, round(height * wanted / own))


def _cell(panel: Panel, size: tuple[int, int]) -> np.ndarray:
    picture = np.ascontiguousarray(panel.picture)
    height, width = picture.shape[:2]
    scale = min(size[0] / width, size[1] / height)
    # A prediction may be a pixel larger or smaller after rounding; a heat map has another shape altogether.
    alike = abs(width / height - size[0] / size[1]) * height < 2
    target = size if alike else (max(1, round(width * scale)), max(1, round(height * scale)))
    if (width, height) != target:
        method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        picture = cv2.resize(
            picture, target, interpolation=method if panel.smooth else cv2.INTER_NEAREST
        )
    right, below = size[0] - target[0] + GAP, size[1] - target[1] + GAP
    padded = cv2.copyMakeBorder(picture, 0, below, 0, right, cv2.BORDER_CONSTANT, value=PAPER)
    return np.vstack([_text_bar(panel.caption, padded.shape[1]), padded])


def _text_bar(text: str, width: int) -> np.ndarray:
    bar = Image.new("RGB", (width, LINE), PAPER)
    draw = ImageDraw.Draw(bar)
    draw.text((2, LINE // 2), _fitting(text, width - 4), INK, font(FONT_SIZE), anchor="lm")
    return np.asarray(bar)


def _fitting(text: str, width: int) -> str:
    """Cut off what does not fit."""
    text = " ".join(text.split())
    if font(FONT_SIZE).getlength(text) <= width:
        return text
    while text and font(FONT_SIZE).getlength(text + "…") > width:
        text = text[:-1]
    return text + "…"


def _legend(entries: Sequence[tuple[str, Sequence[int]]], width: int) -> np.ndarray:
    """Coloured squares with names, in as many lines as it takes."""
    corners, x, y = [], 2, 0
    for name, _ in entries:
        length = SWATCH + 4 + round(font(FONT_SIZE).getlength(name)) + 14
        if x > 2 and x + length > width:
            x, y = 2, y + LINE
        corners.append((x, y))
        x += length
    bar = Image.new("RGB", (width, y + LINE), PAPER)
    draw = ImageDraw.Draw(bar)
    for (name, colour), (x, y) in zip(entries, corners, strict=True):
        top = y + (LINE - SWATCH) // 2
        draw.rectangle((x, top, x + SWATCH, top + SWATCH), tuple(map(int, colour)), INK)
        draw.text((x + SWATCH + 4, y + LINE // 2), name, INK, font(FONT_SIZE), anchor="lm")
    return np.asarray(bar)
