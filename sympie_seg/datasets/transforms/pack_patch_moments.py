"""What NEM's training without pixels needs of an image: its thumbnail and the moments of its patches."""

from __future__ import annotations

from typing import Any, cast

import cv2
import numpy as np
import torch
from mmcv.transforms import BaseTransform
from mmengine.registry import TRANSFORMS
from numpy.typing import NDArray
from torch import Tensor

from sympie_seg.enhancer import make_thumbnail
from sympie_seg.enhancer.normalization import normalize
from sympie_seg.enhancer.patch_moments import patch_moments
from sympie_seg.enhancer.thumbnail import CROP, RESIZE

__all__ = ["PackPatchMoments"]


@TRANSFORMS.register_module()
class PackPatchMoments(BaseTransform):
    """Pack the thumbnail of the corrupted image, and the moments that judge any 37 numbers on it.

    For :class:`~sympie_seg.models.NEMPretraining`. The places of the patches are drawn from numpy's global state.

    Required keys: ``img`` uint8 (H, W, 3), BGR, and ``clean_img`` likewise, from before the corruption
    (``RandomCorruption(keep_clean=True)``). Without a corruption the image is its own clean one. ``clean_map``, where
    the corruption moved pixels.

    Added keys, and no others remain: ``thumbnail`` float32 (3, thumbnail_crop, thumbnail_crop), ImageNet-normalised
    RGB; ``thumbnail_sizes`` (2,), resize and crop; ``second`` (76, 76), ``cross`` (76, 3) and ``energy`` () of
    :class:`~sympie_seg.enhancer.patch_moments.PatchMoments`.

    Args:
        points (int): number of patches. Defaults to 2500.
        thumbnail_resize (int): short side of the resized image, as the enhancer's. Defaults to 232.
        thumbnail_crop (int): side of the thumbnail, as the enhancer's. Defaults to 224.

    Raises:
        ValueError: if ``points`` is less than 1, or clean and corrupted image differ in size.
    """

    def __init__(
        self, points: int = 2500, thumbnail_resize: int = RESIZE, thumbnail_crop: int = CROP
    ) -> None:
        if points < 1:
            raise ValueError(f"points must be 1 or more, got {points}")
        self.points = points
        self.thumbnail_resize, self.thumbnail_crop = thumbnail_resize, thumbnail_crop

    def transform(self, results: dict[str, Any]) -> dict[str, Tensor]:
        """Pack one image."""
        image = _normalized(results["img"])
        clean = _normalized(_clean_image(results))
        height, width = image.shape[1:]
        rows = torch.from_numpy(np.random.randint(0, max(height - 4, 1), self.points))
        columns = torch.from_numpy(np.random.randint(0, max(width - 4, 1), self.points))
        moments = patch_moments(image, clean, rows, columns)
        thumbnail = make_thumbnail(image[None], self.thumbnail_resize, self.thumbnail_crop)[0]
        sizes = torch.tensor([self.thumbnail_resize, self.thumbnail_crop])
        packed = {"thumbnail": thumbnail, "thumbnail_sizes": sizes}
        return packed | {k: v[0] for k, v in moments._asdict().items()}

    def __repr__(self) -> str:
        return f"{type(self).__name__}(points={self.points})"


def _clean_image(results: dict[str, Any]) -> NDArray[np.uint8]:
    """The clean image, moved as the corruption moved the pixels; what comes from outside repeats the border."""
    clean: NDArray[np.uint8] = results.get("clean_img", results["img"])
    source = results.get("clean_map")
    if source is None:
        return clean
    columns, rows = (np.ascontiguousarray(source[..., axis]) for axis in (0, 1))
    moved = cv2.remap(
        np.ascontiguousarray(clean),
        columns,
        rows,
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return cast("NDArray[np.uint8]", moved)


def _normalized(image: NDArray[np.uint8]) -> Tensor:
    rgb = torch.from_numpy(np.ascontiguousarray(image[..., ::-1])).permute(2, 0, 1)
    return normalize(rgb.float() / 255)
