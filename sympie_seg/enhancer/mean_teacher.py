"""The mean teacher: a slow copy of the enhancer whose output the student must keep stable."""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import Tensor, nn


class MeanTeacher(nn.Module):
    """Keep an exponential moving average of a student module.

    The copy lives in `module`, so the keys of the state dict are those of the student after
    "module.". It stays in eval mode whatever `train()` asks for, needs no gradients and runs
    without recording any; keep it out of the optimiser. The student may move to another device,
    type or memory format at any time: tensors are looked up by name at each update.

    Args:
        student: the module to copy.
        keep: share of the teacher that an update keeps, in [0, 1]; 0.9 in the paper.

    Raises:
        ValueError: if `keep` lies outside [0, 1].

    Example:
        >>> student = nn.Linear(2, 1)
        >>> teacher = MeanTeacher(student)
        >>> teacher.update(student)  # after every step of the optimiser
    """

    def __init__(self, student: nn.Module, keep: float = 0.9) -> None:
        super().__init__()
        if not 0 <= keep <= 1:
            raise ValueError(f"expected keep in [0, 1], got {keep}")
        self.keep = keep
        self.module = copy.deepcopy(student).requires_grad_(False)
        self.eval()

    def train(self, mode: bool = True) -> MeanTeacher:
        """Stay in eval mode: BatchNorm must use, not change, its averaged statistics."""
        return super().train(False)

    @torch.no_grad()
    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Run the averaged module without recording gradients."""
        return self.module(*args, **kwargs)

    @torch.no_grad()
    def update(self, student: nn.Module) -> None:
        """Move towards the student: `teacher <- keep * teacher + (1 - keep) * student`.

        Parameters and floating buffers are averaged; other buffers (BatchNorm's count of
        batches) are copied.

        Args:
            student: module with the same names and shapes as the one copied.

        Raises:
            ValueError: if names or shapes differ.
        """
        self._blend(student, 1 - self.keep)

    @torch.no_grad()
    def reset(self, student: nn.Module) -> None:
        """Become equal to the student, for instance after weights were loaded into it.

        Args:
            student: module with the same names and shapes as the one copied.

        Raises:
            ValueError: if names or shapes differ.
        """
        self._blend(student, 1.0)

    def _blend(self, student: nn.Module, weight: float) -> None:
        own, new = _named_tensors(self.module), _named_tensors(student)
        _check_same(own, new)
        for name, tensor in own.items():
            value = new[name].to(tensor.device, tensor.dtype)
            if tensor.is_floating_point() and weight < 1:
                tensor.lerp_(value, weight)
            else:
                tensor.copy_(value)

    def extra_repr(self) -> str:
        """Show the share kept when printed."""
        return f"keep={self.keep}"


def _named_tensors(module: nn.Module) -> dict[str, Tensor]:
    return {**dict(module.named_parameters()), **dict(module.named_buffers())}


def _check_same(own: dict[str, Tensor], new: dict[str, Tensor]) -> None:
    different = sorted(own.keys() ^ new.keys())
    if different:
        raise ValueError(
            f"expected the module that was copied, but names differ: {', '.join(different[:3])} "
            f"({len(different)} in all); pass it without wrappers (model.module, _orig_mod)"
        )
    for name, tensor in own.items():
        if tensor.shape != new[name].shape:
            raise ValueError(
                f"expected {name} of shape {tuple(tensor.shape)}, got {tuple(new[name].shape)}"
            )
