"""Converted weights give torchvision's logits; what is said about other files."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope
from torch import Tensor, nn
from torchvision.models import get_model

mmpretrain = pytest.importorskip("mmpretrain.registry", reason="pip install -e '.[cls]'")

from sympie_seg.models.conversion import ARCHITECTURES, convert_torchvision  # noqa: E402

MODELS = Path(__file__).resolve().parents[3] / "configs" / "_base_" / "models"
SMALL = {"resnet18": 64, "resnet34": 64, "resnet50": 64, "mobilenet_v3_large": 64}
State = dict[str, Tensor]


@pytest.fixture(autouse=True)
def _no_initialisation(monkeypatch: pytest.MonkeyPatch) -> None:
    """All weights are filled or loaded: do not draw a hundred million of them before."""
    for layer in (nn.Linear, nn.Conv2d):
        monkeypatch.setattr(layer, "reset_parameters", lambda self: None)
    for name in ("trunc_normal_", "kaiming_normal_", "xavier_uniform_", "normal_"):
        monkeypatch.setattr(nn.init, name, lambda tensor, *args, **kwargs: tensor)


def filled(model: nn.Module) -> nn.Module:
    """Give every weight a random value of a useful size; none stays 0 or 1."""
    draw = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for key, value in model.state_dict().items():
            if not value.is_floating_point():
                continue
            bound = (6 / value[0].numel()) ** 0.5 if value.ndim > 1 else 0.5
            value.uniform_(-bound, bound, generator=draw)
            if value.ndim == 1 and not key.endswith(("bias", "mean")):
                value.add_(1)
    return model.eval()


def reference_of(name: str) -> nn.Module:
    """torchvision's network with 10 classes."""
    options = dict(init_weights=False) if name.startswith("vgg") else {}
    return filled(get_model(name, weights=None, num_classes=10, **options))


def network(config: str, **head: Any) -> nn.Module:
    """Build mmpretrain's network of a config."""
    model = Config.fromfile(MODELS / config).model
    (model.backbone if model.backbone.type == "VGG" else model.head).update(head)
    with DefaultScope.overwrite_default_scope("mmpretrain"):
        return mmpretrain.MODELS.build(model).eval()


@pytest.fixture(scope="module")
def states() -> Callable[[str], State]:
    """Weights in torchvision's names, by architecture; 10 classes."""
    return functools.cache(lambda name: dict(reference_of(name).state_dict()))


def difference(reference: nn.Module, ours: nn.Module, side: int) -> float:
    """The largest difference of the logits, relative to their size."""
    images = torch.randn(2, 3, side, side)
    with torch.no_grad():
        expected, actual = reference(images), ours(images)
    actual = actual[-1] if isinstance(actual, tuple) else actual
    assert expected.shape == actual.shape and expected.std() > 1e-3
    return float((expected - actual).abs().max() / expected.abs().max())


@pytest.mark.parametrize("name", [name for name in ARCHITECTURES if not name.startswith("vgg")])
def test_logits_are_torchvisions(name: str) -> None:
    reference = reference_of(name)
    state, _ = convert_torchvision(reference.state_dict(), name)
    ours = network(ARCHITECTURES[name].config, num_classes=10)
    ours.load_state_dict(state, strict=True, assign=True)
    assert difference(reference, ours, SMALL.get(name, 224)) < 1e-5


@pytest.mark.parametrize("name", ["vgg13", "vgg13_bn", "vgg16", "vgg16_bn"])
def test_vgg_features_are_torchvisions(name: str) -> None:
    """Without the classifier, which takes half a gigabyte."""
    with torch.device("meta"):
        model = get_model(name, weights=None)
    reference = filled(model.features.to_empty(device="cpu"))
    features = {f"features.{key}": value for key, value in reference.state_dict().items()}
    renamed = ARCHITECTURES[name].rename(features, model)
    ours = network(ARCHITECTURES[name].config, num_classes=-1).backbone
    own = {key.removeprefix("backbone."): value for key, value in renamed.items()}
    ours.load_state_dict(own, strict=True)
    assert difference(reference, ours, 32) < 1e-5


