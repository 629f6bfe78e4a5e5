"""One 5 x 5 kernel per image: a grouped convolution in PyTorch, a loop over images (Scan) in ONNX.

ONNX fixes the number of groups when the file is written, so a grouped convolution would fix the batch size. Other
forms that keep it open were slower in onnxruntime (docs/export.md).
"""
# No `from __future__ import annotations`: torch reads the types of an operator from its signature.

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

__all__ = ["filter_each", "filter_each_in_groups", "onnx_translations"]


def filter_each_in_groups(images: Tensor, kernels: Tensor) -> Tensor:
    """Cross-correlate the three channels of every image with the image's own kernel; zeros outside.

    Args:
        images: shape (N, 3, H, W).
        kernels: shape (N, 5, 5).

    Returns:
        Shape (N, 3, H, W).
    """
    count = kernels.shape[0]
    weight = kernels.repeat_interleave(3, dim=0).unsqueeze(1)  # (3 N, 1, 5, 5)
    joined = images.reshape(1, 3 * count, images.shape[2], images.shape[3])
    filtered = F.conv2d(joined, weight, padding=2, groups=3 * count)
    return filtered.reshape(images.shape)


@torch.library.custom_op("sympie_seg::filter_each", mutates_args=())
def filter_each(images: Tensor, kernels: Tensor) -> Tensor:
    """Do the same as an operator of its own, which the ONNX exporter meets as a whole."""
    return filter_each_in_groups(images, kernels)


@filter_each.register_fake
def _(images: Tensor, kernels: Tensor) -> Tensor:
    return torch.empty_like(images)


def onnx_translations() -> dict:
    """Give `torch.onnx.export(custom_translation_table=...)` the operator in ONNX."""
    from onnxscript import opset18 as op

    def by_scan(images: Any, kernels: Any) -> Any:
        weights = op.Expand(op.Unsqueeze(kernels, [1, 2]), [1, 3, 1, 1, 1])  # (N, 3, 1, 5, 5)
        return op.Scan(images, weights, body=_body(), num_scan_inputs=2)

    return {torch.ops.sympie_seg.filter_each.default: by_scan}


def _body() -> Any:
    """Filter one image: the graph that Scan repeats."""
    from onnx import TensorProto, helper, numpy_helper

    nodes = [
        helper.make_node("Unsqueeze", ["image", "axis"], ["batch"]),
        helper.make_node(
            "Conv", ["batch", "weight"], ["filtered"], group=3, kernel_shape=[5, 5], pads=[2] * 4
        ),
        helper.make_node("Squeeze", ["filtered", "axis"], ["one"]),
    ]
    shapes = {"image": [3, None, None], "weight": [3, 1, 5, 5], "one": [3, None, None]}
    image, weight, one = (
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        for name, shape in shapes.items()
    )
    axis = numpy_helper.from_array(np.array([0], np.int64), "axis")
    return helper.make_graph(nodes, "filter_one", [image, weight], [one], [axis])
