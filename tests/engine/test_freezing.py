"""A frozen network is constant, and still lets gradients through."""

from __future__ import annotations

import copy
from collections.abc import Callable

import torch
from torch import nn

from sympie_seg.engine import freeze_network
from sympie_seg.engine.freezing import network_of


def test_every_part_but_the_preprocessor_is_the_network(enhanced_network: Callable) -> None:
    assert set(network_of(enhanced_network())) == {"backbone", "decode_head"}


def test_nothing_of_the_network_trains(enhanced_network: Callable) -> None:
    model = freeze_network(enhanced_network(dict(two_step=True)))
    asking = {name for name, parameter in model.named_parameters() if parameter.requires_grad}
    enhancer = {name for name, _ in model.data_preprocessor.enhancer.named_parameters()}
    assert asking == {f"data_preprocessor.enhancer.{name}" for name in enhancer}


def test_train_reaches_the_preprocessor_only(enhanced_network: Callable) -> None:
    model = freeze_network(enhanced_network(dict(two_step=True)))
    model.train()
    for name, module in model.named_modules():
        expected = not name.startswith(("backbone", "decode_head", "data_preprocessor.teacher"))
        assert module.training is expected, name
    model.eval()
    assert not any(module.training for module in model.modules())
    model.backbone.train(), model.decode_head.train()
    assert not any(module.training for module in model.backbone.modules())


def test_a_forward_in_train_mode_moves_nothing_and_draws_nothing(
    enhanced_network: Callable, batch: Callable
) -> None:
    model = freeze_network(enhanced_network()).train()
    before = copy.deepcopy({k: v.state_dict() for k, v in network_of(model).items()})
    images = torch.randn(2, 3, 64, 96, requires_grad=True)
    outputs = [model.decode_head(model.backbone(images)) for _ in range(2)]
    assert torch.equal(*outputs), "Dropout was drawn"
    outputs[0].sum().backward()
    assert images.grad.abs().sum() > 0
    assert all(parameter.grad is None for parameter in model.backbone.parameters())
    for part, state in before.items():
        for key, value in getattr(model, part).state_dict().items():
            assert torch.equal(value, state[key]), key


def test_only_the_instance_is_changed(enhanced_network: Callable) -> None:
    freeze_network(enhanced_network())
    other = enhanced_network().train()
    assert other.backbone.training and all(p.requires_grad for p in other.parameters())


def test_a_copy_is_frozen_by_itself(enhanced_network: Callable) -> None:
    model = copy.deepcopy(freeze_network(enhanced_network())).train()
    assert not model.backbone.training and model.backbone.train().training is False
    assert model.backbone.train() is model.backbone


def test_parameters_of_the_model_itself_are_frozen() -> None:
    class Bare(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.scale = nn.Parameter(torch.ones(1))
            self.data_preprocessor = nn.Linear(1, 1)

    model = freeze_network(Bare())
    assert not model.scale.requires_grad and model.data_preprocessor.weight.requires_grad
