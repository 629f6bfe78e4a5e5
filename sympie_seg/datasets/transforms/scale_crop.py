"""Random crops at random scales, for images of any size, with or without labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from mmengine.registry import TRANSFORMS
from numpy.typing import NDArray

from sympie_seg.corruptions.mixture import image_seed
from sympie_seg.datasets.transforms.corrupt import _drawn_rng, _image_key

__all__ = ["RandomScaleCrop"]

_RELATIVE_TO = ("file", "crop")


@TRANSFORMS.register_module()
class RandomScaleCrop(BaseTransform):
    """Resize an image by a random factor and cut out a random crop of a fixed size.

    An image that would be smaller than the crop is scaled up until it covers it; nothing is ever padded. Only the part
    that the crop shows is resized, so that large photographs cost no more than small ones.

    One 64-bit seed per image is drawn from numpy's global random state and everything else from it, as
    :class:`~sympie_seg.datasets.transforms.RandomCorruption` does.

    Required keys: ``img`` (H, W) or (H, W, C); label maps (H, W) under ``gt_seg_map`` and the names in ``seg_fields``,
    where there are any.

    Modified keys: ``img``, the label maps (nearest neighbour), ``img_shape``, and ``ori_shape``: the crop takes the
    place of the file, so predictions have its size.

    Added keys: ``scale_factor`` (factors of width and height).

    Args:
        scale_range (tuple[float, float]): The factor is drawn uniformly between these two, both above 0.
        crop_size (int | tuple[int, int]): Height and width.
        relative_to (str): What a factor of 1 means: 'file', the size of the image; or 'crop', the scale at which the
            image just covers the crop, which suits folders of any sizes. Defaults to 'file'.
        seed (int, optional): If given, an image always gives the same crop, as a validation set needs; nothing is
            drawn from the global state. Defaults to None.

    Raises:
        ValueError: If an option cannot be used, or a label map has another size than its image.
    """

    def __init__(
        self,
        scale_range: Sequence[float],
        crop_size: int | Sequence[int],
        relative_to: str = "file",
        seed: int | None = None,
    ) -> None:
        self.scale_range = _check_range(scale_range)
        self.crop_size = _check_size(crop_size)
        if relative_to not in _RELATIVE_TO:
            raise ValueError(
                f"expected relative_to as one of {', '.join(_RELATIVE_TO)}, got {relative_to!r}"
            )
        self.relative_to, self.seed = relative_to, seed

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Crop ``results['img']`` and its label maps.

        Args:
            results (dict): Results of the pipeline so far.

        Returns:
            dict: The same dict.
        """
        image = results.get("img")
        if not isinstance(image, np.ndarray) or image.ndim not in (2, 3) or not image.size:
            raise TypeError(
                f"expected results['img'] as a numpy array (H, W, C), got {type(image).__name__}; put "
                "RandomScaleCrop after LoadImageFromFile"
            )
        names = {name for name in ("gt_seg_map", *results.get("seg_fields", ())) if name in results}
        self._check_labels(results, names)
        rows, columns = self._draw_box(image.shape[:2], self._rng(results))
        height, width = self.crop_size
        part = image[rows, columns]
        results["img"] = _resized(part, self.crop_size)
        for name in names:
            results[name] = _nearest(results[name][rows, columns], self.crop_size)
        results["img_shape"] = results["ori_shape"] = self.crop_size
        results["scale_factor"] = (width / part.shape[1], height / part.shape[0])
        return results

    def _rng(self, results: dict[str, Any]) -> np.random.Generator:
        if self.seed is None:
            return _drawn_rng()
        key = _image_key(results)
        return np.random.default_rng(image_seed(self.seed, key, "scale and crop"))

    def _draw_box(self, shape: tuple[int, int], rng: np.random.Generator) -> tuple[slice, slice]:
        """Draw which rows and columns of an image the crop shows."""
        cover = max(side / own for side, own in zip(self.crop_size, shape, strict=True))
        scale = rng.uniform(*self.scale_range) * (cover if self.relative_to == "crop" else 1)
        scale = max(scale, cover)
        box = []
        for side, own in zip(self.crop_size, shape, strict=True):
            shown = min(own, max(1, round(side / scale)))
            start = int(rng.integers(own - shown + 1))
            box.append(slice(start, start + shown))
        return box[0], box[1]

    @staticmethod
    def _check_labels(results: dict[str, Any], names: set[str]) -> None:
        size = results["img"].shape[:2]
        for name in names:
            if results[name].shape[:2] != size:
                raise ValueError(
                    f"expected '{name}' of the image's size {size} (height, width), got {results[name].shape[:2]} for "
                    f"'{results.get('img_path')}'; put RandomScaleCrop before what resizes the image alone"
                )

    def __repr__(self) -> str:
        """Return the call that makes this transform."""
        return (
            f"{type(self).__name__}(scale_range={self.scale_range}, crop_size={self.crop_size}, "
            f"relative_to={self.relative_to!r}, seed={self.seed})"
        )


def _check_range(scale_range: Sequence[float]) -> tuple[float, float]:
    try:
        low, high = map(float, scale_range)
    except (TypeError, ValueError):
        low = high = float("nan")
    if not 0 < low <= high < float("inf"):
        raise ValueError(
            f"expected scale_range as two factors above 0, the smaller one first, got {scale_range!r}"
        )
    return low, high


def _check_size(crop_size: int | Sequence[int]) -> tuple[int, int]:
    size = (crop_size, crop_size) if isinstance(crop_size, int) else tuple(crop_size)
    if len(size) != 2 or any(not isinstance(side, int) or side < 1 for side in size):
        raise ValueError(f"expected crop_size as (height, width) in pixels, got {crop_size!r}")
    return size


def _resized(image: NDArray, size: tuple[int, int]) -> NDArray:
    """Resize an image: averaging where it shrinks, which leaves no aliases."""
    height, width = size
    shrinks = image.shape[0] > height or image.shape[1] > width
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    resized = cv2.resize(np.ascontiguousarray(image), (width, height), interpolation=method)
    returned: NDArray = resized.reshape(height, width, *image.shape[2:])
    return returned


def _nearest(labels: NDArray, size: tuple[int, int]) -> NDArray:
    """Resize a label map of any type by nearest neighbour, with pixel centres where the image has them."""
    rows, columns = (
        ((np.arange(side) + 0.5) * own / side).astype(int)
        for side, own in zip(size, labels.shape[:2], strict=True)
    )
    result: NDArray = labels[rows[:, None], columns]
    return result
