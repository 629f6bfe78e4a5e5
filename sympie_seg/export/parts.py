"""Parts of an exported enhancer, for programs that estimate less often than they warp; and weights of 8 bits."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["in_eight_bits", "split_enhancer"]

_LEVELS = 127
_CONVOLUTION = 4  # axes of its weight; the others are small


def split_enhancer(model: Any) -> dict[str, Any]:
    """Cut an exported enhancer where its 37 numbers are known.

    Args:
        model: onnx's ModelProto of an exported enhancer, without the input ``strength``.

    Returns:
        ``estimate``: ``images`` to ``parameters``, and ``warp``: ``images`` and ``parameters`` to ``enhanced``. One
        after the other they are the whole, node by node.
    """
    from onnx.utils import Extractor

    cut = Extractor(model)
    parts = {
        "estimate": cut.extract_model(["images"], ["parameters"]),
        "warp": cut.extract_model(["images", "parameters"], ["enhanced"]),
    }
    for part in parts.values():
        part.metadata_props.extend(model.metadata_props)
        part.ir_version = model.ir_version
    return parts


def in_eight_bits(model: Any) -> Any:
    """Keep the weights of convolutions in 8 bits, with one scale for each output channel; nothing else changes.

    Whoever runs the file turns them back into floats: it is a quarter as large, not faster.

    Args:
        model: onnx's ModelProto; not changed.

    Returns:
        A new ModelProto.
    """
    import onnx
    from onnx import numpy_helper

    small = onnx.ModelProto()
    small.CopyFrom(model)
    used = {node.input[1] for node in small.graph.node if node.op_type == "Conv"}
    weights = [
        one for one in small.graph.initializer if one.name in used and len(one.dims) == _CONVOLUTION
    ]
    added = []
    for weight in weights:
        values = numpy_helper.to_array(weight)
        levels, scale = _rounded(values)
        name = weight.name
        small.graph.initializer.remove(weight)
        small.graph.initializer.extend(
            [
                numpy_helper.from_array(levels, f"{name}.levels"),
                numpy_helper.from_array(scale, f"{name}.scale"),
            ]
        )
        added.append(
            onnx.helper.make_node(
                "DequantizeLinear", [f"{name}.levels", f"{name}.scale"], [name], axis=0
            )
        )
    nodes = [*added, *small.graph.node]
    del small.graph.node[:]
    small.graph.node.extend(nodes)
    return small


def _rounded(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Levels -127..127 and the scale of each output channel."""
    largest = np.abs(values).max(axis=(1, 2, 3))
    scale = np.where(largest > 0, largest / _LEVELS, 1).astype(np.float32)
    levels = np.rint(values / scale[:, None, None, None])
    return np.clip(levels, -_LEVELS, _LEVELS).astype(np.int8), scale
