"""EnhancedNetwork: an enhancer inside any PyTorch network."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from sympie_seg import EnhancedNetwork
from sympie_seg.enhancer import IMAGENET_MEAN, IMAGENET_STD, SyMPIE
from sympie_seg.enhancer.normalization import denormalize, normalize

HALVES = ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
CAFFE = ((104.0, 117.0, 123.0), (1.0, 1.0, 1.0))
COLOURS = {
    "imagenet": dict(mean=IMAGENET_MEAN, std=IMAGENET_STD),
    "halves": dict(mean=HALVES[0], std=HALVES[1]),
    "caffe": dict(mean=CAFFE[0], std=CAFFE[1], order="bgr", max_pixel_value=255),
    "raw": dict(mean=(0, 0, 0), std=(1, 1, 1)),
    "bgr": dict(mean=(0.4, 0.5, 0.6), std=(0.2, 0.3, 0.4), order="bgr"),
}


class Network(nn.Module):
    """Depends on every pixel and channel; has what misbehaves in training mode."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.norm = nn.BatchNorm2d(4)
        self.drop = nn.Dropout(0.5)

    def forward(self, images: Tensor, factor: float = 1.0) -> Tensor:
        return factor * self.drop(self.norm(self.conv(images)))


class Echo(nn.Module):
    """Gives what it was given."""

    def forward(self, *args: Any, **kwargs: Any) -> tuple:
        return args, kwargs


@pytest.fixture
def enhancer(perturbed: Any) -> SyMPIE:
    return perturbed(SyMPIE(thumbnail_resize=48, thumbnail_crop=44)).eval()


@pytest.fixture(params=COLOURS)
def colours(request: pytest.FixtureRequest) -> dict:
    return COLOURS[request.param]


def pixels(count: int = 2) -> Tensor:
    return torch.rand(count, 3, 60, 80)


def as_network_reads(rgb: Tensor, colours: dict) -> Tensor:
    values = rgb.double() * colours.get("max_pixel_value", 1)
    values = values.flip(1) if colours.get("order") == "bgr" else values
    mean, std = (torch.tensor(colours[k]).double().view(3, 1, 1) for k in ("mean", "std"))
    return ((values - mean) / std).float()


class TestColours:
    def test_the_network_gets_the_enhanced_image_in_its_own_normalisation(
        self, colours: dict, enhancer: SyMPIE
    ) -> None:
        rgb = pixels()
        model = EnhancedNetwork(Echo().eval(), enhancer, **colours)
        with torch.no_grad():
            ((inputs,), _) = model(as_network_reads(rgb, colours))
            wanted = as_network_reads(denormalize(enhancer(normalize(rgb))), colours)
        spread = wanted.std()
        assert (inputs - wanted).abs().max() < 1e-5 * max(1, spread)
        assert (wanted - as_network_reads(rgb, colours)).abs().max() > 0.05 * spread

    @pytest.mark.parametrize("how", ["strength", "identity"])
    def test_nothing_is_changed_by_no_enhancement(
        self, how: str, colours: dict, enhancer: SyMPIE
    ) -> None:
        network, images = Network().eval(), as_network_reads(pixels(), colours)
        if how == "identity":
            model = EnhancedNetwork(network, SyMPIE(), **colours)
        else:
            model = EnhancedNetwork(network, enhancer, strength=0, **colours)
        with torch.no_grad():
            apart = (model(images) - network(images)).abs().max()
        assert apart == 0 if how == "strength" else apart < 1e-5 * max(1, images.std())

    def test_wrong_scale_is_refused(self, enhancer: SyMPIE) -> None:
        with pytest.raises(ValueError, match="set max_pixel_value=255"):
            EnhancedNetwork(Network(), enhancer, *CAFFE, "bgr")

    def test_half_precision_comes_back(self, enhancer: SyMPIE) -> None:
        model = EnhancedNetwork(Echo(), enhancer).eval()
        images = normalize(pixels())
        ((inputs,), _) = model(images.half())
        ((wanted,), _) = model(images)
        assert inputs.dtype == torch.float16
        torch.testing.assert_close(inputs.float(), wanted, atol=2e-2, rtol=0)


