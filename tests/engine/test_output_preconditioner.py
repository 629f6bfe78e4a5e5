"""The change of coordinates of NEM's last layer: what it equals, and that it helps where it should."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from sympie_seg.engine.output_preconditioner import (
    OutputPreconditioner,
    natural_sensitivity,
    preconditioner,
)
from sympie_seg.enhancer import WarpParameters
from sympie_seg.enhancer.dwm import DifferentiableWarpingModule


def test_the_form_is_that_of_the_warp_on_pictures_of_the_model() -> None:
    """Draw pictures with the model's correlations and measure the change that the warp makes of them."""
    generator = torch.Generator().manual_seed(0)
    distance = torch.cdist(*[torch.cartesian_prod(*[torch.arange(12.0)] * 2)] * 2)
    space = 0.8 * 0.96**distance + 0.2 * (distance == 0)
    colour = torch.full((3, 3), 0.9).fill_diagonal_(1)
    white = torch.randn(3000, 3, 144, generator=generator)
    spread = torch.linalg.cholesky(space)
    pictures = torch.linalg.cholesky(colour) @ white @ spread.T
    pictures = pictures.view(3000, 3, 12, 12)
    change = torch.randn(37, generator=generator) * 0.01
    vector = WarpParameters.identity(1).to_vector() + change
    warp = DifferentiableWarpingModule().train()
    warped = warp(pictures, WarpParameters.from_vector(vector.expand(3000, -1)))
    inner = (warped - pictures)[..., 2:-2, 2:-2]  # zero padding is no part of the model
    wanted = (change.double() @ natural_sensitivity() @ change.double()).item()
    assert inner.square().mean().item() == pytest.approx(wanted, rel=0.1)


def test_makes_all_but_the_damped_directions_alike() -> None:
    form, matrix = natural_sensitivity(), preconditioner().double()
    before = torch.linalg.eigvalsh(form)
    after = torch.linalg.eigvalsh(matrix.T @ form @ matrix)
    assert before[-1] / before.median() > 50
    assert after[-1] / after.median() < 1.2


def steps(preconditioned: bool, layer: nn.Linear, rate: float = 0.01) -> nn.Linear:
    optimizer = torch.optim.SGD(layer.parameters(), lr=rate)
    if preconditioned:
        OutputPreconditioner(layer).attach(optimizer)
    features = torch.randn(8, 16, generator=torch.Generator().manual_seed(1))
    for _ in range(3):
        optimizer.zero_grad()
        layer(features).square().sum().backward()
        optimizer.step()
    return layer


def test_is_gradient_descent_in_other_coordinates() -> None:
    layer = nn.Linear(16, 37)
    wanted = copy.deepcopy(layer)
    matrix = preconditioner()
    # q = B^-1 p, written out: out = B (V f + c).
    inverse = torch.linalg.inv(matrix)
    weight, bias = (nn.Parameter(inverse @ p.detach()) for p in (layer.weight, layer.bias))
    optimizer = torch.optim.SGD([weight, bias], lr=0.01)
    features = torch.randn(8, 16, generator=torch.Generator().manual_seed(1))
    for _ in range(3):
        optimizer.zero_grad()
        ((features @ weight.T + bias) @ matrix.T).square().sum().backward()
        optimizer.step()
    stepped = steps(True, wanted)
    torch.testing.assert_close(stepped.weight, matrix @ weight, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(stepped.bias, matrix @ bias, rtol=1e-4, atol=1e-5)
    plain = steps(False, copy.deepcopy(layer))
    assert (plain.weight - stepped.weight).abs().max() > 1e-3


def test_refuses_weight_decay_and_other_layers() -> None:
    layer = nn.Linear(16, 37)
    with pytest.raises(ValueError, match="weight_decay=0"):
        OutputPreconditioner(layer).attach(torch.optim.AdamW(layer.parameters()))
    with pytest.raises(ValueError, match="37 outputs"):
        OutputPreconditioner(nn.Linear(16, 36))
