"""The plug-in: what the network behind it gets, in training, testing and inference."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import MODELS as ROOT_MODELS
from mmseg.apis import MMSegInferencer, inference_model, init_model
from mmseg.models import SegDataPreProcessor
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample
from torch import Tensor, nn

from sympie_seg.enhancer import SyMPIE, WarpParameters, file_sha256, make_thumbnail, warp
from sympie_seg.models.data_preprocessors import SyMPIESegDataPreProcessor, enhancement

MEAN = 255 * torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1)
STD = 255 * torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1)
# Options of the network's normalisation, and the size of its unit in grey levels.
BGR = dict(mean=[103.53, 116.28, 123.675], std=[57.375, 57.12, 58.395])
RGB = dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375])
NETWORKS = {
    "bgr": (BGR, 58),
    "caffe": (dict(mean=[104.00698793, 116.66876762, 122.67891434], std=[1.0, 1.0, 1.0]), 1),
    "bgr_to_rgb": (dict(RGB, bgr_to_rgb=True), 58),
    "rgb_to_bgr": (dict(BGR, rgb_to_bgr=True), 58),
    "rgb_images": (dict(RGB, input_order="rgb"), 58),
    "no_mean": (dict(), 1),
}
each_network = pytest.mark.parametrize("name", NETWORKS)


class FixedNem(nn.Module):
    """In NEM's place: gives fixed parameters and remembers the thumbnails it was shown."""

    def __init__(self, count: int, scale: float) -> None:
        super().__init__()
        identity = WarpParameters.identity(count).to_vector()
        self.vector = identity + scale * torch.randn(identity.shape)
        self.seen: list[Tensor] = []

    def forward(self, thumbnails: Tensor) -> Tensor:
        self.seen.append(thumbnails)
        return self.vector[: len(thumbnails)]


def small_enhancer(count: int = 3, scale: float = 0.1) -> SyMPIE:
    enhancer = SyMPIE(thumbnail_resize=48, thumbnail_crop=44)
    enhancer.nem = FixedNem(count, scale)
    return enhancer


def make(options: dict, enhancer: Any = None, **more: Any) -> SyMPIESegDataPreProcessor:
    enhancer = small_enhancer() if enhancer is None else enhancer
    more.setdefault("size_divisor", None if "size" in more else 1)
    return SyMPIESegDataPreProcessor(enhancer=enhancer, **options, **more)


def parent(options: dict, **more: Any) -> SegDataPreProcessor:
    more.setdefault("size_divisor", None if "size" in more else 1)
    options = {key: value for key, value in options.items() if key != "input_order"}
    return SegDataPreProcessor(**options, **more)


def is_rgb(options: dict) -> bool:
    return options.get("rgb_to_bgr", False) or options.get("input_order") == "rgb"


def warp_raw(raw: Tensor, vector: Tensor, rgb: bool, clamp: bool) -> Tensor:
    """Denormalise(warp(normalise(x))) of one raw image, in its own channel order."""
    order = [0, 1, 2] if rgb else [2, 1, 0]
    normalized = ((raw[order].float() - MEAN) / STD)[None]
    warped = warp(normalized, WarpParameters.from_vector(vector[None]), clamp=clamp)[0]
    return (warped * STD + MEAN)[order]


def contents(samples: list[SegDataSample]) -> list[dict]:
    """Everything in samples, copied."""
    return [
        dict(
            meta=copy.deepcopy(dict(sample.metainfo_items())),
            data={k: v.data.clone() for k, v in sample.items()},
        )
        for sample in samples
    ]


def assert_untouched(samples: list[SegDataSample], before: list[dict]) -> None:
    after = contents(samples)
    assert [s["meta"] for s in after] == [s["meta"] for s in before]
    for new, old in zip(after, before, strict=True):
        assert new["data"].keys() == old["data"].keys()
        assert all(torch.equal(new["data"][key], old["data"][key]) for key in old["data"])


