"""The classification plug-in: what mmpretrain's network behind it gets, in training and testing."""

from __future__ import annotations

import copy
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from mmengine.config import ConfigDict
from mmengine.registry import DefaultScope
from torch import Tensor, nn

pytest.importorskip("mmpretrain", reason="pip install -e '.[cls]'")

from mmpretrain.models import ClsDataPreprocessor
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample, MultiTaskDataSample

from sympie_seg.classification import SyMPIEClsDataPreprocessor
from sympie_seg.enhancer import SyMPIE, WarpParameters, make_thumbnail, warp

ROOT = Path(__file__).resolve().parents[2]
MEAN = 255 * torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1)
STD = 255 * torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1)
RGB = dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375], to_rgb=True)
BGR = dict(mean=[103.53, 116.28, 123.675], std=[57.375, 57.12, 58.395])
# Options, and the size of a network's unit in grey levels.
NETWORKS = {"to_rgb": (RGB, 58), "bgr": (BGR, 58), "no_mean": (dict(), 1)}
AUGMENTS = {
    "mixup": dict(type="Mixup", alpha=0.8),
    "cutmix": dict(type="CutMix", alpha=1.0),
    "resizemix": dict(type="ResizeMix", alpha=1.0),
}
each_network = pytest.mark.parametrize("name", NETWORKS)


class FixedNem(nn.Module):
    """In NEM's place: gives fixed parameters and remembers the thumbnails it was shown."""

    def __init__(self, scale: float) -> None:
        super().__init__()
        identity = WarpParameters.identity(4).to_vector()
        self.vector = identity + scale * torch.randn(identity.shape)
        self.seen: list[Tensor] = []

    def forward(self, thumbnails: Tensor) -> Tensor:
        self.seen.append(thumbnails)
        return self.vector[: len(thumbnails)]


def make(options: dict, scale: float = 0.1, **more: Any) -> SyMPIEClsDataPreprocessor:
    enhancer = SyMPIE(thumbnail_resize=48, thumbnail_crop=44)
    enhancer.nem = FixedNem(scale)
    return SyMPIEClsDataPreprocessor(enhancer=enhancer, **options, **more)


def images(count: int = 4, size: Any = (60, 50)) -> list[Tensor]:
    sizes = [size] * count if isinstance(size, tuple) else size
    return [torch.randint(0, 256, (3, *s), dtype=torch.uint8) for s in sizes]


def batch(count: int = 4, size: Any = (60, 50), labels: Any = (2, 0, 1, 2)) -> dict:
    inputs = images(count, size)
    samples = [DataSample().set_gt_label(label) for label in labels[: len(inputs)]]
    return dict(inputs=inputs, data_samples=samples)


def seeded(seed: int = 0) -> None:
    np.random.seed(seed)
    torch.manual_seed(seed)


def warp_raw(raw: Tensor, vector: Tensor, clamp: bool, order: tuple = (2, 1, 0)) -> Tensor:
    """Denormalise(warp(normalise(x))) of one raw image, in its own channel order."""
    order = list(order)
    normalized = ((raw[order].float() - MEAN) / STD)[None]
    warped = warp(normalized, WarpParameters.from_vector(vector[None]), clamp=clamp)[0]
    return (warped * STD + MEAN)[order]


def assert_same(got: dict, expected: dict, unit: float) -> None:
    tolerance = 1e-5 if unit > 1 else 1e-5 * 255
    torch.testing.assert_close(got["inputs"], expected["inputs"], rtol=0, atol=tolerance)
    for mine, theirs in zip(got["data_samples"], expected["data_samples"], strict=True):
        assert mine.keys() == theirs.keys()
        for key, value in theirs.items():
            torch.testing.assert_close(mine.get(key), value)


@each_network
@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("stacked", [True, False])
@pytest.mark.parametrize("more", [dict(), dict(pad_size_divisor=32, pad_value=7)], ids=str)
def test_identity_gives_what_the_parent_gives(
    name: str, training: bool, stacked: bool, more: dict
) -> None:
    options, unit = NETWORKS[name]
    more = dict(more, to_onehot=True, num_classes=3)
    data = batch()
    if stacked:
        data["inputs"] = torch.stack(data["inputs"])
    own = make(options, scale=0, **more).train(training)
    got = own(copy.deepcopy(data), training)
    expected = ClsDataPreprocessor(**options, **more)(copy.deepcopy(data), training)
    assert "gt_score" in expected["data_samples"][0]
    assert_same(got, expected, unit)
    assert len(own.enhancer.nem.seen) == 1, "no shortcut for identity"


