"""Tests of the warp against a loop over images, and of its module."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from sympie_seg.enhancer import DifferentiableWarpingModule, WarpParameters, warp
from sympie_seg.enhancer.normalization import normalize, normalized_bounds


def random_parameters(batch: int, dtype: torch.dtype = torch.float32) -> WarpParameters:
    vector = WarpParameters.identity(batch, dtype=dtype).to_vector()
    return WarpParameters.from_vector(vector + 0.2 * torch.randn(batch, 37, dtype=dtype))


def reference_warp(image: Tensor, vector: Tensor) -> Tensor:
    """Follow the description of the method word by word, one image and one channel at a time."""
    results = []
    for x, numbers in zip(image, vector, strict=True):
        matrix, shift, kernel = numbers[:9].view(3, 3), numbers[9:12], numbers[12:].view(1, 1, 5, 5)
        shifted = [x[d] + shift[d] for d in range(3)]
        mixed = torch.stack([sum(shifted[d] * matrix[d, c] for d in range(3)) for c in range(3)])
        results.append(F.conv2d(mixed[None], kernel.repeat(3, 1, 1, 1), padding=2, groups=3)[0])
    return torch.stack(results)


class TestWarp:
    @pytest.mark.parametrize("batch", [1, 2, 5])
    @pytest.mark.parametrize("size", [(1, 1), (1, 6), (3, 2), (7, 11), (32, 48)])
    def test_matches_reference(self, batch: int, size: tuple[int, int]) -> None:
        image, parameters = torch.randn(batch, 3, *size), random_parameters(batch)
        expected = reference_warp(image, parameters.to_vector())
        torch.testing.assert_close(warp(image, parameters), expected, rtol=1e-5, atol=1e-5)

    @pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16, torch.float16])
    def test_identity_returns_the_input(self, dtype: torch.dtype) -> None:
        image = torch.randn(2, 3, 9, 5, dtype=dtype)
        result = image
        for _ in range(10):
            result = warp(result, WarpParameters.identity(2))
        assert result.dtype == dtype
        assert torch.equal(result, image)

    def test_shift_comes_before_the_matrix(self) -> None:
        parameters = WarpParameters.identity(1)
        parameters.color_matrix.mul_(2)
        parameters.color_shift.copy_(torch.tensor([[1.0, 2.0, 3.0]]))
        result = warp(torch.ones(1, 3, 1, 1), parameters)
        assert result.flatten().tolist() == [4, 6, 8]

    def test_matrix_maps_rows_to_columns(self) -> None:
        parameters = WarpParameters.identity(1)
        parameters.color_matrix[0, 0, 1] = 10  # red into green
        image = torch.tensor([1.0, 2.0, 3.0]).view(1, 3, 1, 1)
        assert warp(image, parameters).flatten().tolist() == [1, 12, 3]

    def test_kernel_is_cross_correlated(self) -> None:
        parameters = WarpParameters.identity(1)
        parameters.kernel.zero_()
        parameters.kernel[0, 2, 4] = 1  # reads two pixels to the right
        image = torch.arange(24.0).view(1, 3, 1, 8)
        assert warp(image, parameters)[0, 0, 0].tolist() == [2, 3, 4, 5, 6, 7, 0, 0]

    def test_border_sees_zeros_of_the_mixed_space(self) -> None:
        parameters = WarpParameters.identity(1)
        parameters.color_shift.fill_(1)  # a padding before the shift would count as 1
        parameters.kernel.fill_(1)
        result = warp(torch.zeros(1, 3, 6, 6), parameters)
        assert result[0, 0, 0].tolist() == [9, 12, 15, 15, 12, 9]
        assert result[0, 2, 2].tolist() == [15, 20, 25, 25, 20, 15]

    def test_images_do_not_mix(self) -> None:
        image, parameters = torch.randn(3, 3, 6, 6), random_parameters(3)
        result = warp(image, parameters)
        for index in range(3):
            single = warp(image[index : index + 1], parameters[index])
            torch.testing.assert_close(result[index : index + 1], single)

    def test_empty_batch(self) -> None:
        assert warp(torch.zeros(0, 3, 4, 5), WarpParameters.identity(0)).shape == (0, 3, 4, 5)

    def test_keeps_channels_last(self) -> None:
        image, parameters = torch.randn(2, 3, 8, 6), random_parameters(2)
        result = warp(image.contiguous(memory_format=torch.channels_last), parameters)
        assert result.is_contiguous(memory_format=torch.channels_last)
        torch.testing.assert_close(result, warp(image, parameters))

    def test_accepts_views(self) -> None:
        image, parameters = torch.randn(2, 3, 8, 12), random_parameters(2)
        view = image[:, :, ::2, 1::3]
        torch.testing.assert_close(warp(view, parameters), warp(view.contiguous(), parameters))

    def test_leaves_its_inputs_alone(self) -> None:
        image, parameters = torch.randn(1, 3, 4, 4), random_parameters(1)
        before = image.clone(), parameters.to_vector().clone()
        warp(image, parameters, clamp=True)
        assert torch.equal(image, before[0])
        assert torch.equal(parameters.to_vector(), before[1])

    def test_clamp(self) -> None:
        image = torch.tensor([-9.0, 0.0, 9.0]).view(1, 1, 1, 3).expand(1, 3, 1, 3)
        result = warp(image, WarpParameters.identity(1), clamp=True)
        low, high = normalized_bounds()
        torch.testing.assert_close(result[0, :, 0, 0], low.flatten())
        assert torch.equal(result[0, :, 0, 1], torch.zeros(3))
        torch.testing.assert_close(result[0, :, 0, 2], high.flatten())

    def test_gradcheck(self) -> None:
        image = torch.randn(2, 3, 3, 4, dtype=torch.float64, requires_grad=True)
        vector = random_parameters(2, torch.float64).to_vector().requires_grad_()
        assert torch.autograd.gradcheck(
            lambda x, v: warp(x, WarpParameters.from_vector(v)), (image, vector)
        )

    def test_learns_to_undo_darkening(self) -> None:
        clean = torch.randn(2, 3, 12, 12)
        vector = WarpParameters.identity(2).to_vector()
        dark = clean * 0.5
        vector.requires_grad_()
        optimizer = torch.optim.Adam([vector], lr=0.05)
        for _ in range(60):
            loss = F.mse_loss(warp(dark, WarpParameters.from_vector(vector)), clean)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        assert loss.item() < 0.01

    @pytest.mark.parametrize("shape", [(3, 4, 4), (1, 4, 4, 4), (1, 3, 0, 4), (1, 3, 4)])
    def test_rejects_other_shapes(self, shape: tuple[int, ...]) -> None:
        with pytest.raises(ValueError, match=r"\(N, 3, H, W\)"):
            warp(torch.zeros(shape), WarpParameters.identity(1))

    def test_rejects_other_batch(self) -> None:
        with pytest.raises(ValueError, match="2 sets for 3 images"):
            warp(torch.zeros(3, 3, 4, 4), WarpParameters.identity(2))

    def test_rejects_bytes(self) -> None:
        with pytest.raises(TypeError, match="normalise"):
            warp(torch.zeros(1, 3, 4, 4, dtype=torch.uint8), WarpParameters.identity(1))


class TestPrecision:
    @pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
    def test_autocast_changes_nothing(self, dtype: torch.dtype) -> None:
        image, parameters = torch.randn(2, 3, 16, 16), random_parameters(2)
        with torch.autocast("cpu", dtype):
            result = warp(image, parameters)
            assert torch.is_autocast_enabled("cpu")
        assert result.dtype == torch.float32
        assert torch.equal(result, warp(image, parameters))

    @pytest.mark.parametrize(("dtype", "step"), [(torch.bfloat16, 2**-8), (torch.float16, 2**-11)])
    def test_low_precision_images_lose_only_the_rounding(
        self, dtype: torch.dtype, step: float
    ) -> None:
        image, parameters = torch.randn(2, 3, 16, 16).to(dtype), random_parameters(2)
        result = warp(image, parameters)
        assert result.dtype == dtype
        expected = warp(image.float(), parameters)
        torch.testing.assert_close(result.float(), expected, rtol=step, atol=1e-6)

    def test_low_precision_parameters_are_widened(self) -> None:
        image, parameters = torch.randn(1, 3, 8, 8), random_parameters(1).to(dtype=torch.bfloat16)
        expected = warp(image, parameters.to(dtype=torch.float32))
        assert torch.equal(warp(image, parameters), expected)


class TestDifferentiableWarpingModule:
    def test_training_equals_warp(self) -> None:
        image, parameters = 3 * torch.randn(2, 3, 8, 8), random_parameters(2)
        module = DifferentiableWarpingModule().train()
        assert torch.equal(module(image, parameters), warp(image, parameters))

    def test_eval_equals_clamped_warp(self) -> None:
        image, parameters = 3 * torch.randn(2, 3, 8, 8), random_parameters(2)
        result = DifferentiableWarpingModule().eval()(image, parameters)
        assert torch.equal(result, warp(image, parameters, clamp=True))
        assert not torch.equal(result, warp(image, parameters))

    def test_eval_keeps_valid_images(self) -> None:
        image = normalize(torch.randint(0, 2, (2, 3, 6, 6)).float())
        result = DifferentiableWarpingModule().eval()(image, WarpParameters.identity(2))
        torch.testing.assert_close(result, image, rtol=0, atol=1e-6)

    def test_keeps_the_type_of_the_image(self) -> None:
        module = DifferentiableWarpingModule().double().eval()
        assert module(torch.zeros(1, 3, 2, 2), WarpParameters.identity(1)).dtype == torch.float32

    def test_has_no_state(self) -> None:
        module = DifferentiableWarpingModule()
        assert module.state_dict() == {}
        assert len(list(module.buffers())) == 2