@each_network
@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("count", [1, 3])
def test_identity_gives_what_the_parent_gives(
    name: str, training: bool, count: int, batch: Callable
) -> None:
    options, unit = NETWORKS[name]
    data = batch(count)
    own = make(options, small_enhancer(scale=0)).train(training)
    got = own(copy.deepcopy(data), training)
    expected = parent(options)(copy.deepcopy(data), training)
    tolerance = 1e-5 if unit > 1 else 1e-5 * 255
    torch.testing.assert_close(got["inputs"], expected["inputs"], rtol=0, atol=tolerance)
    assert len(own.enhancer.nem.seen) == 1, "no shortcut for identity"
    for mine, theirs in zip(got["data_samples"], expected["data_samples"], strict=True):
        assert dict(mine.metainfo_items()) == dict(theirs.metainfo_items())
        assert torch.equal(mine.gt_sem_seg.data, theirs.gt_sem_seg.data)


@each_network
@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("count", [1, 3])
def test_random_parameters_give_the_warped_image(
    name: str, training: bool, count: int, batch: Callable
) -> None:
    options, unit = NETWORKS[name]
    data = batch(count)
    own = make(options).train(training)
    got = own(copy.deepcopy(data), training)["inputs"]
    warped = [
        warp_raw(raw, vector, is_rgb(options), clamp=not training)
        for raw, vector in zip(data["inputs"], own.enhancer.nem.vector, strict=False)
    ]
    plain = parent(options)(copy.deepcopy(data), training)["inputs"]
    expected = parent(options)(dict(data, inputs=warped), training)["inputs"]
    tolerance = 1e-5 if unit > 1 else 1e-5 * 255
    torch.testing.assert_close(got, expected, rtol=0, atol=tolerance)
    assert (got - plain).abs().mean() > 0.05 * 58 / unit, "the parameters had no effect"


def test_a_stacked_batch_is_taken_like_a_list(batch: Callable) -> None:
    data, own = batch(2), make(BGR).eval()
    listed = own(dict(inputs=data["inputs"]))["inputs"]
    assert torch.equal(own(dict(inputs=torch.stack(data["inputs"])))["inputs"], listed)


MODES = dict(
    whole=dict(mode="whole"), slide=dict(mode="slide", crop_size=(48, 48), stride=(32, 32))
)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("options", [BGR, dict(RGB, bgr_to_rgb=True)], ids=["bgr", "rgb"])
def test_predictions_with_identity_are_the_stock_ones(
    mode: str, count: int, options: dict, network: Callable, batch: Callable
) -> None:
    stock = network(
        test_cfg=MODES[mode],
        data_preprocessor=dict(type="SegDataPreProcessor", size_divisor=1, **options),
    ).eval()
    own = copy.deepcopy(stock)
    own.data_preprocessor = make(options, small_enhancer(scale=0)).eval()
    data = batch(count)
    expected, got = stock.test_step(copy.deepcopy(data)), own.test_step(copy.deepcopy(data))
    for mine, theirs in zip(got, expected, strict=True):
        assert len(theirs.pred_sem_seg.data.unique()) > 1
        assert torch.equal(mine.pred_sem_seg.data, theirs.pred_sem_seg.data)
        torch.testing.assert_close(mine.seg_logits.data, theirs.seg_logits.data, rtol=0, atol=1e-3)


