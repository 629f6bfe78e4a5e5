"""The image from before a corruption, kept beside it."""

from __future__ import annotations

from typing import Any

from mmcv.transforms import BaseTransform
from mmengine.registry import TRANSFORMS

__all__ = ["KeepClean"]


@TRANSFORMS.register_module()
class KeepClean(BaseTransform):
    """Keep the image as it is at this point of the pipeline as ``clean_img``.

    For corruptions that do not keep it by themselves, such as those of a grid::

        dict(type='KeepClean'), dict(type='Corrupt', name='fog', severity=3)

    Required keys: ``img``.

    Added keys: ``clean_img``, the same array: what follows must make a new one, as corruptions do.
    """

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Keep ``results['img']``.

        Args:
            results (dict): Results of the pipeline so far.

        Returns:
            dict: The same dict.
        """
        if results.get("img") is None:
            raise TypeError("there is no image yet: put KeepClean after LoadImageFromFile")
        results["clean_img"] = results["img"]
        return results

    def __repr__(self) -> str:
        """Return the call that makes this transform."""
        return f"{type(self).__name__}()"
