"""Every corruption at every severity on one photograph."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from sympie_seg.corruptions.mixture import image_seed
from sympie_seg.corruptions.registry import corrupt

__all__ = ["contact_sheet", "example_photograph"]

_CAPTION, _GAP = 16, 2  # pixels
_SEVERITIES = (1, 2, 3, 4, 5)
_SHORT_SIDE = 224  # that of ImageNet-C, for which the severities are made

Picture = NDArray[np.uint8]


def example_photograph() -> Picture:
    """Load the cup of coffee that scikit-image ships, RGB (H, W, 3).

    Raises:
        ModuleNotFoundError: if scikit-image is absent.
    """
    try:
        from skimage import data
    except ImportError:
        raise ModuleNotFoundError(
            "name a photograph with --image, or pip install scikit-image"
        ) from None
    return cast("Picture", data.coffee())


def contact_sheet(image: Picture, names: Iterable[str], width: int, seed: int = 0) -> Picture:
    """Draw one strip for each corruption: the clean picture, then severities 1 to 5, under a caption.

    The photograph is corrupted with a short side of 224 pixels and shrunk for the sheet.

    Args:
        image: RGB (H, W, 3).
        names: of corruptions; drawn one after the other, so that a progress bar can be put around them.
        width: of one picture, in pixels.
        seed: of the draws.
    """
    scale = _SHORT_SIDE / min(image.shape[:2])
    image = _resized(image, None, scale)
    return np.vstack([_strip(image, name, width, seed) for name in names])


def _strip(image: Picture, name: str, width: int, seed: int) -> Picture:
    pictures = [image]
    for severity in _SEVERITIES:
        rng = np.random.default_rng(image_seed(seed, "contact sheet", name, severity))
        pictures.append(corrupt(image, name, severity, rng))
    height = round(width * image.shape[0] / image.shape[1])
    small = [_resized(picture, (width, height)) for picture in pictures]
    small = [cv2.copyMakeBorder(p, 0, _GAP, 0, _GAP, cv2.BORDER_CONSTANT) for p in small]
    caption = _caption(f"{name}: clean, severity {_SEVERITIES[0]} to {_SEVERITIES[-1]}", small)
    return np.vstack([caption, np.hstack(small)])


def _caption(text: str, pictures: Sequence[Picture]) -> Picture:
    line = np.zeros((_CAPTION, pictures[0].shape[1] * len(pictures), 3), np.uint8)
    corner = (4, _CAPTION - 4)
    cv2.putText(line, text, corner, cv2.FONT_HERSHEY_SIMPLEX, 0.4, (255,) * 3, 1, cv2.LINE_AA)
    return line


def _resized(image: Picture, size: tuple[int, int] | None, scale: float = 0) -> Picture:
    return cast(
        "Picture",
        cv2.resize(image, size, fx=scale, fy=scale, interpolation=cv2.INTER_AREA),
    )