@pytest.mark.parametrize("mode", MODES)
def test_enhanced_predictions_are_those_of_enhanced_images(
    mode: str, network: Callable, batch: Callable
) -> None:
    stock = network(test_cfg=MODES[mode]).eval()
    own = copy.deepcopy(stock)
    own.data_preprocessor = make(dict(RGB, bgr_to_rgb=True)).eval()
    data = batch(3)
    vectors = own.data_preprocessor.enhancer.nem.vector
    pairs = zip(data["inputs"], vectors, strict=True)
    warped = [warp_raw(raw, vector, rgb=False, clamp=True) for raw, vector in pairs]
    expected = stock.test_step(dict(copy.deepcopy(data), inputs=warped))
    got = own.test_step(copy.deepcopy(data))
    assert len(own.data_preprocessor.enhancer.nem.seen) == 1, "once per image, not per window"
    for mine, theirs in zip(got, expected, strict=True):
        torch.testing.assert_close(mine.seg_logits.data, theirs.seg_logits.data, rtol=0, atol=1e-3)


def test_flip_tta_with_identity_is_the_stock_one(network: Callable, batch: Callable) -> None:
    stock = network().eval()
    own = copy.deepcopy(stock)
    own.data_preprocessor = make(dict(RGB, bgr_to_rgb=True), small_enhancer(scale=0)).eval()
    data = batch(1)
    mirrored = copy.deepcopy(data["data_samples"])
    mirrored[0].set_metainfo(dict(flip=True, flip_direction="horizontal"))
    views = dict(
        inputs=[data["inputs"], [data["inputs"][0].flip(-1)]],
        data_samples=[data["data_samples"], mirrored],
    )
    results = []
    for model in (stock, own):
        tta = MODELS.build(dict(type="SegTTAModel", module=model))
        results.append(tta.test_step(copy.deepcopy(views))[0].pred_sem_seg.data)
    assert torch.equal(*results)
    single = stock.test_step(copy.deepcopy(data))[0].pred_sem_seg.data[0]
    assert not torch.equal(results[0], single), "the mirror image had no effect"


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize(
    "padding", [dict(size=(64, 96)), dict(size_divisor=32)], ids=["size", "divisor"]
)
def test_padding_comes_after_and_never_reaches_nem(
    training: bool, padding: dict, batch: Callable
) -> None:
    data = batch(2, (60, 90))
    options = padding if training else dict(test_cfg=padding)
    own = make(BGR, pad_val=7, seg_pad_val=254, **options).train(training)
    got = own(copy.deepcopy(data), training)
    inputs = got["inputs"]
    assert inputs.shape == (2, 3, 64, 96)
    assert (inputs[:, :, 60:] == 7).all() and (inputs[:, :, :, 90:] == 7).all()
    bare = make(BGR, own.enhancer).train(training)(copy.deepcopy(data), training)["inputs"]
    assert torch.equal(inputs[:, :, :60, :90], bare)
    (thumbnails, _) = own.enhancer.nem.seen
    normalized = torch.stack([(raw[[2, 1, 0]].float() - MEAN) / STD for raw in data["inputs"]])
    torch.testing.assert_close(thumbnails, make_thumbnail(normalized, 48, 44), rtol=0, atol=1e-5)
    if training:
        labels = got["data_samples"][0].gt_sem_seg.data
        assert labels.shape == (1, 64, 96) and (labels[:, 60:] == 254).all()


def test_sizes_may_differ_in_training_and_nem_runs_once(batch: Callable) -> None:
    sizes = [(64, 96), (50, 70), (64, 64)]
    data = batch(3, sizes)
    own = make(BGR, size=(64, 96)).train()
    got = own(copy.deepcopy(data), True)["inputs"]
    assert [tuple(t.shape) for t in own.enhancer.nem.seen] == [(3, 3, 44, 44)]
    rows = zip(got, data["inputs"], own.enhancer.nem.vector, sizes, strict=True)
    for image, raw, vector, (height, width) in rows:
        warped = warp_raw(raw, vector, rgb=False, clamp=False)
        expected = (warped - torch.tensor(BGR["mean"]).view(3, 1, 1)) / torch.tensor(
            BGR["std"]
        ).view(3, 1, 1)
        torch.testing.assert_close(image[:, :height, :width], expected, rtol=0, atol=1e-5)
        assert (image[:, height:] == 0).all() and (image[:, :, width:] == 0).all()


