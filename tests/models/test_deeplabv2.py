"""DeepLabV2: the logits of an independent network in the layout of the public checkpoint."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
import torch.nn.functional as F
from mmengine.config import ConfigDict
from mmengine.registry import DefaultScope
from mmseg.registry import MODELS
from torch import Tensor, nn

from sympie_seg.models.backbones import DeepLabV2ResNet
from sympie_seg.models.conversion.lsr_names import convert_lsr
from sympie_seg.models.heads import DeepLabV2Head

CLASSES = 19


class Block(nn.Module):
    """Bottleneck with its stride in the first convolution; BN after every convolution."""

    def __init__(self, inputs: int, width: int, stride: int, dilation: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, width, 1, stride, bias=False)
        self.conv2 = nn.Conv2d(width, width, 3, 1, dilation, dilation, bias=False)
        self.conv3 = nn.Conv2d(width, 4 * width, 1, bias=False)
        self.bn1, self.bn2 = nn.BatchNorm2d(width), nn.BatchNorm2d(width)
        self.bn3 = nn.BatchNorm2d(4 * width)
        if inputs != 4 * width:
            self.downsample = nn.Sequential(
                nn.Conv2d(inputs, 4 * width, 1, stride, bias=False), nn.BatchNorm2d(4 * width)
            )

    def forward(self, x: Tensor) -> Tensor:
        shortcut = self.downsample(x) if hasattr(self, "downsample") else x
        x = self.bn1(self.conv1(x)).relu()
        x = self.bn2(self.conv2(x)).relu()
        return (self.bn3(self.conv3(x)) + shortcut).relu()


class Classifier(nn.Module):
    def __init__(self, classes: int) -> None:
        super().__init__()
        self.conv2d_list = nn.ModuleList(
            nn.Conv2d(2048, classes, 3, padding=d, dilation=d) for d in (6, 12, 18, 24)
        )


class ReferenceDeepLabV2(nn.Module):
    """Written from the facts of the public network; keys as in its checkpoint."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64)
        inputs = 64
        stages = ((64, 3, 1, 1), (128, 4, 2, 1), (256, 6, 1, 2), (512, 3, 1, 4))
        for number, (width, blocks, stride, dilation) in enumerate(stages, start=1):
            layers = [Block(inputs, width, stride, dilation)]
            layers += [Block(4 * width, width, 1, dilation) for _ in range(blocks - 1)]
            setattr(self, f"layer{number}", nn.Sequential(*layers))
            inputs = 4 * width
        self.clas = Classifier(classes)

    def forward(self, image: Tensor) -> Tensor:
        x = self.bn1(self.conv1(image)).relu()
        x = F.max_pool2d(x, 3, 2, 1, ceil_mode=True)
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        scores = self.clas.conv2d_list[0](x) + self.clas.conv2d_list[1](x)
        return F.interpolate(scores, image.shape[2:], mode="bilinear", align_corners=True)


@pytest.fixture(scope="module")
def reference() -> nn.Module:
    """The public network, with random weights and statistics in which a mistake shows."""
    torch.manual_seed(0)
    model = ReferenceDeepLabV2(CLASSES).eval()
    for name, module in model.named_modules():
        if isinstance(module, nn.BatchNorm2d):
            low = 0.2 if name.endswith("bn3") else 0.7  # keeps sixteen residual blocks in range
            nn.init.uniform_(module.weight, low, low + 0.4)
            nn.init.normal_(module.bias, std=0.2)
            nn.init.normal_(module.running_mean, std=0.2)
            nn.init.uniform_(module.running_var, 0.5, 2.0)
    return model


@pytest.fixture(scope="module")
def converted(reference: nn.Module) -> dict[str, Tensor]:
    return convert_lsr(reference.state_dict())


@pytest.fixture(autouse=True)
def _mmseg_scope() -> Iterator[None]:
    with DefaultScope.overwrite_default_scope("mmseg"):
        yield


def build(state: dict[str, Tensor], summed_branches: int = 2, **test_cfg: object) -> nn.Module:
    norm_cfg = dict(type="BN", requires_grad=True)
    head = dict(type="DeepLabV2Head", in_channels=2048, in_index=3, num_classes=CLASSES)
    head |= dict(summed_branches=summed_branches, align_corners=True)
    config = dict(
        type="DeepLabV2",
        backbone=dict(type="DeepLabV2ResNet", depth=50, norm_cfg=norm_cfg),
        decode_head=head,
        test_cfg=dict(mode="whole", **test_cfg),
    )
    model = MODELS.build(ConfigDict(config))
    model.load_state_dict(state)
    return model.eval()


def logits(model: nn.Module, image: Tensor) -> Tensor:
    size = tuple(image.shape[2:])
    metas = [dict(img_shape=size, ori_shape=size, pad_shape=size)] * len(image)
    with torch.no_grad():
        return model.inference(image, metas)


@pytest.fixture(scope="module")
def plain(converted: dict[str, Tensor]) -> nn.Module:
    with DefaultScope.overwrite_default_scope("mmseg"):
        return build(converted)


