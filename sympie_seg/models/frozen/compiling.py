"""``torch.compile`` for the parts that it can compile."""

from __future__ import annotations

from typing import Any

from mmengine.logging import print_log
from mmengine.model import BaseModel
from torch import nn

from sympie_seg.models.frozen.freezing import network_of

__all__ = ["compile_parts"]


def compile_parts(model: BaseModel, **options: Any) -> list[str]:
    """Compile NEM, the teacher's NEM, and the frozen network's backbone and neck (all of a TorchNetwork), in place.

    mmengine compiles ``train_step`` as a whole, which logs, copies samples and steps the optimiser: torch
    cannot trace that. Keys of the state dict stay as they are.

    Args:
        model: the segmentor or classifier, not wrapped.
        **options: of ``torch.compile``, such as ``mode`` and ``backend``.

    Returns:
        The names of what was compiled.
    """
    preprocessor = model.data_preprocessor
    parts: dict[str, nn.Module | None] = {"NEM": getattr(preprocessor.enhancer, "nem", None)}
    if preprocessor.teacher is not None:
        parts["the teacher's NEM"] = getattr(preprocessor.teacher.module, "nem", None)
    several = getattr(model, "networks", None) or {"": model}
    for prefix, one in several.items():
        network = network_of(one)
        names = ("backbone", "neck", "network")
        parts.update({f"{prefix} {name}".strip(): network.get(name) for name in names})
    present = {name: part for name, part in parts.items() if part is not None}
    for part in present.values():
        part.compile(**options)
    print_log(
        f"torch.compile: {', '.join(present)}; the first iterations are slow", logger="current"
    )
    return list(present)