class TestStrength:
    def test_moves_the_37_numbers_on_a_line(self, enhancer: SyMPIE) -> None:
        images = normalize(pixels())
        model = EnhancedNetwork(Echo().eval(), enhancer)
        seen = {}
        with torch.no_grad():
            prediction = enhancer.estimate(images).to_vector()
            for strength in (0.5, 1.5):
                model.strength = strength
                ((inputs,), _) = model(images)
                parameters = copy.copy(enhancer.estimate(images))
                identity = torch.zeros(37)
                identity[[0, 4, 8, 24]] = 1
                vector = identity + strength * (prediction - identity)
                wanted = enhancer.enhance(images, type(parameters).from_vector(vector))
                torch.testing.assert_close(inputs, wanted)
                seen[strength] = (inputs - images).abs().mean()
        assert seen[0.5] < seen[1.5]

    @pytest.mark.parametrize("value", [-0.1, 2.1, float("nan")])
    def test_range(self, value: float, enhancer: SyMPIE) -> None:
        with pytest.raises(ValueError, match=r"strength in \[0, 2\]"):
            EnhancedNetwork(Network(), enhancer, strength=value)

    def test_the_enhancers_own_unless_it_is_set(self, enhancer: SyMPIE) -> None:
        images = normalize(pixels())
        model = EnhancedNetwork(Echo().eval(), enhancer)
        enhancer.strength = 0.5
        own = model.enhance(images)
        model.strength = 0.5
        assert torch.equal(model.enhance(images), own)
        model.strength = 1
        assert (model.enhance(images) - own).abs().max() > 1e-3
        enhancer.strength = 1
        assert torch.equal(
            EnhancedNetwork(Echo().eval(), enhancer).enhance(images), model.enhance(images)
        )

    def test_only_an_enhancer_with_parameters_has_one(self) -> None:
        model = EnhancedNetwork(Network(), nn.Identity())
        model.strength = 0
        with pytest.raises(ValueError, match="Identity takes no strength"):
            model.strength = 0.5


class TestArguments:
    def test_first_argument_and_the_rest(self, enhancer: SyMPIE) -> None:
        model = EnhancedNetwork(Echo(), enhancer).eval()
        images, mask = normalize(pixels()), torch.ones(2)
        args, kwargs = model(images, mask, flag=True)
        assert args[1] is mask and kwargs == dict(flag=True)
        assert not torch.allclose(args[0], images, atol=1e-3)

    def test_images_by_name(self, enhancer: SyMPIE) -> None:
        images = normalize(pixels())
        network = Network().eval()
        model = EnhancedNetwork(network, enhancer)
        assert torch.equal(model(factor=2.0, images=images), model(images, factor=2.0))
        echo = EnhancedNetwork(Echo(), enhancer).eval()
        words = torch.ones(2, 7).long()
        args, kwargs = echo(words, pixel_values=images, labels=None)
        assert args[0] is words and kwargs["labels"] is None
        assert torch.equal(kwargs["pixel_values"], model.enhance(images))

    def test_lists_of_images(self, enhancer: SyMPIE) -> None:
        model = EnhancedNetwork(Echo(), enhancer).eval()
        one, other = normalize(pixels(1))[0], normalize(torch.rand(3, 50, 70))
        ((inputs,), _) = model([one, other])
        torch.testing.assert_close(inputs[0], model.enhance(one[None])[0])
        torch.testing.assert_close(inputs[1], model.enhance(other[None])[0])

    @pytest.mark.parametrize(
        ("arguments", "error", "message"),
        [
            ((torch.zeros(1, 3, 8, 8, dtype=torch.uint8),), TypeError, "got torch.uint8"),
            (("text",), TypeError, "got str"),
            ((torch.zeros(3, 8, 8),), ValueError, r"\(N, 3, H, W\), got \(3, 8, 8\)"),
            ((torch.zeros(1, 1, 8, 8),), ValueError, "expected colour images"),
            (([torch.zeros(1, 3, 8, 8)],), ValueError, r"\(3, H, W\) in a list"),
            ((), ValueError, "got no images: give them first, or as pixel_values= or images="),
        ],
    )
    def test_what_is_no_image(
        self, arguments: tuple, error: type, message: str, enhancer: SyMPIE
    ) -> None:
        with pytest.raises(error, match=message):
            EnhancedNetwork(Network(), enhancer)(*arguments)


