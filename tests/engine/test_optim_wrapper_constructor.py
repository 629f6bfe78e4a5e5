"""The optimiser: the enhancer's parameters, clipped one by one, the teacher one step behind."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
import torch
from mmengine.optim import build_optim_wrapper
from torch import Tensor, nn

from sympie_seg.engine import freeze_network, split_loss
from sympie_seg.engine.optim_wrapper_constructor import clip_each_tensor


def build(model: nn.Module, **changes: Any) -> Any:
    config = dict(
        type="OptimWrapper",
        constructor="EnhancerOptimWrapperConstructor",
        optimizer=dict(type="Adam", lr=1e-2),
        clip_tensor_norm=1.0,
    )
    return build_optim_wrapper(model, {**config, **changes})


@pytest.fixture
def model(enhanced_network: Callable, perturbed: Callable) -> nn.Module:
    model = enhanced_network(dict(two_step=True))
    perturbed(model.data_preprocessor.enhancer)
    return split_loss(freeze_network(model)).train()


def copied_state(module: nn.Module) -> dict[str, Tensor]:
    return {key: value.clone() for key, value in module.state_dict().items()}


def assert_followed(teacher: nn.Module, before: dict, student: nn.Module, keep: float) -> None:
    moved = 0
    for key, value in student.state_dict().items():
        got = teacher.state_dict()[key]
        if value.is_floating_point():
            expected = keep * before[key].double() + (1 - keep) * value.double()
            torch.testing.assert_close(got.double(), expected, rtol=1e-5, atol=1e-7)
            moved += int(not torch.equal(got, before[key]))
        else:
            assert torch.equal(got, value)
    assert moved > 20, "the teacher stood still"


def test_the_optimiser_holds_the_enhancer_only(model: nn.Module) -> None:
    wrapper = build(model)
    held = [id(p) for group in wrapper.optimizer.param_groups for p in group["params"]]
    assert held == [id(p) for p in model.data_preprocessor.enhancer.parameters()]


def test_options_for_single_parameters_use_the_enhancers_names(model: nn.Module) -> None:
    groups = build(
        model, paramwise_cfg=dict(custom_keys={"nem.out": dict(lr_mult=10.0)})
    ).optimizer.param_groups
    fast = {id(p) for g in groups if g["lr"] == pytest.approx(0.1) for p in g["params"]}
    assert fast == {id(p) for p in model.data_preprocessor.enhancer.nem.out.parameters()}
    assert sum(len(g["params"]) for g in groups) == len(
        list(model.data_preprocessor.enhancer.parameters())
    )


@pytest.mark.parametrize("enhancer", [dict(type="NoEnhancer"), dict(type="ClaheEnhancer")])
def test_nothing_to_train_is_an_error(enhanced_network: Callable, enhancer: dict) -> None:
    with pytest.raises(ValueError, match=r"no trainable enhancer.*SyMPIESegDataPreProcessor"):
        build(enhanced_network(dict(enhancer=enhancer)))


def test_a_stock_preprocessor_is_an_error(network: Callable) -> None:
    with pytest.raises(ValueError, match="no trainable enhancer"):
        build(network())


def test_clipping_scales_single_tensors() -> None:
    gradients = [[3.0, 4.0], [0.3, 0.4], [0.0, 0.0], [0.0, 1.0], [1e6, 0.0]]
    expected = [[0.6, 0.8], [0.3, 0.4], [0.0, 0.0], [0.0, 1.0], [1.0, 0.0]]
    parameters = [nn.Parameter(torch.zeros(2)) for _ in range(6)]
    for parameter, gradient in zip(parameters, gradients, strict=False):
        parameter.grad = torch.tensor(gradient)
    clip_each_tensor(torch.optim.SGD(parameters, lr=1.0), 1.0)
    got = [parameter.grad.tolist() for parameter in parameters[:5]]
    assert got == [pytest.approx(row) for row in expected]
    assert parameters[5].grad is None
    clip_each_tensor(torch.optim.SGD(parameters, lr=1.0), 0.25)
    assert parameters[0].grad.tolist() == pytest.approx([0.15, 0.2])


@pytest.mark.parametrize(("limit", "step"), [(1.0, 1.0), (0.5, 0.5), (None, 5.0)])
def test_clipping_is_in_force_in_a_step(model: nn.Module, limit: Any, step: float) -> None:
    wrapper = build(model, optimizer=dict(type="SGD", lr=1.0), clip_tensor_norm=limit)
    bias = model.data_preprocessor.enhancer.nem.out.bias
    before = bias.detach().clone()
    wrapper.update_params(3 * bias[0] + 4 * bias[1])
    assert float((bias - before).norm()) == pytest.approx(step, rel=1e-5)


@pytest.mark.parametrize("keep", [0.9, 0.5])
def test_the_teacher_follows_each_step(
    enhanced_network: Callable, batch: Callable, keep: float
) -> None:
    model = split_loss(freeze_network(enhanced_network(dict(two_step=dict(keep=keep))))).train()
    wrapper, preprocessor = build(model), model.data_preprocessor
    for _ in range(2):
        before = copied_state(preprocessor.teacher.module)
        model.train_step(batch(2), wrapper)
        assert_followed(preprocessor.teacher.module, before, preprocessor.enhancer, keep)


def test_the_teacher_follows_once_per_real_step(model: nn.Module, batch: Callable) -> None:
    wrapper, preprocessor = build(model, accumulative_counts=2), model.data_preprocessor
    wrapper.initialize_count_status(model, 0, 4)
    start = copied_state(preprocessor.teacher.module)
    weight = preprocessor.enhancer.nem.out.weight.detach().clone()
    model.train_step(batch(2), wrapper)
    after = preprocessor.teacher.module.state_dict()
    assert all(torch.equal(after[key], start[key]) for key in start)
    assert torch.equal(preprocessor.enhancer.nem.out.weight, weight)
    model.train_step(batch(2), wrapper)
    assert_followed(preprocessor.teacher.module, start, preprocessor.enhancer, 0.9)


@pytest.mark.parametrize("move", ["float64", "channels_last"])
def test_the_teacher_follows_after_the_model_was_moved(
    model: nn.Module, batch: Callable, move: str
) -> None:
    wrapper, preprocessor = build(model), model.data_preprocessor
    if move == "float64":
        model.double()
    else:
        model.to(memory_format=torch.channels_last)
    for _ in range(2):
        before = copied_state(preprocessor.teacher.module)
        model.train_step(batch(2), wrapper)
        assert_followed(preprocessor.teacher.module, before, preprocessor.enhancer, 0.9)
    weight = preprocessor.teacher.module.nem.out.weight
    assert weight.dtype == (torch.float64 if move == "float64" else torch.float32)


def test_bfloat16_autocast_trains(model: nn.Module, batch: Callable) -> None:
    wrapper = build(model)
    before = copied_state(model.data_preprocessor.enhancer)
    data = batch(2)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        out = model.data_preprocessor(copy.deepcopy(data), True)
        assert out["inputs"].dtype == torch.float32
        total, _ = model.parse_losses(model(**out, mode="loss"))
    wrapper.update_params(total)
    after = model.data_preprocessor.enhancer.state_dict()
    assert all(torch.isfinite(value).all() for value in after.values())
    assert not torch.equal(after["nem.out.weight"], before["nem.out.weight"])
    assert after["nem.out.weight"].dtype == torch.float32
