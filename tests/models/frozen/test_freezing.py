from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

from sympie_seg.models.frozen.freezing import freeze_network, network_of


def test_train_leaves_the_network_in_eval_and_switches_the_enhancer(
    enhanced_network: Callable,
) -> None:
    model = freeze_network(enhanced_network())
    model.train()
    assert model.data_preprocessor.enhancer.training
    frozen = [m for child in network_of(model).values() for m in child.modules()]
    assert any(isinstance(m, nn.BatchNorm2d) for m in frozen)
    assert any(isinstance(m, nn.Dropout2d) for m in frozen)
    assert not any(m.training for m in frozen)
    model.eval()
    assert not model.data_preprocessor.enhancer.training


def test_only_the_enhancer_asks_for_gradients(enhanced_network: Callable) -> None:
    model = freeze_network(enhanced_network())
    names = [name for name, p in model.named_parameters() if p.requires_grad]
    assert names and all(name.startswith("data_preprocessor.enhancer.") for name in names)


def test_gradients_reach_the_enhancer_through_the_frozen_network(
    enhanced_network: Callable, batch: Callable
) -> None:
    model = freeze_network(enhanced_network())
    model.train()
    data = model.data_preprocessor(batch(2), True)
    losses = model(**data, mode="loss")
    sum(value for key, value in losses.items() if "loss" in key).backward()
    bias = model.data_preprocessor.enhancer.nem.out.bias
    assert bias.grad is not None and torch.count_nonzero(bias.grad) == 37
    assert all(p.grad is None for c in network_of(model).values() for p in c.parameters())


def test_the_class_is_untouched(enhanced_network: Callable) -> None:
    model, other = enhanced_network(), enhanced_network()
    kind = type(model)
    freeze_network(model)
    other.train()
    assert type(model) is kind and other.backbone.training
