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


class TestRatesByParameter:
    OUT = dict(custom_keys={"nem.out": dict(lr_mult=0.06)})

    def test_the_last_layer_has_its_own_rate(
        self, enhanced_network: Callable, perturbed: Callable
    ) -> None:
        model, wrapper = build(enhanced_network, perturbed, paramwise_cfg=self.OUT)
        names = {id(p): name for name, p in model.data_preprocessor.enhancer.named_parameters()}
        rates = {
            names.pop(id(p)): g["lr"] for g in wrapper.optimizer.param_groups for p in g["params"]
        }
        assert not names, "every parameter of the enhancer is trained"
        slow = {name for name, rate in rates.items() if rate != 1e-2}
        assert slow == {"nem.out.weight", "nem.out.bias"}
        assert rates["nem.out.weight"] == rates["nem.out.bias"] == pytest.approx(6e-4)

    def test_one_step_of_adam_moves_each_by_its_rate(
        self, enhanced_network: Callable, perturbed: Callable, batch: Callable
    ) -> None:
        model, wrapper = build(enhanced_network, perturbed, paramwise_cfg=self.OUT)
        enhancer = model.data_preprocessor.enhancer
        before = {name: p.detach().clone() for name, p in enhancer.named_parameters()}
        model.train_step(batch(2), wrapper)
        moved = {n: (p - before[n]).abs().max().item() for n, p in enhancer.named_parameters()}
        assert moved["nem.out.bias"] == pytest.approx(6e-4, rel=0.02)
        assert max(moved.values()) == pytest.approx(1e-2, rel=0.02)

    def test_each_tensor_is_still_clipped_and_the_teacher_follows(
        self, enhanced_network: Callable, perturbed: Callable, batch: Callable
    ) -> None:
        model, wrapper = build(
            enhanced_network, perturbed, paramwise_cfg=self.OUT, optimizer=dict(type="SGD", lr=1.0)
        )
        own = model.data_preprocessor
        before, teacher = tensors(own.enhancer), tensors(own.teacher.module)
        model.train_step(batch(2), wrapper)
        after = tensors(own.enhancer)
        steps = {
            n: (after[n] - before[n]).norm().item() for n, _ in own.enhancer.named_parameters()
        }
        assert steps["nem.out.weight"] <= 0.06 + 1e-5 and max(steps.values()) <= 1 + 1e-4
        wanted = 0.9 * teacher["nem.out.bias"] + 0.1 * after["nem.out.bias"]
        assert torch.allclose(own.teacher.module.nem.out.bias, wanted, atol=1e-6)

    @pytest.mark.parametrize("key", ["nem.output", "data_preprocessor.enhancer.nem.out"])
    def test_a_key_that_fits_nothing_is_refused(
        self, key: str, enhanced_network: Callable, perturbed: Callable
    ) -> None:
        """mmengine would train at one common rate and not say so."""
        rates = dict(custom_keys={key: dict(lr_mult=0.06)})
        with pytest.raises(
            ValueError, match=rf"'{key}'.*is in no parameter's name.*nem\.out\.bias"
        ):
            build(enhanced_network, perturbed, paramwise_cfg=rates)

    def test_an_option_that_does_not_exist_is_refused(
        self, enhanced_network: Callable, perturbed: Callable
    ) -> None:
        with pytest.raises(ValueError, match="paramwise_cfg has no option 'custom_key'"):
            build(enhanced_network, perturbed, paramwise_cfg=dict(custom_key={}))
