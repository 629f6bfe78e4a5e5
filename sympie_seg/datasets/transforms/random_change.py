"""A change of a share of the images, the image of before kept beside it."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform
from numpy.typing import NDArray

from sympie_seg.datasets.transforms.corrupt import _check_bgr, _drawn_rng

__all__ = ["RandomChange"]


class RandomChange(BaseTransform):
    """Change a share of the images; a subclass says how.

    One 64-bit seed per image is drawn from numpy's global random state and everything else from it, as RandomCorruption
    does.

    Required keys: ``img`` (BGR uint8, (H, W, 3)).

    Modified keys: ``img``. No pixel moves.

    Added keys: ``clean_img``, if kept and not there yet.

    Args:
        prob (float): Share of the images that are changed, 0..1.
        keep_clean (bool): Whether to keep the image from before as ``clean_img``.

    Raises:
        ValueError: If prob is no share.
    """

    def __init__(self, prob: float, keep_clean: bool) -> None:
        if not 0 <= prob <= 1:
            raise ValueError(f"expected prob between 0 and 1, got {prob!r}")
        self.prob, self.keep_clean = prob, keep_clean

    @abstractmethod
    def change(self, image: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
        """Change one image.

        Args:
            image: (H, W, 3), BGR uint8; not to be written to.
            rng: What the image's random numbers are drawn from.

        Returns:
            A new array like the image.
        """

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Change ``results['img']``, or leave it.

        Args:
            results (dict): Results of the pipeline so far.

        Returns:
            dict: The same dict.
        """
        _check_bgr(results.get("img"))
        rng = _drawn_rng()
        if self.keep_clean:
            # No copy: the image below is a new array, and this one is not written to.
            results.setdefault("clean_img", results["img"])
        if rng.random() < self.prob:
            results["img"] = self.change(results["img"], rng)
        return results
