"""The tones and colours of another picture, taken from a folder: looks that cameras made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from albumentations.augmentations.mixing.domain_adaptation_functional import match_histograms
from mmengine.registry import TRANSFORMS
from numpy.typing import NDArray

from sympie_seg.datasets.transforms.random_change import RandomChange
from sympie_seg.datasets.unlabelled.listing import list_pictures
from sympie_seg.datasets.unlabelled.parts import Split, split_pictures
from sympie_seg.utils.pictures import read_rgb

__all__ = ["RandomHistogramMatching", "take_histograms"]

_REFERENCE_SIDE = 256  # a histogram needs no more pixels


def take_histograms(
    image: NDArray[np.uint8], reference: NDArray[np.uint8], share: float
) -> NDArray[np.uint8]:
    """Give an image the histograms of another, channel by channel, in part.

    Args:
        image: (H, W, 3), uint8.
        reference: of any size, its channels in the same order.
        share: how much of the matched image is taken, 0..1; the rest is the image's.

    Returns:
        A new array like the image.
    """
    # Not apply_histogram: it resizes the reference to the image, and a mean of pixels narrows the histogram.
    matched = match_histograms(image, reference)
    blended: NDArray[np.uint8] = cv2.addWeighted(matched, share, image, 1 - share, 0)
    return blended


@TRANSFORMS.register_module()
class RandomHistogramMatching(RandomChange):
    """Give an image the histograms of a random picture of a folder, channel by channel, in part or in full.

    For training: real pictures are dark, hazy, tinted or harsh in more ways than named corruptions are. Put it before
    :class:`~sympie_seg.datasets.transforms.RandomCorruption`, which then keeps the clean image that this one kept::

        dict(type='RandomHistogramMatching', data_root='data/photos', prob=0.3, keep_clean=True),
        dict(type='RandomCorruption', keep_clean=True)

    albumentations matches the histograms. One 64-bit seed per image is drawn from numpy's global random state and
    everything else from it, as RandomCorruption does.

    Required keys: ``img`` (BGR uint8, (H, W, 3)).

    Modified keys: ``img``. No pixel moves.

    Added keys: ``clean_img``, if kept and not there yet.

    Args:
        data_root (str): A folder tree of pictures.
        prob (float): Share of the images that are changed, 0..1. Defaults to 0.3.
        blend (tuple[float, float]): How much of the matched image is taken, the rest from the image: drawn uniformly
            between these two, 0..1. Defaults to (0.3, 1.0).
        include (str | Sequence[str]): Globs of pictures to use, as those of UnlabelledImages. Defaults to (), all.
        exclude (str | Sequence[str]): Globs of pictures to leave out. Defaults to ().
        split (dict, optional): Part of the pictures, as that of UnlabelledImages. Defaults to None, all.
        keep_clean (bool): Whether to keep the image from before as ``clean_img``. Defaults to False.

    Raises:
        ValueError: If an option cannot be used, or a picture cannot be read.
        FileNotFoundError: If the folder does not exist or has no pictures.
    """

    def __init__(
        self,
        data_root: str,
        prob: float = 0.3,
        blend: Sequence[float] = (0.3, 1.0),
        include: str | Sequence[str] = (),
        exclude: str | Sequence[str] = (),
        split: Mapping[str, Any] | None = None,
        keep_clean: bool = False,
    ) -> None:
        super().__init__(prob, keep_clean)
        self.blend = tuple(blend)
        if len(self.blend) != 2 or not 0 <= self.blend[0] <= self.blend[1] <= 1:
            raise ValueError(f"expected blend as two numbers, 0 <= low <= high <= 1, got {blend!r}")
        self.data_root = data_root
        listing = list_pictures(data_root, include, exclude)
        self._root = listing.root
        self.references = listing.pictures
        if split is not None:
            self.references = split_pictures(self.references, Split.from_options(split))[0]

    def change(self, image: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
        """Give an image the histograms of a random picture (see :class:`RandomChange`)."""
        reference = _read(self._root / self.references[rng.integers(len(self.references))])
        return take_histograms(image, reference, rng.uniform(self.blend[0], self.blend[1]))

    def __repr__(self) -> str:
        """Return the call that makes this transform, the pictures as their number."""
        return (
            f"{type(self).__name__}(data_root={str(self.data_root)!r}, prob={self.prob}, blend={self.blend}, "
            f"keep_clean={self.keep_clean}, references={len(self.references)})"
        )


def _read(path: Path) -> NDArray[np.uint8]:
    """Read a picture as BGR uint8, at most 256 pixels on its longer side."""
    try:
        image: NDArray[np.uint8] = read_rgb(path)[..., ::-1]
    except ValueError as error:
        raise ValueError(f"{error}; remove the picture, or exclude it") from error
    scale = min(1, _REFERENCE_SIDE / max(image.shape[:2]))
    rows, columns = (
        np.linspace(0, side - 1, max(1, round(side * scale))).round().astype(int)
        for side in image.shape[:2]
    )
    # Every so many pixels: a mean of pixels would narrow the histogram.
    picked: NDArray[np.uint8] = image[np.ix_(rows, columns)]
    return picked
