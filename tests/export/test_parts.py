"""The parts of exported graphs against what they stand for."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from sympie_seg.enhancer import SyMPIE, WarpParameters, make_thumbnail, warp
from sympie_seg.export.check import Difference, enhance_as_sympie, random_images
from sympie_seg.export.colours import Colours
from sympie_seg.export.enhancer import ExportableEnhancer
from sympie_seg.export.filter_each import filter_each, filter_each_in_groups
from sympie_seg.export.formats import format_of, require_onnx
from sympie_seg.export.open_sizes import (
    AveragePoolOfAnySize,
    resizing_without_questions,
    with_open_sizes,
)
from sympie_seg.export.thumbnail import thumbnail_of_any_size

SIZES = [
    (64, 64), (66, 66), (64, 65), (65, 64), (100, 150), (150, 99), (33, 47), (1, 1), (1, 100), (200, 5),
    (31, 8 * 31), (31, 8 * 31 + 1), (31, 8 * 31 + 2), (8 * 20 + 3, 20), (301, 777),
]  # fmt: skip


class TestThumbnail:
    @pytest.mark.parametrize("by_index", [False, True])
    def test_equals_the_original_bit_for_bit(self, by_index: bool):
        for size in SIZES:
            images = torch.rand(2, 3, *size)
            thumbnail = thumbnail_of_any_size(images, 66, 64, by_index)
            assert torch.equal(thumbnail, make_thumbnail(images, 66, 64)), size


@pytest.mark.parametrize("function", [filter_each, filter_each_in_groups])
def test_filter(function):
    images, parameters = torch.randn(3, 3, 9, 7), WarpParameters.identity(3)
    kernels = torch.randn(3, 5, 5)
    expected = warp(images, WarpParameters(*parameters.tensors()[:2], kernels))
    assert torch.allclose(function(images, kernels), expected, atol=1e-5)


@pytest.fixture(scope="module")
def enhancer() -> SyMPIE:
    torch.manual_seed(0)
    module = SyMPIE(thumbnail_resize=66, thumbnail_crop=64).eval()
    with torch.no_grad():
        module.nem.out.weight.normal_(0, 0.05)
    return module


class TestEnhancer:
    @pytest.mark.parametrize("order", ["rgb", "bgr"])
    @pytest.mark.parametrize("kind", ["levels", "imagenet"])
    def test_equals_sympie(self, enhancer: SyMPIE, order: str, kind: str):
        colours = getattr(Colours, kind)(order)
        module = ExportableEnhancer(enhancer, colours)
        for shape in ((2, 64, 64), (1, 50, 70), (1, 5, 90)):
            images = random_images(colours, shape)
            enhanced, parameters = module(images)
            expected = enhance_as_sympie(enhancer, images, colours)
            assert enhanced.dtype == images.dtype
            assert torch.allclose(parameters, expected["parameters"], atol=1e-5)
            apart = (enhanced.float() - expected["enhanced"].float()).abs()
            assert apart.max() <= (1 if kind == "levels" else 1e-5)
            assert (apart > 1e-5).float().mean() < 1e-3
            assert not torch.equal(enhanced, images)

    def test_both_ways_of_calling_colours_agree(self, enhancer: SyMPIE):
        """RGB and BGR, levels and normalised values of one image give the same."""
        rgb = random_images(Colours.levels("rgb"), (1, 50, 70))
        imagenet = Colours.imagenet("rgb")
        mean, std = (torch.tensor(v).view(3, 1, 1) for v in (imagenet.mean, imagenet.std))
        levels = ExportableEnhancer(enhancer, Colours.levels("rgb"), imagenet)(rgb)[0]
        swapped = ExportableEnhancer(enhancer, Colours.levels("bgr"), Colours.imagenet("bgr"))
        assert torch.allclose(swapped(rgb.flip(1))[0].flip(1), levels, atol=1e-5)
        normalised = ExportableEnhancer(enhancer, imagenet)((rgb - mean) / std)[0]
        assert torch.allclose(normalised, levels, atol=1e-5)

    @pytest.mark.parametrize("kind", ["levels", "imagenet"])
    @pytest.mark.parametrize("strength", [0.0, 0.5, 1.0, 1.4, 2.0])
    def test_strength(self, enhancer: SyMPIE, kind: str, strength: float):
        """As an input, and as the enhancer's own; beyond [0, 2] it is limited."""
        colours = getattr(Colours, kind)("bgr")
        images = random_images(colours, (2, 50, 70))
        if kind == "imagenet":
            images = 2 * images  # beyond black and full intensity
        expected = enhance_as_sympie(enhancer, images, colours, strength)
        own = copy.deepcopy(enhancer)
        own.strength = strength
        module = ExportableEnhancer(enhancer, colours)
        for outputs in (
            module(images, torch.tensor(strength)), ExportableEnhancer(own, colours)(images)
        ):  # fmt: skip
            enhanced, parameters = outputs
            assert torch.allclose(parameters, expected["parameters"], atol=1e-5)
            apart = (enhanced.float() - expected["enhanced"].float()).abs()
            assert apart.max() <= (1 if kind == "levels" else 1e-5)
            assert (apart > 1e-5).float().mean() < 1e-3
            assert torch.equal(enhanced, images) == (strength == 0)
        one = module(images)[0]
        assert torch.equal(one, module(images, torch.tensor(1.0))[0]), "bit for bit"
        limited = {0.0: -1.0, 2.0: 3.0}.get(strength, strength)
        _, parameters = module(images, torch.tensor(limited))
        assert torch.allclose(parameters, expected["parameters"], atol=1e-5)

    def test_is_limited(self, enhancer: SyMPIE):
        colours = Colours.imagenet("bgr")
        bright = ExportableEnhancer(enhancer, colours)
        bright.out.bias.data[9:12] += 50
        enhanced, _ = bright(random_images(colours, (1, 50, 70)))
        white = (255 - torch.tensor(colours.mean)) / torch.tensor(colours.std)
        assert torch.allclose(enhanced, white.view(3, 1, 1).expand_as(enhanced), atol=1e-5)

    def test_original_is_untouched(self, enhancer: SyMPIE):
        before = enhancer.nem.out.bias.clone()
        ExportableEnhancer(enhancer, Colours.levels("rgb")).out.bias.data.zero_()
        assert torch.equal(enhancer.nem.out.bias, before)


