"""Tests of NEM against a version written with functional operations only."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from sympie_seg.enhancer import NoiseEstimationModule, WarpParameters

WIDTHS = {3: (64, 128), 4: (128, 256), 5: (256, 512)}


def public_state_dict() -> dict[str, Tensor]:
    """Make random weights under the names and shapes of the public checkpoint."""
    state: dict[str, Tensor] = {}
    _add_conv(state, "backbone.0", 3, 64)
    _add_norm(state, "backbone.1", 64)
    for index, (narrow, wide) in WIDTHS.items():
        _add_conv(state, f"backbone.{index}.conv1", narrow, wide)
        _add_norm(state, f"backbone.{index}.bn1", wide)
        _add_conv(state, f"backbone.{index}.conv2", wide, wide)
        _add_norm(state, f"backbone.{index}.bn2", wide)
    state["out.weight"] = torch.randn(37, 512) / 512**0.5
    state["out.bias"] = torch.randn(37)
    return state


def _add_conv(state: dict[str, Tensor], name: str, narrow: int, wide: int) -> None:
    state[f"{name}.weight"] = torch.randn(wide, narrow, 3, 3) / (9 * narrow) ** 0.5
    state[f"{name}.bias"] = 0.1 * torch.randn(wide)


def _add_norm(state: dict[str, Tensor], name: str, width: int) -> None:
    state[f"{name}.weight"] = torch.rand(width) + 0.5
    state[f"{name}.bias"] = 0.1 * torch.randn(width)
    state[f"{name}.running_mean"] = 0.1 * torch.randn(width)
    state[f"{name}.running_var"] = torch.rand(width) + 0.5
    state[f"{name}.num_batches_tracked"] = torch.tensor(7)


def reference_nem(x: Tensor, state: dict[str, Tensor]) -> Tensor:
    """Run NEM in eval mode from its description: functional operations, BatchNorm by hand."""

    def conv(x: Tensor, name: str) -> Tensor:
        padded = F.pad(x, (1, 1, 1, 1))
        return F.conv2d(padded, state[f"{name}.weight"], state[f"{name}.bias"])

    def norm(x: Tensor, name: str) -> Tensor:
        mean, var, weight, bias = (
            state[f"{name}.{part}"].view(1, -1, 1, 1)
            for part in ("running_mean", "running_var", "weight", "bias")
        )
        return (x - mean) / (var + 1e-5).sqrt() * weight + bias

    def pool(x: Tensor) -> Tensor:
        box = torch.full((x.shape[1], 1, 5, 5), 1 / 25, dtype=x.dtype)
        return F.conv2d(F.pad(x, (1, 1, 1, 1)), box, stride=4, groups=x.shape[1])

    x = norm(conv(x, "backbone.0"), "backbone.1").clamp(min=0)
    for index in WIDTHS:
        name = f"backbone.{index}"
        x0 = conv(pool(x), f"{name}.conv1")
        y = norm(x0, f"{name}.bn1").clamp(min=0)
        x = x0 + norm(conv(y, f"{name}.conv2"), f"{name}.bn2").clamp(min=0)
    return F.adaptive_avg_pool2d(x, 1).flatten(1) @ state["out.weight"].t() + state["out.bias"]


class TestPublicWeights:
    @pytest.mark.parametrize("size", [(224, 224), (96, 96), (97, 130)])
    def test_matches_reference(self, size: tuple[int, int]) -> None:
        state = public_state_dict()
        nem = NoiseEstimationModule().eval()
        nem.load_state_dict(state, strict=True)
        thumbnail = torch.randn(2, 3, *size)
        with torch.no_grad():
            difference = (nem(thumbnail) - reference_nem(thumbnail, state)).abs().max()
        assert difference.item() <= 1e-5

    def test_keys_are_exactly_the_public_ones(self) -> None:
        own = {key: tensor.shape for key, tensor in NoiseEstimationModule().state_dict().items()}
        assert own == {key: tensor.shape for key, tensor in public_state_dict().items()}


class TestCost:
    def test_parameters(self) -> None:
        count = sum(parameter.numel() for parameter in NoiseEstimationModule().parameters())
        assert count == 4_671_141  # 4.7 M in the paper

    def test_multiplications(self) -> None:
        nem = NoiseEstimationModule().eval()
        with FlopCounterMode(display=False) as counter, torch.no_grad():
            nem(torch.zeros(1, 3, 224, 224))
        assert round(counter.get_total_flops() / 2 / 1e9, 2) == 0.99


class TestInit:
    def test_identity_predicts_the_identity(self) -> None:
        vector = NoiseEstimationModule().eval()(torch.randn(2, 3, 96, 96))
        assert torch.equal(vector, WarpParameters.identity(2).to_vector())

    def test_identity_learns_from_its_first_step(self) -> None:
        nem = NoiseEstimationModule()
        nem(torch.randn(2, 3, 96, 96)).square().sum().backward()
        assert nem.out.weight.grad.norm() > 0

    def test_random_does_not_predict_the_identity(self) -> None:
        vector = NoiseEstimationModule(init="random").eval()(torch.randn(2, 3, 96, 96))
        assert not torch.allclose(vector[0], vector[1])
        assert (WarpParameters.from_vector(vector).distance_to_identity() > 0.5).all()

    def test_rejects_others(self) -> None:
        with pytest.raises(ValueError, match="'zero'"):
            NoiseEstimationModule(init="zero")


class TestForward:
    def test_every_parameter_receives_a_gradient(self) -> None:
        nem = NoiseEstimationModule(init="random")
        nem(torch.randn(2, 3, 96, 96)).square().sum().backward()
        for name, parameter in nem.named_parameters():
            assert parameter.grad is not None, name
            assert parameter.grad.isfinite().all(), name

    def test_smallest_thumbnail(self) -> None:
        nem = NoiseEstimationModule().eval()
        assert nem(torch.zeros(1, 3, 43, 43)).shape == (1, 37)
        with pytest.raises(ValueError, match="at least 43 x 43"):
            nem(torch.zeros(1, 3, 42, 96))

    def test_empty_batch(self) -> None:
        assert NoiseEstimationModule().eval()(torch.zeros(0, 3, 96, 96)).shape == (0, 37)

    @pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
    def test_autocast_keeps_the_last_layer_exact(self, dtype: torch.dtype) -> None:
        nem = NoiseEstimationModule(init="random").eval()
        thumbnail = torch.randn(2, 3, 96, 96)
        with torch.no_grad(), torch.autocast("cpu", dtype):
            vector = nem(thumbnail)
        assert vector.dtype == torch.float32
        with torch.no_grad():
            torch.testing.assert_close(vector, nem(thumbnail), rtol=0, atol=5e-3)

    def test_channels_last(self) -> None:
        nem = NoiseEstimationModule(init="random").eval()
        thumbnail = torch.randn(2, 3, 96, 96)
        expected = nem(thumbnail)
        result = nem.to(memory_format=torch.channels_last)(
            thumbnail.contiguous(memory_format=torch.channels_last)
        )
        torch.testing.assert_close(result, expected, rtol=1e-4, atol=1e-5)

    def test_rejects_other_shapes(self) -> None:
        with pytest.raises(ValueError, match=r"\(N, 3, h, w\)"):
            NoiseEstimationModule()(torch.zeros(3, 96, 96))
