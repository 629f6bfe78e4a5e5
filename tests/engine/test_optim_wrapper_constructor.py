from __future__ import annotations

import copy
from collections.abc import Callable

import pytest
import torch
from mmengine.optim import build_optim_wrapper

from sympie_seg.engine.optim_wrapper_constructor import clip_each_tensor
from sympie_seg.models.frozen.freezing import freeze_network
from sympie_seg.models.frozen.split_loss import split_loss

OPTIMIZER = dict(
    type="OptimWrapper",
    constructor="EnhancerOptimWrapperConstructor",
    optimizer=dict(type="Adam", lr=1e-2),
    clip_tensor_norm=1.0,
)


def build(enhanced_network: Callable, perturbed: Callable, **changes: object) -> tuple:
    model = split_loss(freeze_network(enhanced_network(dict(two_step=True))))
    perturbed(model.data_preprocessor.enhancer)
    model.data_preprocessor.teacher.reset(model.data_preprocessor.enhancer)
    wrapper = build_optim_wrapper(model, copy.deepcopy(dict(OPTIMIZER, **changes)))
    return model.train(), wrapper


def test_holds_the_enhancers_parameters_only(
    enhanced_network: Callable, perturbed: Callable
) -> None:
    model, wrapper = build(enhanced_network, perturbed)
    held = {id(p) for group in wrapper.optimizer.param_groups for p in group["params"]}
    assert held == {id(p) for p in model.data_preprocessor.enhancer.parameters()}


def test_refuses_a_model_without_enhancer(network: Callable) -> None:
    with pytest.raises(ValueError, match="nothing to train"):
        build_optim_wrapper(network(), copy.deepcopy(OPTIMIZER))


def test_clips_each_tensor_alone() -> None:
    long, short, zero = (torch.nn.Parameter(torch.zeros(2)) for _ in range(3))
    long.grad, short.grad = torch.tensor([3.0, 4.0]), torch.tensor([0.3, 0.4])
    zero.grad = torch.zeros(2)
    clip_each_tensor(torch.optim.SGD([long, short, zero], lr=1), 1.0)
    assert torch.allclose(long.grad, torch.tensor([0.6, 0.8]))
    assert torch.equal(short.grad, torch.tensor([0.3, 0.4]))
    assert torch.equal(zero.grad, torch.zeros(2))


def tensors(module: torch.nn.Module) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in module.state_dict().items()}


@pytest.mark.parametrize("moved", [None, torch.float64, torch.channels_last])
def test_network_constant_and_teacher_follows_once_per_step(
    moved: object, enhanced_network: Callable, perturbed: Callable, batch: Callable
) -> None:
    model, wrapper = build(enhanced_network, perturbed, accumulative_counts=2)
    if moved is torch.float64:
        model.data_preprocessor.to(torch.float64)
        model.data_preprocessor.to(torch.float32)
    elif moved is torch.channels_last:
        model.to(memory_format=torch.channels_last)
    wrapper.initialize_count_status(model, 0, 4)
    own = model.data_preprocessor
    network = {k: v for k, v in tensors(model).items() if not k.startswith("data_preprocessor.")}
    for iteration in range(4):
        teacher, student = tensors(own.teacher.module), tensors(own.enhancer)
        model.train_step(batch(2), wrapper)
        new, weights = tensors(own.teacher.module), tensors(own.enhancer)
        if iteration % 2 == 0:  # gradients are accumulated: no step yet
            assert all(torch.equal(new[k], teacher[k]) for k in new)
            assert torch.equal(weights["nem.out.bias"], student["nem.out.bias"])
            continue
        assert not torch.equal(weights["nem.out.bias"], student["nem.out.bias"])
        for name, value in new.items():
            if value.is_floating_point():
                wanted = 0.9 * teacher[name] + 0.1 * weights[name]
                assert torch.allclose(value, wanted, atol=1e-6), name
            else:
                assert torch.equal(value, weights[name])
    after = tensors(model)
    assert network and all(torch.equal(after[k], v) for k, v in network.items())