def test_sizes_may_not_differ_in_testing(batch: Callable) -> None:
    with pytest.raises(ValueError, match=r"one size.*batch_size=1"):
        make(BGR, test_cfg=dict(size=(64, 96))).eval()(batch(2, [(64, 96), (50, 70)]))


@pytest.mark.parametrize("sizes", [dict(size=(64, 96), size_divisor=8), dict(note="neither")])
def test_one_kind_of_padding_in_testing(sizes: dict) -> None:
    with pytest.raises(ValueError, match=r"test_cfg pads by size or by size_divisor, give one"):
        make(BGR, test_cfg=sizes)


@pytest.mark.parametrize("shape", [(1, 64, 96), (4, 64, 96), (64, 96)])
def test_images_without_colour_are_refused(shape: tuple) -> None:
    with pytest.raises(ValueError, match=r"colour images.*color_type='color'"):
        make(BGR).eval()(dict(inputs=[torch.zeros(shape, dtype=torch.uint8)]))


def spoil_labels(inputs: Tensor, samples: list) -> tuple[Tensor, list]:
    """A batch augment that writes into what it is given."""
    for sample in samples:
        sample.gt_sem_seg.data[:] = 3
        sample.set_metainfo(dict(spoilt=True))
    return inputs, samples


@pytest.mark.parametrize("size", [(60, 90), (64, 96)], ids=["padded", "exact"])
@pytest.mark.parametrize("two_step", [True, False])
def test_samples_are_untouched_in_training(size: tuple, two_step: bool, batch: Callable) -> None:
    own = make(BGR, size=(64, 96), two_step=two_step, batch_augments=spoil_labels).train()
    data = batch(2, size)
    before, inputs = contents(data["data_samples"]), [raw.clone() for raw in data["inputs"]]
    got = own(data, True)["data_samples"]
    assert got[0].gt_sem_seg.data.shape == (1, 64, 96) and (got[0].gt_sem_seg.data == 3).all()
    assert_untouched(data["data_samples"], before)
    assert all(torch.equal(a, b) for a, b in zip(data["inputs"], inputs, strict=True))
    if two_step:
        first, second = got[0], got[2]
        assert first is not second and first.gt_sem_seg.data is not second.gt_sem_seg.data


def test_samples_are_untouched_in_testing(enhanced_network: Callable, batch: Callable) -> None:
    model = enhanced_network(dict(test_cfg=dict(size_divisor=32))).eval()
    data = batch(2, (60, 90))
    before = contents(data["data_samples"])
    predictions = model.test_step(data)
    assert predictions[0].pred_sem_seg.data.shape == (1, 60, 90)
    assert_untouched(data["data_samples"], before)


class RandomShift:
    """Shifts brightness by numbers of all three generators, and remembers them."""

    def __init__(self) -> None:
        self.drawn: list[tuple] = []

    def __call__(self, inputs: Tensor, samples: list) -> tuple[Tensor, list]:
        numbers = (float(torch.rand(())), float(np.random.rand()), random.random())
        self.drawn.append(numbers)
        return inputs + sum(numbers), samples


