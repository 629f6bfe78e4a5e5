"""The strip that shows what an enhancer does to one image: before, after, and what the network says of both."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from sympie_seg.visualization.changes import BROKEN, CORRECTED, changed_predictions
from sympie_seg.visualization.heat_map import heat_map, parameter_maps
from sympie_seg.visualization.label_maps import IGNORED_COLOUR, overlay, voc_palette
from sympie_seg.visualization.strip import Panel, strip

__all__ = ["enhancement_strip"]

_CELL = 40  # of a heat map, in pixels
_AROUND = 8


def enhancement_strip(
    image: np.ndarray,
    enhanced: np.ndarray,
    before: np.ndarray | str,
    after: np.ndarray | str,
    truth: np.ndarray | str | None = None,
    classes: Sequence[str] = (),
    palette: Sequence[Sequence[int]] = (),
    parameters: Sequence[float] | None = None,
    title: str = "",
    opacity: float = 1.0,
    width: int | None = None,
    columns: int | None = None,
) -> np.ndarray:
    """Draw input, enhanced image and both predictions; where there is a truth, that and what changed.

    Args:
        image: RGB uint8 (H, W, 3).
        enhanced: the same, enhanced.
        before: label map (h, w) without the enhancer; in classification the class as text.
        after: the same with it.
        truth: labels (h, w), or text.
        classes: names, for the legend.
        palette: their colours. Defaults to PASCAL VOC's for as many classes as there are names.
        parameters: the 37 numbers, drawn where they are given.
        title: a line above.
        opacity: of the classes' colours on the pictures, 0..1.
        width: of one picture in pixels, as in :func:`~sympie_seg.visualization.strip.strip`.
        columns: pictures in a row. Defaults to all.

    Returns:
        RGB uint8 (H, W, 3).
    """
    palette = palette if len(palette) else voc_palette(len(classes))
    panels = [Panel("input", image), Panel("enhanced", enhanced)]
    legend: list[tuple[str, Sequence[int]]] = []
    if isinstance(before, np.ndarray) and isinstance(after, np.ndarray):
        maps = {
            "prediction without": (image, before),
            "prediction with enhancer": (enhanced, after),
        }
        if isinstance(truth, np.ndarray):
            maps["ground truth"] = (image, truth)
        panels += [_painted(name, *pair, palette, opacity) for name, pair in maps.items()]
        legend = _occurring([labels for _, labels in maps.values()], classes, palette)
        if isinstance(truth, np.ndarray) and before.shape == after.shape == truth.shape:
            changes = changed_predictions(before, after, truth, len(palette))
            panels.append(Panel("changed: corrected, broken", changes, smooth=False))
            legend += [("corrected", CORRECTED), ("broken", BROKEN)]
    else:
        panels = [Panel(f"without: {before}", image), Panel(f"with: {after}", enhanced)]
        title = f"{title}  label: {truth}" if truth is not None else title
    if parameters is not None:
        panels.append(Panel("C_M, C_S, K", _parameter_picture(parameters)))
    return strip(panels, title, legend, width, columns)


def _painted(
    name: str,
    image: np.ndarray,
    labels: np.ndarray,
    palette: Sequence[Sequence[int]],
    opacity: float,
) -> Panel:
    if image.shape[:2] != labels.shape:  # scored at the file's size
        image = cv2.resize(image, labels.shape[::-1], interpolation=cv2.INTER_AREA)
    canvas = np.zeros_like(image) if opacity == 1 else image  # what is not scored is black
    return Panel(name, overlay(canvas, labels, palette, opacity), smooth=opacity < 1)


def _occurring(
    maps: Sequence[np.ndarray], classes: Sequence[str], palette: Sequence[Sequence[int]]
) -> list[tuple[str, Sequence[int]]]:
    occurring = sorted(set(np.concatenate([np.unique(labels) for labels in maps]).tolist()))
    known = [
        (str(classes[i]) if i < len(classes) else f"class {i}", palette[i])
        for i in occurring
        if 0 <= i < len(palette)
    ]
    ignored = any(not 0 <= i < len(palette) for i in occurring)
    return known + ([("not scored", IGNORED_COLOUR)] if ignored else [])


def _parameter_picture(parameters: Sequence[float]) -> np.ndarray:
    """C_M over C_S at the left, K at the right, with their numbers."""
    maps = {
        name: heat_map(grid, _CELL, numbers=True)
        for name, grid in parameter_maps(parameters).items()
    }
    canvas = np.full((5 * _CELL + 2 * _AROUND, 8 * _CELL + 3 * _AROUND, 3), 255, np.uint8)
    corners = {
        "C_M": (_AROUND, _AROUND),
        "C_S": (_AROUND + 4 * _CELL, _AROUND),
        "K": (_AROUND, 2 * _AROUND + 3 * _CELL),
    }
    for name, (top, left) in corners.items():
        height, width = maps[name].shape[:2]
        canvas[top : top + height, left : left + width] = maps[name]
        cv2.rectangle(canvas, (left, top), (left + width - 1, top + height - 1), (120,) * 3)
    return canvas
