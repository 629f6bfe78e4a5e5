"""Tests of the 37 numbers by name."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from sympie_seg.enhancer import NUM_PARAMETERS, WarpParameters, check_finite


class TestVector:
    def test_order(self) -> None:
        parameters = WarpParameters.from_vector(torch.arange(74.0).view(2, 37))
        assert NUM_PARAMETERS == 37
        assert parameters.color_matrix[0].tolist() == [[0, 1, 2], [3, 4, 5], [6, 7, 8]]
        assert parameters.color_shift[0].tolist() == [9, 10, 11]
        assert parameters.kernel[0, 0].tolist() == [12, 13, 14, 15, 16]
        assert parameters.kernel[1, 4, 4].item() == 73

    def test_round_trip(self) -> None:
        vector = torch.randn(3, 37)
        assert torch.equal(WarpParameters.from_vector(vector).to_vector(), vector)

    def test_gradient_reaches_every_number(self) -> None:
        vector = torch.randn(2, 37, requires_grad=True)
        sum(part.sum() for part in WarpParameters.from_vector(vector).tensors()).backward()
        assert torch.equal(vector.grad, torch.ones(2, 37))

    @pytest.mark.parametrize("shape", [(37,), (2, 36), (2, 38), (1, 2, 37)])
    def test_rejects_other_shapes(self, shape: tuple[int, ...]) -> None:
        with pytest.raises(ValueError, match=r"\(N, 37\)"):
            WarpParameters.from_vector(torch.zeros(shape))


class TestIdentity:
    @pytest.mark.parametrize("batch", [0, 1, 5])
    def test_values(self, batch: int) -> None:
        identity = WarpParameters.identity(batch, dtype=torch.float64)
        vector = identity.to_vector()
        assert len(identity) == batch
        assert vector.shape == (batch, 37)
        assert vector.dtype == torch.float64
        for row in vector:
            assert row.nonzero().flatten().tolist() == [0, 4, 8, 24]
            assert row.sum() == 4

    def test_distance(self) -> None:
        vector = WarpParameters.identity(3).to_vector()
        vector[1, 10] += 3
        vector[1, 30] -= 4
        distance = WarpParameters.from_vector(vector).distance_to_identity()
        torch.testing.assert_close(distance, torch.tensor([0.0, 5.0, 0.0]))


class TestSelection:
    def test_indices_keep_the_batch_axis(self) -> None:
        vector = torch.randn(4, 37)
        parameters = WarpParameters.from_vector(vector)
        assert torch.equal(parameters[2].to_vector(), vector[2:3])
        assert torch.equal(parameters[-1].to_vector(), vector[3:])
        assert torch.equal(parameters[1:3].to_vector(), vector[1:3])
        assert torch.equal(parameters[[3, 0]].to_vector(), vector[[3, 0]])
        mask = torch.tensor([True, False, True, False])
        assert torch.equal(parameters[mask].to_vector(), vector[mask])

    def test_iteration_ends(self) -> None:
        parts = list(WarpParameters.identity(3))
        assert [len(part) for part in parts] == [1, 1, 1]

    @pytest.mark.parametrize("index", [2, -3])
    def test_rejects_images_outside(self, index: int) -> None:
        with pytest.raises(IndexError, match="batch of 2"):
            WarpParameters.identity(2)[index]


class TestTensors:
    def test_is_frozen(self) -> None:
        with pytest.raises(dataclasses.FrozenInstanceError):
            WarpParameters.identity(1).kernel = torch.zeros(1, 5, 5)  # type: ignore[misc]

    def test_to_and_detach(self) -> None:
        parameters = WarpParameters.from_vector(torch.randn(2, 37, requires_grad=True))
        assert all(
            part.dtype == torch.float64 for part in parameters.to(dtype=torch.float64).tensors()
        )
        assert all(part.device.type == "meta" for part in parameters.to("meta").tensors())
        assert parameters.to_vector().requires_grad
        assert not parameters.detach().to_vector().requires_grad

    @pytest.mark.parametrize(
        ("name", "shape"),
        [
            ("color_matrix", (2, 9)),
            ("color_shift", (2, 1, 3)),
            ("color_shift", (3, 3)),
            ("kernel", (2, 3, 3)),
            ("kernel", (1, 5, 5)),
        ],
    )
    def test_rejects_other_shapes(self, name: str, shape: tuple[int, ...]) -> None:
        parts = {
            "color_matrix": torch.zeros(2, 3, 3),
            "color_shift": torch.zeros(2, 3),
            "kernel": torch.zeros(2, 5, 5),
        }
        with pytest.raises(ValueError, match="expected"):
            WarpParameters(**{**parts, name: torch.zeros(shape)})


class TestCheckFinite:
    def test_accepts_finite_and_empty(self) -> None:
        check_finite(WarpParameters.identity(2))
        check_finite(WarpParameters.identity(0))

    @pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
    @pytest.mark.parametrize("position", [0, 10, 36])
    def test_names_the_image_and_the_cause(self, value: float, position: int) -> None:
        vector = WarpParameters.identity(3).to_vector()
        vector[1, position] = value
        with pytest.raises(FloatingPointError, match=r"image\(s\) \[1\] of a batch of 3.*diverged"):
            check_finite(WarpParameters.from_vector(vector))