@pytest.mark.parametrize("kind", ["callable", "list", "configs", "one config"])
def test_batch_augments_are_drawn_once_for_both_halves(kind: str, batch: Callable) -> None:
    ROOT_MODELS.register_module("RandomShiftForTest", module=RandomShift, force=True)
    config, steps = dict(type="RandomShiftForTest"), [RandomShift(), RandomShift()]
    augments = {
        "callable": steps[0], "list": steps, "configs": [config, config], "one config": config,
    }[kind]  # fmt: skip
    plain = make(BGR, small_enhancer(scale=0), two_step=True).train()
    own = make(BGR, small_enhancer(scale=0), two_step=True, batch_augments=augments).train()
    data = batch(2)
    shifts = []
    for _ in range(2):
        bare = plain(copy.deepcopy(data), True)["inputs"]
        halves = (own(copy.deepcopy(data), True)["inputs"] - bare).chunk(2)
        assert torch.allclose(halves[0], halves[0].mean(), atol=1e-5)
        torch.testing.assert_close(halves[1], halves[0], rtol=0, atol=1e-5)
        shifts.append(float(halves[0].mean()))
    assert shifts[0] != pytest.approx(shifts[1], abs=1e-3), "the next batch has draws of its own"
    number = 2 if kind in ("list", "configs") else 1
    torch.manual_seed(0), np.random.seed(0), random.seed(0)
    fresh = RandomShift()
    for _ in range(number):
        fresh(torch.zeros(1), [])
    torch.manual_seed(0), np.random.seed(0), random.seed(0)
    own(copy.deepcopy(data), True)
    assert float(torch.rand(())) == pytest.approx(_next_numbers(number)[0], abs=0)
    if kind == "list":
        assert steps[0].drawn[-2:] == [fresh.drawn[0]] * 2
        assert steps[1].drawn[-2:] == [fresh.drawn[1]] * 2


def _next_numbers(already: int) -> list[float]:
    """What torch draws after a seed of 0 and some numbers."""
    torch.manual_seed(0)
    return [float(torch.rand(())) for _ in range(already + 1)][-1:]


def test_batch_augments_stay_out_of_testing(batch: Callable) -> None:
    step = RandomShift()
    make(BGR, batch_augments=step).eval()(batch(2))
    assert step.drawn == []


def test_two_step_batches_hold_student_and_student_of_teacher(batch: Callable) -> None:
    own = make(BGR, two_step=True).train()
    vectors = own.enhancer.nem.vector
    own.teacher.module.nem.vector = vectors.flip(0)
    data = batch(3)
    got = own(copy.deepcopy(data), True)
    assert got["inputs"].shape[0] == 6 and len(got["data_samples"]) == 6
    for index, raw in enumerate(data["inputs"]):
        first = warp_raw(raw, vectors[index], rgb=False, clamp=False)
        cleaned = warp_raw(raw, vectors.flip(0)[index], rgb=False, clamp=True)
        second = warp_raw(cleaned, vectors[index], rgb=False, clamp=False)
        expected = parent(BGR)(dict(inputs=[first, second]))["inputs"]
        torch.testing.assert_close(got["inputs"][[index, index + 3]], expected, rtol=0, atol=2e-5)
        labels = [got["data_samples"][i].gt_sem_seg.data for i in (index, index + 3)]
        assert torch.equal(*labels)
        assert torch.equal(labels[0], data["data_samples"][index].gt_sem_seg.data)


def test_predictions_take_one_step_also_in_train_mode(batch: Callable) -> None:
    own = make(BGR, two_step=True).train()
    assert own(batch(2), training=False)["inputs"].shape[0] == 2


def test_recording_for_pictures_leaves_training_as_it_is(batch: Callable) -> None:
    """A picture must neither move BatchNorm statistics nor change what the network gets."""
    torch.manual_seed(0)
    quiet = make(BGR, SyMPIE(thumbnail_resize=48, thumbnail_crop=44), two_step=True).train()
    loud = copy.deepcopy(quiet)
    loud.record_next = True
    data = batch(2)
    outputs = [own(copy.deepcopy(data), True)["inputs"] for own in (quiet, loud)]
    assert torch.equal(*outputs)
    for (name, mine), theirs in zip(
        loud.state_dict().items(), quiet.state_dict().values(), strict=True
    ):
        assert torch.equal(mine, theirs), name
    assert not loud.record_next and quiet.recorded == {}
    expected = (data["inputs"][0][[2, 1, 0]].float() - MEAN) / STD
    torch.testing.assert_close(loud.recorded["input"], expected)
    assert len(loud.recorded["parameters"]) == 1 and loud.recorded["teacher"].shape == (3, 64, 96)


