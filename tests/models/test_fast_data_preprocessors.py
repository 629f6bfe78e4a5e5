"""The plug-ins' fast path gives the network what the plain path gives it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
import torch
from mmseg.models import SegDataPreProcessor
from torch import nn

from sympie_seg.enhancer import SyMPIE
from sympie_seg.fast import pipeline
from sympie_seg.models.data_preprocessors import SyMPIESegDataPreProcessor

BGR = dict(mean=[103.53, 116.28, 123.675], std=[57.375, 57.12, 58.395])
RGB = dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375])
NETWORKS: dict[str, tuple[dict, float]] = {
    "bgr": (BGR, 1),
    "bgr to rgb": (dict(RGB, bgr_to_rgb=True), 1),
    "rgb to bgr": (dict(BGR, rgb_to_bgr=True), 1),
    "rgb images": (dict(RGB, input_order="rgb"), 1),
    "caffe": (dict(mean=[104.00698793, 116.66876762, 122.67891434], std=[1.0, 1.0, 1.0]), 57),
    "one mean for all": (dict(mean=[127.5], std=[127.5], bgr_to_rgb=True), 1),
    "not normalised": (dict(), 57),
}
SIZES = [(1, 1), (3, 500), (64, 96), (101, 57), (224, 224)]


@pytest.fixture(scope="module")
def enhancer() -> SyMPIE:
    torch.manual_seed(3)
    module = SyMPIE("random")
    with torch.no_grad():
        module.nem.out.bias.add_(SyMPIE().nem.out.bias)
        module.nem.out.weight.mul_(5)
    return module


@pytest.fixture
def warps(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Collects the number of images of each fast warp."""
    counts, real = [], pipeline.warp_planes

    def counted(jobs: list, threads: int) -> None:
        counts.append(len(jobs))
        real(jobs, threads)

    monkeypatch.setattr(pipeline, "warp_planes", counted)
    return counts


def twins(enhancer: nn.Module, **options: Any) -> list[SyMPIESegDataPreProcessor]:
    """The same plug-in with and without its fast path."""
    options.setdefault("size_divisor", 1)
    build = SyMPIESegDataPreProcessor
    return [
        build(enhancer=copy.deepcopy(enhancer), fast=f, **options).eval() for f in (True, False)
    ]


def outputs(pair: list, data: dict) -> list[dict]:
    return [module(copy.deepcopy(data)) for module in pair]


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("dtype", [torch.uint8, torch.float32])
@torch.no_grad()
def test_every_normalisation(
    name: str, dtype: torch.dtype, enhancer: SyMPIE, batch: Callable, warps: list
) -> None:
    options, unit = NETWORKS[name]
    data = batch(2, (60, 90))
    data["inputs"] = [image.to(dtype) for image in data["inputs"]]
    before = copy.deepcopy(data["inputs"])
    fast, plain = outputs(twins(enhancer, **options), data)
    assert warps == [2], "the first took the fast path, the second did not"
    torch.testing.assert_close(fast["inputs"], plain["inputs"], rtol=0, atol=1e-4 * unit)
    assert (plain["inputs"][0] - plain["inputs"][1]).abs().mean() > 0.1
    assert all(map(torch.equal, before, data["inputs"]))


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("count", [1, 3])
@torch.no_grad()
def test_every_size(
    size: tuple, count: int, enhancer: SyMPIE, batch: Callable, warps: list
) -> None:
    fast, plain = outputs(
        twins(enhancer, **RGB, bgr_to_rgb=True), batch(count, size, ignored=False)
    )
    assert warps == [count]
    torch.testing.assert_close(fast["inputs"], plain["inputs"], rtol=0, atol=1e-4)


