"""Exposure of training images: a random one, and a clean image that asks for the least change of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from mmengine.registry import TRANSFORMS
from numpy.typing import NDArray

from sympie_seg.datasets.transforms.corrupt import _check_bgr
from sympie_seg.datasets.transforms.random_change import RandomChange

__all__ = ["HIGHEST_EXPOSURE", "NearestExposure", "RandomExposure", "change_exposure"]

_POWER = 4
#: 4/3. Above it the brightest tones would swap their order: the slope at white is e + (1 - e) * 4.
HIGHEST_EXPOSURE = _POWER / (_POWER - 1)
_LEVELS = np.arange(256) / 255


def change_exposure(image: NDArray[np.uint8], exposure: float) -> NDArray[np.uint8]:
    """Multiply dark and middle tones, and keep black and white: ``e u + (1 - e) u**4`` for values u in 0..1.

    A camera at dusk does about this: the ground is darker and keeps its detail, the sky stays bright. A gamma would
    crush the shadows instead.

    Args:
        image: (H, W, C), uint8.
        exposure: The factor e of dark tones, 0..4/3; 1 returns the same values.

    Returns:
        A new array like the image.
    """
    table = 255 * (exposure * _LEVELS + (1 - exposure) * _LEVELS**_POWER)
    changed: NDArray[np.uint8] = cv2.LUT(image, np.round(table).astype(np.uint8))
    return changed


@TRANSFORMS.register_module()
class RandomExposure(RandomChange):
    """Give an image a random exposure: darker or brighter, black and white stay (:func:`change_exposure`).

    One 64-bit seed per image is drawn from numpy's global random state and everything else from it, as RandomCorruption
    does.

    Required keys: ``img`` (BGR uint8, (H, W, 3)).

    Modified keys: ``img``. No pixel moves.

    Added keys: ``clean_img``, if kept and not there yet.

    Args:
        prob (float): Share of the images that are changed, 0..1. Defaults to 0.4.
        exposure (tuple[float, float]): The lowest and the highest exposure, 0..4/3; drawn uniformly. 1 changes nothing.
            Defaults to (0.3, 1.3).
        keep_clean (bool): Whether to keep the image from before as ``clean_img``. Defaults to False.

    Raises:
        ValueError: If an option cannot be used.
    """

    def __init__(
        self, prob: float = 0.4, exposure: Sequence[float] = (0.3, 1.3), keep_clean: bool = False
    ) -> None:
        super().__init__(prob, keep_clean)
        self.exposure = tuple(exposure)
        if (
            len(self.exposure) != 2
            or not 0 <= self.exposure[0] <= self.exposure[1] <= HIGHEST_EXPOSURE
        ):
            raise ValueError(
                f"expected exposure as two numbers, 0 <= low <= high <= 4/3, got {exposure!r}"
            )

    def change(self, image: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
        """Give an image a random exposure (see :class:`RandomChange`)."""
        return change_exposure(image, rng.uniform(self.exposure[0], self.exposure[1]))

    def __repr__(self) -> str:
        """Return the call that makes this transform."""
        return (
            f"{type(self).__name__}(prob={self.prob}, exposure={self.exposure}, "
            f"keep_clean={self.keep_clean})"
        )


@TRANSFORMS.register_module()
class NearestExposure(BaseTransform):
    """Move the exposure of the clean image towards that of the image, as far as networks accept it.

    An enhancer that learns the clean image gives every dark or bright image the exposure of its training images. A
    network needs less: it accepts a range of exposures. This transform gives the clean image the exposure of a range
    whose mean is nearest to the image's (:func:`change_exposure`). So the training asks for the least change, and for
    none where the exposure alone differs and is within the range. Put it behind the last transform that changes the
    image::

        dict(type='RandomExposure', keep_clean=True),
        dict(type='RandomCorruption', keep_clean=True),
        dict(type='NearestExposure'),

    Required keys: ``img`` and ``clean_img`` (BGR uint8, (H, W, 3)).

    Modified keys: ``clean_img``.

    Args:
        exposure (tuple[float, float]): The range, its first number 0..1, its second 1..4/3. Defaults to (0.6, 1.15):
            SINet lost at most 1 point of mIoU there and CGNet 3 (docs/label-free.md).

    Raises:
        ValueError: If the range cannot be used.
    """

    def __init__(self, exposure: Sequence[float] = (0.6, 1.15)) -> None:
        self.exposure = tuple(exposure)
        if (
            len(self.exposure) != 2
            or not 0 <= self.exposure[0] <= 1 <= self.exposure[1] <= HIGHEST_EXPOSURE
        ):
            raise ValueError(
                f"expected exposure as two numbers, 0 <= low <= 1 <= high <= 4/3, got {exposure!r}"
            )

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Change the exposure of ``results['clean_img']``.

        Args:
            results (dict): Results of the pipeline so far.

        Returns:
            dict: The same dict.

        Raises:
            TypeError: If no earlier transform kept a clean image.
        """
        _check_bgr(results.get("img"))
        image: NDArray[np.uint8] = results["img"]
        clean: NDArray[np.uint8] | None = results.get("clean_img")
        if clean is None:
            raise TypeError(
                "there is no clean image: set keep_clean=True in an earlier transform, or put KeepClean there"
            )
        shares = np.bincount(clean.ravel(), minlength=256) / clean.size
        mean, powered = float(shares @ _LEVELS), float(shares @ _LEVELS**_POWER)
        # The mean is linear in the exposure. An image of black and white alone has no other one.
        if mean - powered > 1e-6:
            wanted = (float(image.mean()) / 255 - powered) / (mean - powered)
            exposure = min(max(wanted, self.exposure[0]), self.exposure[1])
            results["clean_img"] = change_exposure(clean, exposure)
        return results

    def __repr__(self) -> str:
        """Return the call that makes this transform."""
        return f"{type(self).__name__}(exposure={self.exposure})"
