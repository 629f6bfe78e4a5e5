"""A label map is what it should be before anything is learnt from it."""

from __future__ import annotations

from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform
from mmseg.registry import TRANSFORMS

from sympie_seg.datasets.bad_samples import BadSampleError

__all__ = ["CheckLabels"]

_SHOWN = 6


@TRANSFORMS.register_module()
class CheckLabels(BaseTransform):
    """Refuse labels of another size than their image, or with values that are no classes.

    Our datasets put it behind ``LoadAnnotations`` by themselves.

    Required keys: ``gt_seg_map`` (H, W), ``ori_shape``, ``seg_map_path``.

    Args:
        classes (int): number of classes; 0 .. classes - 1 are allowed.
        ignore_index (int): allowed too. Defaults to 255.
        fix (str): what to do about it, for the message. Defaults to ''.

    Raises:
        BadSampleError: with the file, what was found, and the fix.
    """

    def __init__(self, classes: int, ignore_index: int = 255, fix: str = "") -> None:
        self.classes, self.ignore_index, self.fix = classes, ignore_index, fix

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Check, and change nothing.

        Args:
            results (dict): Results of the pipeline so far.

        Returns:
            dict: The same dict.
        """
        labels, path = results["gt_seg_map"], results.get("seg_map_path")
        if labels.ndim != 2:
            self._refuse(
                path, f"is a picture with {labels.shape[-1]} channels, not one of class numbers"
            )
        size = tuple(results["ori_shape"][:2])
        if labels.shape != size:
            label_size, image_size = (f"{shape[1]} x {shape[0]}" for shape in (labels.shape, size))
            self._refuse(path, f"is {label_size}, its image {image_size}")
        wrong = (labels >= self.classes) & (labels != self.ignore_index)
        if labels.dtype.kind != "u":
            wrong |= labels < 0
        if wrong.any():
            values = np.unique(labels[wrong]).tolist()
            shown = ", ".join(map(str, values[:_SHOWN])) + (", ..." if len(values) > _SHOWN else "")
            kind = (
                "labelIds, not trainIds"
                if self.classes == 19 and max(values) <= 33
                else "no classes"
            )
            self._refuse(path, f"holds the values {shown}, which are {kind}")
        return results

    def _refuse(self, path: str | None, fault: str) -> None:
        raise BadSampleError(
            f"'{path}' {fault}; allowed are 0..{self.classes - 1} and {self.ignore_index} (ignored), at the image's "
            f"size. {self.fix}"
        )

    def __repr__(self) -> str:
        """Return the call that makes this transform."""
        return f"{type(self).__name__}(classes={self.classes}, ignore_index={self.ignore_index})"
