"""Whether the operations are recorded: what looks at values must not run then."""

from __future__ import annotations

import torch


def is_recorded() -> bool:
    """Tell whether a compiler or exporter records the graph, where values cannot be looked at."""
    return torch.compiler.is_compiling() or torch.jit.is_tracing() or torch.onnx.is_in_onnx_export()
