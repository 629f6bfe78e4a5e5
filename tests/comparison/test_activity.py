"""What an enhancer did, seen from outside: known changes, known parameters, NaN."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from mmengine.registry import MODELS
from torch import Tensor, nn

from sympie_seg.comparison.activity import ActivityWatch
from sympie_seg.comparison.remaining_images import INDEX
from sympie_seg.enhancer import SyMPIE, WarpParameters
from sympie_seg.models.data_preprocessors.grey_levels import grey_levels


class Brighter(nn.Module):
    """Adds grey levels to red and nothing else; has no parameters."""

    def __init__(self, levels: float) -> None:
        super().__init__()
        self.levels = levels

    def forward(self, images: Any) -> Any:
        shift = torch.tensor([self.levels / (255 * 0.229), 0, 0]).view(3, 1, 1)
        return images + shift if isinstance(images, Tensor) else [image + shift for image in images]


def preprocessor(enhancer: Any, **options: Any) -> nn.Module:
    normal = dict(mean=[104.0, 117.0, 123.0], std=[1.0, 2.0, 3.0], size_divisor=32)
    config = dict(type="SyMPIESegDataPreProcessor", enhancer=enhancer, **{**normal, **options})
    return MODELS.build(config).eval()


def watched(enhancer: Any, data: dict, **options: Any) -> tuple[ActivityWatch, dict]:
    front, plain = (preprocessor(e, **options) for e in (enhancer, dict(type="NoEnhancer")))
    watch = ActivityWatch(front, plain)
    watch.keep_pictures = True
    return watch, front(data, False)


@pytest.fixture
def data(batch: Callable, mmseg_scope: None) -> dict:
    made = batch(2, size=(40, 56))
    for index, sample in enumerate(made["data_samples"]):
        sample.set_metainfo({INDEX: 10 + index, "img_path": f"{index}.png"})
    return made


@pytest.mark.parametrize(
    "options", [{}, dict(bgr_to_rgb=True), dict(mean=None, std=None), dict(input_order="rgb")]
)
def test_change_in_grey_levels_without_padding(data: dict, options: dict) -> None:
    watch, output = watched(Brighter(6.0), data, test_cfg=dict(size_divisor=32), **options)
    assert output["inputs"].shape[-2:] == (64, 64), "padded"
    assert sorted(watch.activities) == [10, 11]
    for activity in watch.activities.values():
        assert activity["change"] == pytest.approx(2.0, abs=1e-3), "red alone: a third of 6"
        assert activity["parameters"] is None
    before, after = watch.pictures[11]
    raw = data["inputs"][1].float()
    rgb = raw if options.get("input_order") == "rgb" else raw.flip(0)
    torch.testing.assert_close(before, rgb, atol=1e-3, rtol=0)
    torch.testing.assert_close(
        after - before, torch.tensor([6.0, 0, 0]).view(3, 1, 1).expand_as(before), atol=1e-3, rtol=0
    )


def test_parameters_are_those_that_nem_gave(data: dict, enhancer_file: Any) -> None:
    watch, _ = watched(str(enhancer_file), data)
    front = watch.preprocessor
    normalized = [
        (image.float().flip(0) - front.norm_mean) / front.norm_std for image in data["inputs"]
    ]
    expected = front.enhancer.estimate(torch.stack(normalized)).to_vector()
    parameters = torch.tensor([watch.activities[index]["parameters"] for index in (10, 11)])
    torch.testing.assert_close(parameters, expected, atol=1e-4, rtol=1e-4)
    assert (expected[0] - expected[1]).abs().max() > 1e-6


def test_parameters_are_asked_for_where_nem_is_not_called_as_a_module(
    data: dict, enhancer_file: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = watched(str(enhancer_file), data)[0].activities
    front, plain = preprocessor(str(enhancer_file)), preprocessor(dict(type="NoEnhancer"))
    watch = ActivityWatch(front, plain)
    original = type(front).forward
    monkeypatch.setattr(type(front), "forward", lambda self, *args: original(plain, *args))
    front(data, False)
    for index in (10, 11):
        assert watch.activities[index]["parameters"] == pytest.approx(
            expected[index]["parameters"], abs=1e-4
        )
        assert watch.activities[index]["change"] == 0


def test_nothing_is_watched_any_more_after_stop(data: dict, enhancer_file: Any) -> None:
    watch, _ = watched(str(enhancer_file), data)
    watch.activities.clear()
    watch.stop()
    watch.preprocessor(data, False)
    assert watch.activities == {}


class Broken(nn.Module):
    """Gives NaN for dark images."""

    def forward(self, images: Tensor) -> Tensor:
        dark = images.mean((1, 2, 3), keepdim=True) < -1
        return torch.where(dark, torch.nan, images)


def test_nan_is_named(data: dict) -> None:
    data["inputs"][1] = data["inputs"][1] // 8
    with pytest.raises(FloatingPointError, match=r"the enhancer's output for '1\.png' hold"):
        watched(Broken(), data)


def test_grey_levels_of_mmpretrain() -> None:
    pytest.importorskip("mmpretrain", reason="needs mmpretrain")
    import sympie_seg.classification  # noqa: F401

    image = torch.arange(48.0).reshape(3, 4, 4)
    for to_rgb in (True, False):
        front = MODELS.build(
            dict(
                type="mmpretrain.SyMPIEClsDataPreprocessor", enhancer=dict(type="NoEnhancer"), to_rgb=to_rgb,
                mean=[1.0, 2, 3], std=[4.0, 5, 6],
            )
        ).eval()  # fmt: skip
        inputs = front(dict(inputs=[image]))["inputs"]
        torch.testing.assert_close(grey_levels(front, inputs)[0], image.flip(0))


@pytest.mark.parametrize("fast", [True, False])
@torch.no_grad()
def test_parameters_are_those_applied(data: dict, fast: bool) -> None:
    """NEM's output moved by the strength, on both paths."""
    enhancer = SyMPIE(thumbnail_resize=48, thumbnail_crop=44, strength=0.5)
    enhancer.nem.out.weight.normal_(0, 0.05)
    watch, _ = watched(enhancer, data, fast=fast)
    half = torch.tensor(watch.activities[10]["parameters"])
    enhancer.strength = 1
    watch, _ = watched(enhancer, data, fast=fast)
    whole = WarpParameters.from_vector(torch.tensor([watch.activities[10]["parameters"]]))
    torch.testing.assert_close(half, whole.scaled(0.5).to_vector()[0], rtol=0, atol=1e-5)
    assert whole.distance_to_identity() > 0.05