@each_network
@pytest.mark.parametrize("kind", AUGMENTS)
def test_identity_mixes_as_the_parent_does(name: str, kind: str) -> None:
    options, unit = NETWORKS[name]
    options = dict(options, batch_augments=dict(augments=[AUGMENTS[kind]]), num_classes=3)
    data = batch()
    own = make(options, scale=0, two_step=True).train()
    stock = ClsDataPreprocessor(**options)
    for seed in range(3):
        seeded(seed)
        expected = stock(copy.deepcopy(data), True)
        seeded(seed)
        got = own(copy.deepcopy(data), True)
        halves = [dict(inputs=got["inputs"][part], data_samples=got["data_samples"][part])
                  for part in (slice(0, 4), slice(4, None))]  # fmt: skip
        for half in halves:
            assert_same(half, expected, unit)
    scores = torch.stack([sample.gt_score for sample in expected["data_samples"]])
    assert ((scores > 0) & (scores < 1)).any(), "nothing was mixed"


def test_nem_sees_the_mixed_images_and_both_steps_the_same_mixture() -> None:
    augments = dict(augments=[AUGMENTS["mixup"]])
    own = make(RGB, batch_augments=augments, num_classes=3, two_step=True).train()
    data = batch()
    plain = ClsDataPreprocessor(**RGB, batch_augments=augments, num_classes=3)
    seeded()
    mixed = plain(copy.deepcopy(data), True)["inputs"]  # ImageNet-normalised RGB
    seeded()
    got = own(copy.deepcopy(data), True)
    nem = own.enhancer.nem
    torch.testing.assert_close(nem.seen[0], make_thumbnail(mixed, 48, 44), rtol=0, atol=1e-5)
    parameters = WarpParameters.from_vector(nem.vector)
    first = warp(mixed, parameters, clamp=False)
    second = warp(warp(mixed, parameters, clamp=True), parameters, clamp=False)
    torch.testing.assert_close(got["inputs"], torch.cat([first, second]), rtol=0, atol=1e-4)
    samples = got["data_samples"]
    for one, two in zip(samples[:4], samples[4:], strict=True):
        assert one is not two and torch.equal(one.gt_score, two.gt_score)
    assert min(sample.gt_score.max() for sample in samples) < 1