@pytest.mark.parametrize("padding", [dict(size=(80, 100)), dict(size_divisor=32), None], ids=str)
@torch.no_grad()
def test_padding_and_what_is_noted_of_it(
    padding: dict | None, enhancer: SyMPIE, batch: Callable, warps: list
) -> None:
    data = batch(2, (60, 90))
    samples = copy.deepcopy(data["data_samples"])
    pair = twins(enhancer, **BGR, pad_val=7, test_cfg=padding)
    fast, plain = (module(dict(data)) for module in pair)
    assert warps == [2]
    torch.testing.assert_close(fast["inputs"], plain["inputs"], rtol=0, atol=1e-4)
    for got, expected, given, old in zip(
        fast["data_samples"], plain["data_samples"], data["data_samples"], samples, strict=True
    ):
        assert dict(got.metainfo_items()) == dict(expected.metainfo_items())
        assert dict(given.metainfo_items()) == dict(old.metainfo_items()), "changed in place"
        assert torch.equal(got.gt_sem_seg.data, expected.gt_sem_seg.data)


@torch.no_grad()
def test_no_samples_and_stacked_images(enhancer: SyMPIE, batch: Callable, warps: list) -> None:
    pair, data = twins(enhancer, **BGR), batch(2)
    stacked = dict(inputs=torch.stack(data["inputs"]))
    fast, plain = (module(dict(stacked)) for module in pair)
    torch.testing.assert_close(fast["inputs"], plain["inputs"], rtol=0, atol=1e-4)
    assert fast["data_samples"] is None and warps == [2]


def test_training_and_gradients_take_the_plain_path(
    enhancer: SyMPIE, batch: Callable, warps: list
) -> None:
    module, data = twins(enhancer, **BGR)[0], batch(2)
    assert module(copy.deepcopy(data))["inputs"].requires_grad
    with torch.no_grad():
        module.train()(copy.deepcopy(data), training=True)
    assert warps == []


@torch.no_grad()
def test_a_visualisation_hook_gets_its_picture(
    enhancer: SyMPIE, batch: Callable, warps: list
) -> None:
    fast, plain = twins(enhancer, **BGR)
    data = batch(2)
    fast.record_next = True
    recorded, expected = fast(copy.deepcopy(data))["inputs"], plain(copy.deepcopy(data))["inputs"]
    assert set(fast.recorded) == {"input", "enhanced", "parameters"} and not fast.record_next
    torch.testing.assert_close(recorded, expected, rtol=0, atol=1e-4)


@torch.no_grad()
def test_not_a_number_is_refused(enhancer: SyMPIE, batch: Callable, warps: list) -> None:
    data = batch(2)
    data["inputs"][1] = data["inputs"][1].float() * float("nan")
    with pytest.raises(FloatingPointError, match=r"image\(s\) \[1\]"):
        twins(enhancer, **BGR)[0](data)
    assert warps == []


@pytest.mark.parametrize("other", ["NoEnhancer", "ClaheEnhancer"])
@torch.no_grad()
def test_other_enhancers_keep_their_way(other: str, batch: Callable, warps: list) -> None:
    module = SyMPIESegDataPreProcessor(enhancer=dict(type=other), size_divisor=1, **BGR).eval()
    assert module(batch(2))["inputs"].shape == (2, 3, 64, 96)
    assert warps == []