class TestColours:
    def test_description(self):
        assert Colours.levels("bgr").describe() == "uint8, 0..255, BGR"
        assert Colours.imagenet("bgr").describe() == (
            "float32, BGR, (level 0..255 - [103.53, 116.28, 123.675]) / [57.375, 57.12, 58.395]"
        )

    def test_bad(self):
        with pytest.raises(ValueError, match="'hsv'"):
            Colours.levels("hsv")


class TestOpenSizes:
    @pytest.mark.parametrize("bins", [(2, 2), (3, 6), (6, 1), (9, 9)])
    def test_average_pool(self, bins: tuple[int, int]):
        for size in ((6, 6), (7, 13), (12, 5), (5, 4)):
            images = torch.randn(2, 3, *size)
            expected = F.adaptive_avg_pool2d(images, bins)
            assert torch.allclose(AveragePoolOfAnySize(bins)(images), expected, atol=1e-6)

    def test_copy_with_pools_replaced(self):
        network = nn.Sequential(
            nn.AdaptiveAvgPool2d(1), nn.Sequential(nn.AdaptiveAvgPool2d((3, 2)))
        ).train()
        copied = with_open_sizes(network)
        assert isinstance(copied[0], nn.AdaptiveAvgPool2d), "the global one stays"
        assert copied[1][0].bins == (3, 2) and not copied.training
        assert isinstance(network[1][0], nn.AdaptiveAvgPool2d) and network.training

    def test_resize_asks_no_questions(self, recwarn):
        from mmseg.models.utils import resize

        def enlarge():
            resize(torch.zeros(1, 1, 4, 4), (9, 9), mode="bilinear", align_corners=True)

        with resizing_without_questions():
            enlarge()
        assert not [w for w in recwarn if "align_corners" in str(w.message)]
        with pytest.warns(UserWarning, match="align_corners=True"):
            enlarge()


class TestDifference:
    def test_limits(self):
        def one(largest: float, output: str, share: float | None = None, scale: float = 1.0):
            return Difference("1 x 2 x 3", output, largest, share, scale, 0.0).is_too_large

        assert not one(1, "enhanced", 0.001, 255)
        assert one(2, "enhanced", 0.001, 255) and one(1, "enhanced", 0.5, 255)
        assert one(0.01, "logits") and not one(0.01, "logits", scale=50)
        assert one(float("nan"), "logits")
        assert one(0.01, "classes", 0.01) and not one(1e-4, "classes", 1e-4)


def test_missing_onnx_names_the_extra(monkeypatch):
    monkeypatch.setattr("sympie_seg.export.formats.find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match=r'pip install "sympie-seg\[export\]"'):
        require_onnx()


@pytest.mark.parametrize(
    ("asked", "file", "kind"),
    [
        (None, None, "onnx"),
        (None, "a.onnx", "onnx"),
        (None, "a.pt2", "pt2"),
        ("pt2", "a.onnx", "pt2"),
        ("pt2", None, "pt2"),
    ],
)
def test_the_format_is_the_one_asked_for_or_as_the_name_ends(
    asked: str | None, file: str | None, kind: str
) -> None:
    assert format_of(asked, Path(file) if file else None) == kind


@pytest.mark.parametrize(
    ("asked", "file", "message"),
    [
        (None, "a.zip", "'a.zip' does not tell the format; add --format"),
        (None, "a.pt", "TorchScript"),
        ("zip", "a.onnx", "must be one of"),
    ],
)
def test_no_format(asked: str | None, file: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        format_of(asked, Path(file))