def test_input_order_must_be_known() -> None:
    with pytest.raises(ValueError, match=r"input_order.*'gbr'"):
        make(BGR, input_order="gbr")


# Enhancer files


def assert_has_file(model: nn.Module, path: Path) -> None:
    wanted = SyMPIE.from_checkpoint(path).state_dict()
    got = model.data_preprocessor.enhancer.state_dict()
    assert wanted.keys() == got.keys()
    assert all(torch.equal(got[key], wanted[key]) for key in wanted)


def test_an_enhancer_file_is_loaded_at_construction_and_logged(
    enhancer_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[str] = []
    monkeypatch.setattr(enhancement, "print_log", lambda text, **_: lines.append(text))
    own = make(BGR, str(enhancer_file))
    assert own.enhancer.thumbnail_crop == 44
    assert str(enhancer_file) in lines[0] and file_sha256(enhancer_file)[:16] in lines[0]
    own_path = make(BGR, enhancer_file)  # a pathlib.Path serves too
    assert torch.equal(own_path.enhancer.nem.out.weight, own.enhancer.nem.out.weight)


def test_a_missing_or_foreign_enhancer_file_is_an_error(tmp_path: Path, frozen_file: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no enhancer file at"):
        make(BGR, str(tmp_path / "absent.pth"))
    with pytest.raises(ValueError, match="training checkpoint"):
        make(BGR, str(frozen_file))
    narrow = {key: value[:2] for key, value in SyMPIE().nem.state_dict().items() if value.dim()}
    torch.save(narrow, tmp_path / "narrow.pth")
    with pytest.raises(ValueError, match=r"expected .* of shape"):
        make(BGR, str(tmp_path / "narrow.pth"))


def test_a_path_that_became_a_list_is_explained() -> None:
    with pytest.raises(TypeError, match=r"got \['a', 'b/enhancer.pth'\].*comma"):
        SyMPIESegDataPreProcessor(enhancer=["a", "b/enhancer.pth"])


def test_the_file_survives_checkpoints_without_and_with_another_enhancer(
    enhancer_file: Path, enhanced_network: Callable, network: Callable, monkeypatch: Any
) -> None:
    from mmengine.runner.checkpoint import _load_checkpoint_to_model

    lines: list[str] = []
    monkeypatch.setattr(enhancement, "print_log", lambda text, **_: lines.append(text))
    for two_step in (False, True):
        model = enhanced_network(dict(enhancer=str(enhancer_file), two_step=two_step))
        stock, other = network(), enhanced_network(dict(two_step=two_step))
        lines.clear()
        _load_checkpoint_to_model(model, dict(state_dict=stock.state_dict()))
        assert_has_file(model, enhancer_file)
        assert torch.equal(model.backbone.conv1.weight, stock.backbone.conv1.weight)
        assert lines == []
        _load_checkpoint_to_model(model, dict(state_dict=other.state_dict()))
        assert_has_file(model, enhancer_file)
        assert torch.equal(model.backbone.conv1.weight, other.backbone.conv1.weight)
        assert any("another enhancer" in line and "takes precedence" in line for line in lines)
        model.load_state_dict(other.state_dict())
        assert_has_file(model, enhancer_file)
        if two_step:
            teacher = model.data_preprocessor.teacher.module.nem.out.weight
            assert torch.equal(teacher, model.data_preprocessor.enhancer.nem.out.weight)


def test_without_a_file_the_checkpoints_enhancer_counts_each_time(
    enhanced_network: Callable, perturbed: Callable
) -> None:
    model = enhanced_network()
    for _ in range(2):
        other = enhanced_network()
        perturbed(other.data_preprocessor.enhancer)
        model.load_state_dict(other.state_dict())
        got = model.data_preprocessor.enhancer.nem.out.weight
        assert torch.equal(got, other.data_preprocessor.enhancer.nem.out.weight)


def test_half_an_enhancer_in_a_checkpoint_is_an_error(enhanced_network: Callable) -> None:
    model = enhanced_network()
    state = model.state_dict()
    key = "data_preprocessor.enhancer.nem.out.weight"
    with pytest.raises(ValueError, match=r"does not fit.*1 in all"):
        model.load_state_dict({k: v for k, v in state.items() if k != key}, strict=False)
    with pytest.raises(ValueError, match="does not fit"):
        model.load_state_dict({**state, key: state[key][:5]}, strict=False)


@pytest.fixture
def inference_config(runner_config: Callable, enhancer_file: Path) -> Config:
    config = runner_config()
    # As in an mmseg config: the stock one with another type and an enhancer, nothing else.
    config.model.data_preprocessor.enhancer = str(enhancer_file)
    config.model.data_preprocessor.two_step = False
    return config


@pytest.fixture
def expected_logits(
    network: Callable, frozen_file: Path, enhancer_file: Path, toy_data: Path
) -> Tensor:
    """Logits of the frozen network for the enhanced first image, without the plug-in."""
    stock = network().eval()
    stock.load_state_dict(torch.load(frozen_file, weights_only=True)["state_dict"])
    image = cv2.imread(str(toy_data / "img" / "0.png"))
    rgb = torch.from_numpy(image[..., ::-1].copy()).permute(2, 0, 1).float()
    with torch.no_grad():
        enhancer = SyMPIE.from_checkpoint(enhancer_file).eval()
        enhanced = enhancer(((rgb - MEAN) / STD)[None])
        return stock.decode_head.predict(
            stock.backbone(enhanced), [dict(img_shape=(48, 64))], stock.test_cfg
        )[0]


def test_the_file_takes_precedence_in_init_model(
    inference_config: Config, frozen_file: Path, enhancer_file: Path, toy_data: Path,
    expected_logits: Tensor,
) -> None:  # fmt: skip
    model = init_model(inference_config, str(frozen_file), device="cpu")
    assert_has_file(model, enhancer_file)
    result = inference_model(model, cv2.imread(str(toy_data / "img" / "0.png")))
    torch.testing.assert_close(result.seg_logits.data, expected_logits, rtol=0, atol=1e-3)


def test_the_file_takes_precedence_in_the_inferencer(
    inference_config: Config, frozen_file: Path, enhancer_file: Path, toy_data: Path,
    expected_logits: Tensor, mmseg_scope: None,
) -> None:  # fmt: skip
    inferencer = MMSegInferencer(inference_config, str(frozen_file), device="cpu")
    assert_has_file(inferencer.model, enhancer_file)
    result = inferencer(str(toy_data / "img" / "0.png"), return_datasamples=True)
    torch.testing.assert_close(result.seg_logits.data, expected_logits, rtol=0, atol=1e-3)


@pytest.mark.parametrize("kind", ["Runner", "FrozenNetworkRunner"])
def test_the_file_takes_precedence_in_a_runners_test(
    kind: str, inference_config: Config, frozen_file: Path, enhancer_file: Path,
    build_runner: Callable, expected_logits: Tensor,
) -> None:  # fmt: skip
    inference_config.load_from = str(frozen_file)
    if kind == "Runner":
        inference_config.pop("runner_type")
    inference_config.optim_wrapper = inference_config.train_cfg = None
    inference_config.train_dataloader = None
    runner = build_runner(inference_config)
    assert type(runner).__name__ == kind
    seen: list[Tensor] = []
    original = runner.model.postprocess_result
    runner.model.postprocess_result = lambda logits, *a: (
        seen.append(logits),
        original(logits, *a),
    )[1]
    runner.test()
    assert_has_file(runner.model, enhancer_file)
    torch.testing.assert_close(seen[0][0], expected_logits, rtol=0, atol=1e-3)