@pytest.mark.parametrize("to_rgb", [True, False])
@pytest.mark.parametrize("divisor", [1, 32])
@torch.no_grad()
def test_the_classifiers_plug_in(to_rgb: bool, divisor: int, enhancer: SyMPIE, warps: list) -> None:
    structures = pytest.importorskip("mmpretrain.structures")
    from mmpretrain.models import ClsDataPreprocessor

    from sympie_seg.classification import SyMPIEClsDataPreprocessor

    sizes = [(60, 90), (61, 40)]
    images = [torch.randint(0, 256, (3, *size), dtype=torch.uint8) for size in sizes]
    samples = [structures.DataSample().set_gt_label(label) for label in (1, 2)]
    options = dict(RGB, to_rgb=to_rgb, pad_size_divisor=divisor, pad_value=3)
    options.update(to_onehot=True, num_classes=4)
    data = dict(inputs=images, data_samples=samples)
    stock = ClsDataPreprocessor(**options).eval()(copy.deepcopy(data))["inputs"]
    off = SyMPIEClsDataPreprocessor(enhancer=copy.deepcopy(enhancer), strength=0, **options)
    assert torch.equal(off.eval()(copy.deepcopy(data))["inputs"], stock) and warps == []
    pair = [
        SyMPIEClsDataPreprocessor(enhancer=copy.deepcopy(enhancer), fast=fast, **options).eval()
        for fast in (True, False)
    ]
    fast, plain = outputs(pair, data)
    assert warps == [2]
    torch.testing.assert_close(fast["inputs"], plain["inputs"], rtol=0, atol=1e-4)
    for got, expected in zip(fast["data_samples"], plain["data_samples"], strict=True):
        assert torch.equal(got.gt_score, expected.gt_score)
        assert torch.equal(got.gt_label, expected.gt_label)


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("strength", [0.4, 1.6])
@torch.no_grad()
def test_strength(
    strength: float, name: str, enhancer: SyMPIE, batch: Callable, warps: list
) -> None:
    """The same on both paths, as an option and as the enhancer's own, and not what 1 gives."""
    options, unit = NETWORKS[name]
    data = batch(2, (60, 90))
    fast, plain = outputs(twins(enhancer, strength=strength, **options), data)
    assert warps == [2]
    torch.testing.assert_close(fast["inputs"], plain["inputs"], rtol=0, atol=1e-4 * unit)
    moved = copy.deepcopy(enhancer)
    moved.strength = strength
    own = outputs(twins(moved, **options), data)[0]
    assert torch.equal(own["inputs"], fast["inputs"])
    one = outputs(twins(moved, strength=1, **options), data)[0]
    assert torch.equal(one["inputs"], outputs(twins(enhancer, **options), data)[0]["inputs"])
    assert (one["inputs"] - fast["inputs"]).abs().mean() > 0.01


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("padding", [dict(size=(80, 100)), None], ids=str)
@torch.no_grad()
def test_with_strength_0_the_network_gets_what_mmseg_gives_it(
    padding: dict | None, name: str, enhancer: SyMPIE, batch: Callable, warps: list
) -> None:
    """Bit for bit, also for values outside 0..255, and while a picture is recorded."""
    options = {k: v for k, v in NETWORKS[name][0].items() if k != "input_order"}
    stock = SegDataPreProcessor(test_cfg=padding, size_divisor=1, **options).eval()
    data = batch(2, (60, 90))
    for inputs in (data["inputs"], [500 * torch.randn(3, 60, 90), torch.rand(3, 60, 90)]):
        data["inputs"] = inputs
        expected = stock(copy.deepcopy(data))["inputs"]
        pair = twins(enhancer, strength=0, test_cfg=padding, **NETWORKS[name][0])
        for own in pair:
            for own.record_next in (False, True):
                assert torch.equal(own(copy.deepcopy(data))["inputs"], expected)
        assert pair[0].recorded["parameters"].distance_to_identity() == 0
    assert warps == []


def test_training_takes_strength_1(enhancer: SyMPIE, batch: Callable) -> None:
    """Student and teacher, in train mode and where the loss is computed in eval mode."""
    data, results = batch(2, (60, 90)), []
    for strength in (1, 0, 1.7):
        build = SyMPIESegDataPreProcessor
        own = build(
            enhancer=copy.deepcopy(enhancer),
            two_step=True,
            strength=strength,
            size_divisor=1,
            **BGR,
        ).train()
        with torch.no_grad():
            joined = own(copy.deepcopy(data), training=True)["inputs"]
            frozen = own.eval()(copy.deepcopy(data), training=True)["inputs"]
        assert len(joined) == 4 and own.enhancer.strength == strength
        results.append((joined, frozen))
    for joined, frozen in results[1:]:
        assert torch.equal(joined, results[0][0]) and torch.equal(frozen, results[0][1])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (dict(strength=2.5), r"strength in \[0, 2\], got 2.5"),
        (dict(strength=float("nan")), r"strength in \[0, 2\], got nan"),
        (dict(strength=1, enhancer=dict(type="NoEnhancer")), "the enhancer is NoEnhancer"),
    ],
)
def test_a_strength_that_cannot_be(options: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SyMPIESegDataPreProcessor(size_divisor=1, **BGR, **options)
