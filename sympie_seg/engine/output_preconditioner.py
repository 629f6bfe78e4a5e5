"""Steps of NEM's last layer in coordinates in which every direction changes the picture alike.

The 37 numbers are badly scaled against one another: what moves all 25 numbers of the kernel together changes the
brightness of the whole picture, what moves them against one another changes edges alone. The mean square change of a
natural picture is about 80 times larger in the stiffest direction than in the median one. Adam scales each number by
itself, so it overshoots in the stiff direction while it crawls in the others: the loss of the first hundred steps rises
above that of untouched pictures. Here the optimiser sees ``q`` in ``p = B q``, with ``B`` the inverse square root of
that quadratic form for a standard model of natural pictures. The layer, its file and its checkpoint stay as they are.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

__all__ = ["OutputPreconditioner", "natural_sensitivity", "preconditioner"]

# A natural picture in normalised space, of unit variance: how much two colour channels have in common, how much two
# neighbouring pixels, and the share of the variance that is noise of single pixels (training pictures are corrupted).
_COLOUR, _NEIGHBOUR, _NOISE = 0.9, 0.96, 0.2
# Directions that hardly change a picture are not followed further than this share of the mean allows.
_DAMPING = 0.02


def natural_sensitivity() -> Tensor:
    """Give the mean square change of a picture for small changes of the 37 numbers at the identity.

    Returns:
        float64 (37, 37), symmetric: a change ``d`` changes the picture by ``d @ H @ d`` per value on average. In the
        order of the parameter vector: colour matrix (9), colour shift (3), kernel (25).
    """
    colours = torch.full((3, 3), _COLOUR, dtype=torch.float64)
    colours.fill_diagonal_(1)
    sides = torch.arange(5, dtype=torch.float64)
    taps = torch.cartesian_prod(sides, sides)
    centre = _correlation((taps - 2).norm(dim=1))
    form = torch.zeros(37, 37, dtype=torch.float64)
    form[:9, :9] = torch.kron(colours, torch.eye(3, dtype=torch.float64))
    form[9:12, 9:12] = torch.eye(3, dtype=torch.float64)
    form[12:, 12:] = 3 * _correlation(torch.cdist(taps, taps))
    form[:9, 12:] = torch.outer(colours.flatten(), centre)
    form[12:, :9] = form[:9, 12:].T
    return form / 3


def _correlation(distance: Tensor) -> Tensor:
    return (1 - _NOISE) * _NEIGHBOUR**distance + _NOISE * (distance == 0)


def preconditioner() -> Tensor:
    """Give ``B``: the damped inverse square root of :func:`natural_sensitivity`, float32 (37, 37), symmetric."""
    values, vectors = torch.linalg.eigh(natural_sensitivity())
    scale = (values + _DAMPING * values.mean()).rsqrt()
    result: Tensor = (vectors * scale @ vectors.T).float()
    return result


class OutputPreconditioner:
    """Turn the steps of an optimiser on a linear layer of 37 outputs into steps in ``q``.

    It hangs on the optimiser's own step: gradients are turned before it, the changes of weight and bias after it. The
    optimiser's state (Adam's moments) is in ``q``; nothing else has to be kept to resume.

    Args:
        layer: NEM's last layer, ``nem.out``.

    Raises:
        ValueError: if the layer has not 37 outputs and a bias, or the optimiser decays the weights of the layer.
    """

    def __init__(self, layer: nn.Linear) -> None:
        if layer.out_features != 37 or layer.bias is None:
            raise ValueError(
                f"precondition_output needs a last layer of 37 outputs and a bias, got {layer}"
            )
        self.parameters = [layer.weight, layer.bias]
        self.matrix = preconditioner()
        self._before: list[Tensor] = []

    def attach(self, optimizer: torch.optim.Optimizer) -> None:
        """Register both hooks; before every other hook that looks at gradients or at changed weights."""
        ours = {id(parameter) for parameter in self.parameters}
        for group in optimizer.param_groups:
            if group.get("weight_decay") and any(id(p) in ours for p in group["params"]):
                raise ValueError(
                    "precondition_output: weight decay would decay the change of coordinates too; set "
                    "optim_wrapper.optimizer.weight_decay=0"
                )
        optimizer.register_step_pre_hook(lambda *_: self.turn_gradients())
        optimizer.register_step_post_hook(lambda *_: self.turn_changes())

    @torch.no_grad()
    def turn_gradients(self) -> None:
        """Make the gradients with respect to ``p`` those with respect to ``q``, in place."""
        self._before = [parameter.clone() for parameter in self.parameters]
        for parameter in self.parameters:
            if parameter.grad is not None:
                matrix = self.matrix.to(parameter.grad)
                parameter.grad.copy_(matrix.T @ parameter.grad)

    @torch.no_grad()
    def turn_changes(self) -> None:
        """Make the changes of ``q`` that the optimiser made those of ``p``, in place."""
        for parameter, before in zip(self.parameters, self._before, strict=True):
            matrix = self.matrix.to(parameter)
            parameter.copy_(before + matrix @ (parameter - before))