def test_vgg_logits_are_torchvisions() -> None:
    """The whole of one VGG."""
    reference = reference_of("vgg13_bn")
    state, _ = convert_torchvision(reference.state_dict(), "vgg13_bn")
    ours = network(ARCHITECTURES["vgg13_bn"].config, num_classes=10)
    ours.load_state_dict(state, strict=True, assign=True)
    assert difference(reference, ours, 224) < 1e-5


class TestWrappings:
    @pytest.mark.parametrize(
        "wrap",
        [
            lambda state: {"state_dict": {f"module.{k}": v for k, v in state.items()}, "epoch": 3},
            lambda state: {"model_state_dict": state, "optimizer": {"state": {}}, "best": 1.0},
            lambda state: {
                "model": {"state_dict": {f"module.model.{k}": v for k, v in state.items()}}
            },
            lambda state: {"model": "resnet18", "state_dict": state},
            lambda state: {
                "0.mean": torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1),
                "0.std": torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1),
                **{f"1.{k}": v for k, v in state.items()},
            },
        ],
        ids=["augmix", "model_state_dict", "nested", "model-is-a-name", "normalises"],
    )
    def test_same_weights(self, wrap: Callable[[State], Any], states: Callable) -> None:
        state = states("resnet18")
        converted, published = convert_torchvision(wrap(state), "resnet18")
        plain, _ = convert_torchvision(state, "resnet18")
        assert converted.keys() == plain.keys()
        assert all(torch.equal(value, plain[key]) for key, value in converted.items())
        assert bool(published.left_out) == ("0.mean" in wrap(state))

    def test_old_files(self, states: Callable) -> None:
        state = {k: v for k, v in states("resnet18").items() if "num_batches_tracked" not in k}
        assert convert_torchvision(state, "resnet18")[0]["backbone.bn1.num_batches_tracked"] == 0
        vit = states("vit_b_16")
        old = {
            k.replace("mlp.0.", "mlp.linear_1.").replace("mlp.3.", "mlp.linear_2."): v
            for k, v in vit.items()
        }
        assert old.keys() != vit.keys()
        assert (
            convert_torchvision(old, "vit_b_16")[0].keys()
            == convert_torchvision(vit, "vit_b_16")[0].keys()
        )


class TestOtherFiles:
    def fails(self, checkpoint: Any, name: str = "resnet18") -> str:
        with pytest.raises(ValueError) as caught:
            convert_torchvision(checkpoint, name)
        return str(caught.value)

    def test_another_depth(self, states: Callable) -> None:
        deeper = states("resnet34")
        message = self.fails({"state_dict": {f"module.{k}": v for k, v in deeper.items()}})
        assert "it is no resnet18: it has unexpected 'layer1.2.conv1.weight'" in message
        message = self.fails(states("resnet18"), "resnet34")
        assert "it is no resnet34: it lacks 'layer1.2.conv1.weight'" in message

    def test_another_width(self, states: Callable) -> None:
        state = dict(states("resnet18"))
        state["layer1.0.conv1.weight"] = state["layer1.0.conv1.weight"][:32]
        assert "'layer1.0.conv1.weight' has shape (32, 64, 3, 3), not (64, 64, 3, 3)" in self.fails(
            state
        )

    def test_not_finite(self, states: Callable) -> None:
        state = dict(states("resnet18"))
        state["bn1.bias"] = torch.full((64,), float("nan"))
        assert "'bn1.bias' has NaN" in self.fails(state)

    def test_no_weights(self) -> None:
        for content in ([1], {"epoch": 3}, {"state_dict": 3}):
            assert "it holds no state dict, neither bare nor under state_dict" in self.fails(
                content
            )

    def test_another_normalisation(self, states: Callable) -> None:
        wrapped = {f"1.{k}": v for k, v in states("resnet18").items()}
        message = self.fails({"0.mean": torch.tensor([0.5, 0.5, 0.5]), **wrapped})
        assert "with '0.mean' [0.5, 0.5, 0.5] instead of ImageNet's" in message

    def test_more_than_a_network(self, states: Callable) -> None:
        wrapped = {f"module.{k}": v for k, v in states("resnet18").items()}
        assert "1 keys beside those that start with 'module.', the first 'head.w'" in self.fails(
            {"head.w": torch.zeros(3, 3), **wrapped}
        )

    def test_unknown_architecture(self) -> None:
        assert "unknown architecture 'alexnet'; known: resnet18" in self.fails({}, "alexnet")