@pytest.mark.parametrize("kind", AUGMENTS)
def test_label_free_clean_images_are_mixed_with_the_same_draw(kind: str) -> None:
    augments = dict(augments=[AUGMENTS[kind]])
    own = make(RGB, batch_augments=augments, num_classes=3, two_step=True, label_free=True).train()
    data = batch()
    for image, sample in zip(data["inputs"], data["data_samples"], strict=True):
        sample.set_metainfo(dict(clean_img=image.permute(1, 2, 0).numpy() // 2 + 30))
    assert own.training_parts == ("step1", "step2", "clean")
    seeded()
    clean = own(copy.deepcopy(data), True)["inputs"][8:]
    stock = ClsDataPreprocessor(**RGB, batch_augments=augments, num_classes=3)
    originals = dict(
        inputs=[
            torch.from_numpy(s.clean_img.copy()).permute(2, 0, 1) for s in data["data_samples"]
        ],
        data_samples=copy.deepcopy(data["data_samples"]),
    )
    seeded()
    wanted = stock(originals, True)["inputs"]
    torch.testing.assert_close(clean, wanted, rtol=0, atol=1e-4)


@each_network
@pytest.mark.parametrize("training", [True, False])
def test_parameters_give_the_warped_image(name: str, training: bool) -> None:
    options, unit = NETWORKS[name]
    data = batch()
    own = make(options).train(training)
    got = own(copy.deepcopy(data), training)["inputs"]
    pairs = zip(data["inputs"], own.enhancer.nem.vector, strict=True)
    warped = [warp_raw(raw, vector, clamp=not training) for raw, vector in pairs]
    expected = ClsDataPreprocessor(**options)(dict(data, inputs=warped))["inputs"]
    torch.testing.assert_close(got, expected, rtol=0, atol=1e-5 if unit > 1 else 1e-5 * 255)
    plain = ClsDataPreprocessor(**options)(copy.deepcopy(data))["inputs"]
    assert (got - plain).abs().mean() > 0.05 * 58 / unit, "the parameters had no effect"


def test_images_loaded_as_rgb_need_input_order() -> None:
    data = batch(1)
    options = dict(mean=RGB["mean"], std=RGB["std"])
    own = make(options, input_order="rgb").eval()
    warped = warp_raw(data["inputs"][0], own.enhancer.nem.vector[0], True, order=(0, 1, 2))
    torch.testing.assert_close(own(data)["inputs"][0], (warped - MEAN) / STD, rtol=0, atol=1e-3)
    with pytest.raises(ValueError, match=r"input_order.*'gbr'"):
        make(RGB, input_order="gbr")


@pytest.mark.parametrize("training", [True, False])
def test_sizes_may_differ_and_padding_never_reaches_nem(training: bool) -> None:
    data = batch(4, [(60, 50), (64, 44), (60, 50), (45, 80)])
    own = make(RGB, pad_size_divisor=16, pad_value=7).train(training)
    got = own(copy.deepcopy(data), training)["inputs"]
    assert got.shape == (4, 3, 64, 80)
    assert [tuple(t.shape) for t in own.enhancer.nem.seen] == [(4, 3, 44, 44)]
    for image, raw, vector in zip(got, data["inputs"], own.enhancer.nem.vector, strict=True):
        height, width = raw.shape[1:]
        warped = warp_raw(raw, vector, clamp=not training)[[2, 1, 0]]
        torch.testing.assert_close(
            image[:, :height, :width], (warped - MEAN) / STD, rtol=0, atol=1e-3
        )
        assert (image[:, height:] == 7).all() and (image[:, :, width:] == 7).all()


def test_mixing_needs_one_size() -> None:
    own = make(RGB, batch_augments=dict(augments=[AUGMENTS["mixup"]]), num_classes=3).train()
    with pytest.raises(ValueError, match=r"one size, got \[\(3, 60, 50\).*train_pipeline"):
        own(batch(2, [(60, 50), (64, 44)]), True)


@pytest.mark.parametrize("two_step", [True, False])
def test_samples_are_never_changed(two_step: bool) -> None:
    augments = dict(augments=[AUGMENTS["mixup"]])
    own = make(RGB, batch_augments=augments, num_classes=3, two_step=two_step).train()
    data = batch()
    inputs = [raw.clone() for raw in data["inputs"]]
    got = own(data, True)["data_samples"]
    assert len(got) == (8 if two_step else 4) and "gt_score" in got[-1]
    assert [sample.gt_label.item() for sample in data["data_samples"]] == [2, 0, 1, 2]
    assert not any("gt_score" in sample for sample in data["data_samples"])
    assert all(torch.equal(a, b) for a, b in zip(data["inputs"], inputs, strict=True))
    got[0].gt_score.fill_(9)
    assert not two_step or got[4].gt_score.max() <= 1, "the second step shares memory"


def test_several_labels_an_image_and_several_tasks() -> None:
    data = batch(labels=([0, 2], [1], [0, 1, 2], [2]))
    own = make(RGB, to_onehot=True, num_classes=3, two_step=True).train()
    scores = [s.gt_score.tolist() for s in own(copy.deepcopy(data), True)["data_samples"]]
    assert scores == 2 * [[1, 0, 1], [0, 1, 0], [1, 1, 1], [0, 0, 1]]
    tasks = []
    for label in range(4):
        sample = MultiTaskDataSample()
        sample.set_field(DataSample().set_gt_label(label), "colour")
        tasks.append(sample)
    got = own(dict(inputs=data["inputs"], data_samples=tasks), True)["data_samples"]
    assert [sample.colour.gt_label.item() for sample in got] == 2 * [0, 1, 2, 3]


def test_without_samples_and_in_prediction() -> None:
    own = make(RGB, two_step=True, batch_augments=dict(augments=[AUGMENTS["mixup"]])).train()
    got = own(dict(inputs=images()), training=False)
    assert got["inputs"].shape == (4, 3, 60, 50) and got["data_samples"] is None


@pytest.mark.parametrize("shape", [(1, 60, 50), (60, 50)])
def test_images_without_colour_are_refused(shape: tuple) -> None:
    with pytest.raises(ValueError, match=r"colour images.*color_type='color'"):
        make(RGB).eval()(dict(inputs=[torch.zeros(shape, dtype=torch.uint8)]))


@pytest.fixture
def classifier() -> Iterator[Callable[..., nn.Module]]:
    """Build a narrow random ResNet-18 for three classes, in mmpretrain's scope."""

    def build(**preprocessor: Any) -> nn.Module:
        torch.manual_seed(3)
        return MODELS.build(
            ConfigDict(
                type="ImageClassifier",
                data_preprocessor=dict(num_classes=3, **RGB, **preprocessor),
                backbone=dict(type="ResNet", depth=18, stem_channels=8, base_channels=8),
                neck=dict(type="GlobalAveragePooling"),
                head=dict(type="LinearClsHead", num_classes=3, in_channels=64, topk=(1,)),
                train_cfg=dict(augments=[AUGMENTS["cutmix"]]),
            )
        )

    with DefaultScope.overwrite_default_scope("mmpretrain"):
        yield build


def test_a_classifier_behind_identity_is_the_stock_one(classifier: Callable) -> None:
    stock = classifier().eval()
    enhancer = dict(type="SyMPIE", thumbnail_resize=48, thumbnail_crop=44)
    own = classifier(type="SyMPIEClsDataPreprocessor", enhancer=enhancer).eval()
    assert type(own.data_preprocessor) is SyMPIEClsDataPreprocessor
    own.load_state_dict(stock.state_dict(), strict=False)
    data = batch()
    pairs = zip(
        own.test_step(copy.deepcopy(data)), stock.test_step(copy.deepcopy(data)), strict=True
    )
    for mine, theirs in pairs:
        torch.testing.assert_close(mine.pred_score, theirs.pred_score, rtol=0, atol=1e-5)
        assert mine.gt_label.item() == theirs.gt_label.item()
    losses = []
    for model in (own, stock):
        seeded()
        ready = model.data_preprocessor(copy.deepcopy(data), True)
        losses.append(model(**ready, mode="loss")["loss"])
    torch.testing.assert_close(*losses, rtol=1e-4, atol=1e-5)


def run(code: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)


def test_a_config_that_imports_sympie_seg_only_finds_the_class() -> None:
    done = run(
        "import sys, sympie_seg\n"
        "assert not any(name.startswith('mmpretrain') for name in sys.modules)\n"
        "from mmengine.registry import MODELS\n"
        "own = MODELS.build(dict(type='SyMPIEClsDataPreprocessor', to_rgb=True))\n"
        "print(type(own).__mro__[2].__module__, type(own).__name__)"
    )
    assert "mmpretrain.models.utils.data_preprocessor SyMPIEClsDataPreprocessor" in done.stdout, (
        done.stderr
    )


def test_without_mmpretrain_segmentation_works_and_classification_says_what_to_install() -> None:
    done = run(
        "import sys; sys.modules['mmpretrain'] = None\n"
        "import torch, sympie_seg\n"
        "from mmseg.registry import MODELS\n"
        "from mmengine.registry import MODELS as ROOT\n"
        "from sympie_seg.utils.extras import MissingExtraError\n"
        "own = MODELS.build(dict(type='SyMPIESegDataPreProcessor', size_divisor=1)).eval()\n"
        "print(own(dict(inputs=[torch.zeros(3, 50, 60)]))['inputs'].shape)\n"
        "try: ROOT.build(dict(type='SyMPIEClsDataPreprocessor'))\n"
        "except MissingExtraError as error: print(error)\n"
        "from mmengine.utils import import_modules_from_strings\n"
        "try: import_modules_from_strings(['sympie_seg.classification'])\n"
        "except MissingExtraError as error: print('config:', error)\n"
        "from sympie_seg.cli import common\n"
        "try: common.read_config('configs/classification/sympie_resnet50_imagenet_1gpu.py')\n"
        "except SystemExit as error: print('tool:', error)\n"
    )
    assert "torch.Size([1, 3, 50, 60])" in done.stdout, done.stderr
    message = (
        'classification needs mmpretrain, which is not installed: pip install "sympie-seg[cls]"'
    )
    assert done.stdout.count(message) == 3
    assert f"config: {message}" in done.stdout
    (tool,) = [line for line in done.stdout.splitlines() if line.startswith("tool: ")]
    assert message in tool and "the config 'configs/classification/" in tool
