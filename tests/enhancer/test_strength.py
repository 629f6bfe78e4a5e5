"""Strength: 0 changes no bit, 1 is the prediction, between and beyond the 37 numbers move on a line."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from sympie_seg.enhancer import (
    SyMPIE,
    WarpParameters,
    load_enhancer,
    make_thumbnail,
    save_enhancer,
    warp,
)

BAD = [-0.1, 2.1, float("nan"), float("inf")]


def enhancer(**options: float) -> SyMPIE:
    module = SyMPIE(thumbnail_resize=48, thumbnail_crop=44, **options)
    with torch.no_grad():
        module.nem.out.weight.normal_(0, 0.05)
    return module.eval()


def drawn(batch: int = 2) -> WarpParameters:
    return WarpParameters.from_vector(torch.randn(batch, 37))


class TestParameters:
    @pytest.mark.parametrize("strength", [0.25, 1.4, 2])
    def test_moves_on_the_line_through_identity(self, strength: float) -> None:
        parameters, identity = drawn(), WarpParameters.identity(2).to_vector()
        expected = (1 - strength) * identity + strength * parameters.to_vector()
        torch.testing.assert_close(parameters.scaled(strength).to_vector(), expected)

    def test_ends_are_exact(self) -> None:
        parameters = drawn()
        assert torch.equal(parameters.scaled(1).to_vector(), parameters.to_vector())
        assert torch.equal(parameters.scaled(0).to_vector(), WarpParameters.identity(2).to_vector())
        broken = WarpParameters.from_vector(torch.full((1, 37), float("nan")))
        assert torch.equal(broken.scaled(0).to_vector(), WarpParameters.identity(1).to_vector())
        for strength in (0.3, 1.4):
            same = WarpParameters.identity(2).scaled(strength)
            assert torch.equal(same.to_vector(), WarpParameters.identity(2).to_vector())

    def test_type_and_gradient_stay(self) -> None:
        vector = torch.randn(2, 37, dtype=torch.float64, requires_grad=True)
        scaled = WarpParameters.from_vector(vector).scaled(0.5)
        assert scaled.kernel.dtype == torch.float64
        scaled.to_vector().sum().backward()
        assert torch.equal(vector.grad, torch.full((2, 37), 0.5, dtype=torch.float64))

    @pytest.mark.parametrize("strength", BAD)
    def test_out_of_range(self, strength: float) -> None:
        with pytest.raises(ValueError, match=r"expected strength in \[0, 2\], got"):
            drawn().scaled(strength)

    @pytest.mark.parametrize("strength", ["1", True, None])
    def test_no_number(self, strength: object) -> None:
        with pytest.raises(TypeError, match="expected strength as a number"):
            drawn().scaled(strength)


class TestModule:
    @torch.no_grad()
    def test_0_returns_the_images_bit_for_bit(self) -> None:
        """Also where identity would clamp, or mix NaN and -0.0 into the other channels."""
        module, images = enhancer(strength=0), 9 * torch.randn(2, 3, 50, 60)
        images[0, 0, 0, :2] = torch.tensor([-0.0, 1e30])
        result = module(images)
        assert torch.equal(result.view(torch.int32), images.view(torch.int32))
        pair = [images[0], images[1, :, 4:]]
        for got, wanted in zip(module(tuple(pair)), pair, strict=True):
            assert torch.equal(got.view(torch.int32), wanted.contiguous().view(torch.int32))
        assert enhancer()(images).max() < 3, "with 1 it clamps"

    @torch.no_grad()
    def test_1_is_the_prediction_bit_for_bit(self) -> None:
        module, images = enhancer(), torch.randn(2, 3, 50, 60)
        parameters = WarpParameters.from_vector(module.nem(make_thumbnail(images, 48, 44)))
        expected = warp(images, parameters, clamp=True)
        assert torch.equal(module(images), expected)
        assert torch.equal(module(images, 1), expected)
        module.strength = 0.4
        assert torch.equal(module(images, 1), expected)
        assert torch.equal(module.estimate(images, 1).to_vector(), parameters.to_vector())

    @pytest.mark.parametrize("strength", [0.5, 1.4])
    @torch.no_grad()
    def test_between_and_beyond(self, strength: float) -> None:
        module, images = enhancer(), torch.randn(2, 3, 50, 60)
        expected = warp(images, module.estimate(images).scaled(strength), clamp=True)
        assert torch.equal(module(images, strength), expected)
        module.strength = strength
        assert torch.equal(module(images), expected)
        parameters, wanted = module.estimate(images), module.estimate(images, 1).scaled(strength)
        assert torch.equal(parameters.to_vector(), wanted.to_vector())

    @torch.no_grad()
    def test_training_takes_1(self) -> None:
        images = torch.randn(2, 3, 50, 60)
        torch.manual_seed(1)
        one = enhancer().train()
        torch.manual_seed(1)
        off = enhancer(strength=0).train()
        assert torch.equal(off(images), one(images))
        assert not torch.equal(off(images), images)

    @pytest.mark.parametrize("strength", BAD)
    def test_out_of_range(self, strength: float) -> None:
        with pytest.raises(ValueError, match=r"strength in \[0, 2\]"):
            SyMPIE(strength=strength)
        module = enhancer()
        with pytest.raises(ValueError, match=r"strength in \[0, 2\]"):
            module.strength = strength
        assert module.strength == 1
        with pytest.raises(ValueError, match=r"strength in \[0, 2\]"):
            module(torch.zeros(1, 3, 50, 60), strength)

    def test_shown_when_printed(self) -> None:
        assert "strength=1.4" in repr(enhancer(strength=1.4))


class TestFile:
    @staticmethod
    def same(one: SyMPIE, other: SyMPIE) -> bool:
        images = torch.randn(1, 3, 50, 60)
        with torch.no_grad():
            return torch.equal(one.eval()(images), other.eval()(images))

    @pytest.mark.parametrize("strength", [0, 0.7, 1, 2])
    def test_a_file_carries_its_default(self, strength: float, tmp_path: Path) -> None:
        module = enhancer(strength=strength)
        save_enhancer(tmp_path / "e.pth", module)
        for read in (
            load_enhancer(tmp_path / "e.pth")[0],
            SyMPIE.from_checkpoint(tmp_path / "e.pth"),
        ):
            assert read.strength == strength and self.same(read, module)

    def test_files_with_1_are_those_of_earlier_releases(self, tmp_path: Path) -> None:
        save_enhancer(tmp_path / "e.pth", enhancer())
        content: dict[str, Tensor] = torch.load(tmp_path / "e.pth", weights_only=True)
        assert set(content["config"]) == {"init", "thumbnail_resize", "thumbnail_crop"}
        assert load_enhancer(tmp_path / "e.pth")[0].strength == 1

    @pytest.mark.parametrize(
        ("bad", "message"),
        [
            (3.0, r"in \[0, 2\], got 3"),
            (float("nan"), r"in \[0, 2\], got nan"),
            ("1", "as a number"),
        ],
    )
    def test_a_strength_that_cannot_be_names_the_file(
        self, bad: object, message: str, tmp_path: Path
    ) -> None:
        save_enhancer(tmp_path / "e.pth", enhancer())
        content = torch.load(tmp_path / "e.pth", weights_only=True)
        content["config"]["strength"] = bad
        torch.save(content, tmp_path / "e.pth")
        with pytest.raises(ValueError, match=rf"e.pth: .*strength {message}"):
            load_enhancer(tmp_path / "e.pth")
