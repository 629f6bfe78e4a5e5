"""The size at which predictions are scored."""

from __future__ import annotations

from typing import Any

from mmcv.transforms import BaseTransform
from mmseg.registry import TRANSFORMS

__all__ = ["ScoreAtThisSize"]


@TRANSFORMS.register_module()
class ScoreAtThisSize(BaseTransform):
    """Score predictions at the size that the image has at this point of the pipeline.

    mmseg resizes logits to ``ori_shape``, the size of the image file, and scores there. The SyMPIE
    paper scores at the resized size, with labels resized by nearest neighbour::

        dict(type='LoadImageFromFile'),
        dict(type='LoadAnnotations'),
        dict(type='Resize', scale=(1024, 1024), keep_ratio=True, interpolation='area'),
        dict(type='ScoreAtThisSize'),
        dict(type='PackSegInputs', ...),

    Required keys: ``img`` (H, W, 3); ``gt_seg_map`` (H, W) where there are labels.

    Modified keys: ``ori_shape``.

    Raises:
        ValueError: if the labels have another size than the image.
    """

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Make the current size of the image its ``ori_shape``.

        Args:
            results (dict): Results of the pipeline so far.

        Returns:
            dict: The same dict.
        """
        size = tuple(results["img"].shape[:2])
        labels = results.get("gt_seg_map")
        if labels is not None and tuple(labels.shape[:2]) != size:
            raise ValueError(
                f"expected labels of the image's size {size} (height, width), got "
                f"{tuple(labels.shape[:2])} for '{results.get('img_path')}'; put LoadAnnotations "
                "before Resize, so that both are resized"
            )
        results["ori_shape"] = size
        return results

    def __repr__(self) -> str:
        """Return the call that makes this transform."""
        return f"{type(self).__name__}()"