class TestSameLogitsAsThePublicNetwork:
    @pytest.mark.parametrize("size", [(64, 96), (65, 97), (67, 71), (33, 130)])
    def test_whole_image(
        self, reference: nn.Module, plain: nn.Module, size: tuple[int, int]
    ) -> None:
        image = torch.randn(1, 3, *size, generator=torch.Generator().manual_seed(1))
        with torch.no_grad():
            expected = reference(image)
        assert expected.std() > 0.05, "the comparison would mean nothing"
        torch.testing.assert_close(logits(plain, image), expected, rtol=0, atol=1e-4)

    def test_image_plus_mirror_image(
        self, reference: nn.Module, converted: dict[str, Tensor]
    ) -> None:
        image = torch.randn(2, 3, 49, 81, generator=torch.Generator().manual_seed(2))
        with torch.no_grad():
            expected = reference(image) + reference(image.flip(-1)).flip(-1)
        mirroring = build(converted, mirror=True)
        torch.testing.assert_close(logits(mirroring, image), expected, rtol=0, atol=1e-4)
        assert not torch.allclose(logits(mirroring, image), 2 * reference(image), atol=1e-2)

    def test_two_branches_are_no_mere_default(
        self, reference: nn.Module, converted: dict[str, Tensor]
    ) -> None:
        with pytest.raises(ValueError, match="summed_branches=2"):
            build(converted, summed_branches=4)
        image = torch.randn(1, 3, 64, 96, generator=torch.Generator().manual_seed(3))
        four = build(converted | {"decode_head.summed": torch.tensor(4)}, summed_branches=4)
        with torch.no_grad():
            assert (logits(four, image) - reference(image)).abs().max() > 0.01


class TestDeepLabV2Head:
    def head(self, **options: object) -> DeepLabV2Head:
        torch.manual_seed(4)
        settings = dict(in_channels=8, in_index=0, num_classes=3, align_corners=True) | options
        return DeepLabV2Head(**settings).eval()

    @pytest.mark.parametrize("summed", [1, 2, 3, 4, None])
    def test_sums_the_first_branches(self, summed: int | None) -> None:
        head = self.head(summed_branches=summed)
        features = torch.randn(2, 8, 9, 11)
        expected = sum(
            F.conv2d(features, b.weight, b.bias, padding=d, dilation=d)
            for b, d in list(zip(head.branches, (6, 12, 18, 24), strict=True))[:summed]
        )
        torch.testing.assert_close(head((features,)), expected)

    def test_takes_other_dilations(self) -> None:
        head = self.head(dilations=(1, 3))
        assert [branch.dilation for branch in head.branches] == [(1, 1), (3, 3)]

    @pytest.mark.parametrize("summed", [0, 5, -1])
    def test_rejects_impossible_sums(self, summed: int) -> None:
        with pytest.raises(ValueError, match=rf"summed_branches must be 1\.\.4.*got {summed}"):
            self.head(summed_branches=summed)

    def test_trains_on_channels_last_features(self) -> None:
        features = torch.randn(2, 8, 9, 11).to(memory_format=torch.channels_last)
        head = self.head()
        scores = head((features,))
        assert scores.is_contiguous()
        F.cross_entropy(scores, torch.randint(0, 3, (2, 9, 11))).backward()
        assert all(branch.weight.grad is not None for branch in head.branches)

    def test_has_no_other_parameters(self) -> None:
        kinds = {name.split(".")[0] for name, _ in self.head().named_parameters()}
        assert kinds == {"branches"}


class TestDeepLabV2ResNet:
    def backbone(self) -> DeepLabV2ResNet:
        return DeepLabV2ResNet(depth=18, base_channels=8)

    # 64 -> 32 -> 17 -> 9, where rounding down gives 16 and 8.
    @pytest.mark.parametrize(("size", "features"), [(64, 9), (66, 9), (68, 9), (130, 17)])
    def test_pools_in_ceil_mode(self, size: int, features: int) -> None:
        outputs = self.backbone().eval()(torch.zeros(1, 3, size, size))
        assert [tuple(output.shape[2:]) for output in outputs[1:]] == [(features, features)] * 3

    def test_stride_is_in_the_first_convolution(self) -> None:
        block = DeepLabV2ResNet(depth=50, base_channels=8).layer2[0]
        assert (block.conv1.stride, block.conv2.stride) == ((2, 2), (1, 1))

    def test_dilations(self) -> None:
        stages = DeepLabV2ResNet(depth=50, base_channels=8)
        dilations = [getattr(stages, f"layer{n}")[-1].conv2.dilation[0] for n in (1, 2, 3, 4)]
        assert dilations == [1, 1, 2, 4]

    @pytest.mark.parametrize("mode", [True, False])
    def test_train_returns_itself(self, mode: bool) -> None:
        backbone = self.backbone()
        assert backbone.train(mode) is backbone
        assert backbone.eval() is backbone