class TestTraining:
    def test_the_mode_is_the_networks(self, enhancer: SyMPIE) -> None:
        model = EnhancedNetwork(Network().eval(), enhancer.train())
        assert not model.training and not enhancer.training
        model.train()
        assert enhancer.training and model.network.norm.training

    def test_the_enhancer_learns_in_front_of_a_frozen_network(self, enhancer: SyMPIE) -> None:
        model = EnhancedNetwork(Network(), enhancer).freeze_network().train()
        before = copy.deepcopy(model.network.state_dict())
        assert enhancer.training and not model.network.norm.training
        optimizer = torch.optim.Adam(model.enhancer.parameters(), lr=1e-3)
        images, losses = normalize(pixels(2)), []
        wanted = model.network(images + 0.3).detach()
        for _ in range(8):
            loss = (model(images) - wanted).square().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(float(loss.detach()))
        assert losses[-1] < 0.8 * losses[0]
        assert all(torch.equal(before[k], v) for k, v in model.network.state_dict().items())
        assert all(parameter.grad is None for parameter in model.network.parameters())

    def test_gradients_reach_the_images_and_can_be_off(self, enhancer: SyMPIE) -> None:
        model = EnhancedNetwork(Network().eval(), enhancer)
        images = normalize(pixels()).requires_grad_()
        with_gradients = model(images)
        with_gradients.square().sum().backward()
        assert images.grad.abs().sum() > 0 and model.network.conv.weight.grad is not None
        with torch.no_grad():
            without = model(images)
        assert not without.requires_grad
        torch.testing.assert_close(without, with_gradients, atol=1e-4, rtol=0)


class TestElsewhere:
    @pytest.mark.parametrize(("name", "strength"), [("caffe", 1.0), ("imagenet", 0.5)])
    def test_torch_export(self, name: str, strength: float, enhancer: SyMPIE) -> None:
        model = EnhancedNetwork(Network().eval(), enhancer, strength=strength, **COLOURS[name])
        images = as_network_reads(pixels(), COLOURS[name])
        program = torch.export.export(model, (images,))
        other = as_network_reads(pixels(), COLOURS[name])
        with torch.no_grad():
            torch.testing.assert_close(program.module()(other), model(other), atol=1e-3, rtol=1e-4)

    def test_state_is_saved_and_loaded(self, enhancer: SyMPIE) -> None:
        model = EnhancedNetwork(Network().eval(), enhancer)
        other = EnhancedNetwork(Network().eval(), SyMPIE(thumbnail_resize=48, thumbnail_crop=44))
        other.load_state_dict(model.state_dict())
        images = normalize(pixels())
        assert torch.equal(model(images), other(images))
        names = {key.partition(".")[0] for key in model.state_dict()}
        assert names == {"network", "enhancer"}

    def test_files(self, enhancer_file: Path) -> None:
        model = EnhancedNetwork(Network().eval(), enhancer_file)
        assert isinstance(model.enhancer, SyMPIE) and not model.enhancer.training
        assert isinstance(EnhancedNetwork(Network()).enhancer, SyMPIE)
        with pytest.raises(FileNotFoundError, match=r"absent.pth"):
            EnhancedNetwork(Network(), "absent.pth")
