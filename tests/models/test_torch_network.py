"""TorchNetwork: networks of other libraries behind an enhancer."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from mmengine.config import Config, ConfigDict
from mmengine.registry import DefaultScope
from mmengine.runner import load_checkpoint
from mmengine.structures import PixelData
from mmseg.evaluation import IoUMetric
from mmseg.structures import SegDataSample
from torch import Tensor, nn

from sympie_seg.comparison.network import NetworkUnderTest, checkpoint_of
from sympie_seg.models.frozen.freezing import freeze_network
from sympie_seg.models.frozen.frozen_weights import load_frozen_weights
from sympie_seg.models.frozen.split_loss import split_loss
from sympie_seg.models.torch_network import TorchNetwork, background_and_foreground
from sympie_seg.plugging import plug

CLASSES = 5
IMAGENET = dict(mean=[0.485, 0.456, 0.406], std=[0.229, 0.224, 0.225])
SYMPIE = dict(type="SyMPIE", thumbnail_resize=48, thumbnail_crop=44)
SEG, CLS = "SyMPIESegDataPreProcessor", "SyMPIEClsDataPreprocessor"

OWN = """
import torch
from torch import nn


class Own(nn.Module):
    def __init__(self, classes=5, pixels=True, stride=4):
        super().__init__()
        self.pixels = pixels
        self.network = nn.Conv2d(3, 8, 3, stride=stride, padding=1)  # a name that TorchNetwork uses as well
        self.norm = nn.BatchNorm2d(8)
        self.drop = nn.Dropout(0.5)
        self.head = nn.Conv2d(8, classes, 1)

    def forward(self, images):
        logits = self.head(self.drop(self.norm(self.network(images)).relu()))
        return {"aux": None, "scores": [logits if self.pixels else logits.mean(dim=(2, 3))]}


def make(**options):
    return Own(**options)


def scores(result):
    return result["scores"][0]


def number():
    return 3
"""

CONV = dict(in_channels=3, out_channels=CLASSES, kernel_size=1)
OWN_NETWORK = dict(factory="own_network_of_a_test:make", output="own_network_of_a_test:scores")
SEGFORMER = dict(
    factory="transformers:SegformerConfig", num_labels=CLASSES, hidden_sizes=[8, 16, 16, 16],
    depths=[1, 1, 1, 1], num_attention_heads=[1, 1, 2, 2], decoder_hidden_size=16,
)  # fmt: skip
CASES = {
    "fcn_resnet50": dict(
        factory="torchvision.models.segmentation:fcn_resnet50", output="out",
        factory_args=dict(weights=None, weights_backbone=None, num_classes=CLASSES),
    ),
    "deeplabv3_mobilenet": dict(
        factory="torchvision.models.segmentation:deeplabv3_mobilenet_v3_large", output="out",
        factory_args=dict(weights=None, weights_backbone=None, num_classes=CLASSES),
    ),
    "smp": dict(
        factory="segmentation_models_pytorch:create_model",
        factory_args=dict(arch="fpn", encoder_name="resnet18", encoder_weights=None, classes=CLASSES),
    ),
    "segformer": dict(
        factory="transformers:SegformerForSemanticSegmentation", output="logits",
        factory_args=dict(config=SEGFORMER),
    ),
    "own": OWN_NETWORK,
    "squeezenet": dict(
        factory="torchvision.models:squeezenet1_0", task="classification",
        factory_args=dict(weights=None, num_classes=CLASSES),
    ),
    "timm": dict(
        factory="timm:create_model", task="classification",
        factory_args=dict(model_name="resnet10t", num_classes=CLASSES),
    ),
    "own classifier": dict(OWN_NETWORK, task="classification", factory_args=dict(pixels=False)),
}  # fmt: skip


@pytest.fixture(autouse=True)
def own_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "own_network_of_a_test.py").write_text(OWN)
    monkeypatch.syspath_prepend(tmp_path)


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> dict:
    """Options of a network of some library; skipped where that or mmpretrain is not installed."""
    options = dict(IMAGENET, **CASES[request.param])
    package = options["factory"].partition(":")[0].partition(".")[0]
    pytest.importorskip(package, reason=f"{package} is not installed: pip install -e '.[networks]'")
    if options.get("task") == "classification":
        pytest.importorskip("mmpretrain", reason="pip install -e '.[cls]'")
    return options


def own(**changes: Any) -> TorchNetwork:
    return TorchNetwork(**{**IMAGENET, **OWN_NETWORK, **changes})


def own_classifier(**changes: Any) -> TorchNetwork:
    pytest.importorskip("mmpretrain", reason="pip install -e '.[cls]'")
    return own(**{**CASES["own classifier"], **changes})


def raw_batch(task: str, size: tuple[int, int] = (64, 96), count: int = 2) -> dict[str, list]:
    inputs = [torch.randint(0, 256, (3, *size), dtype=torch.uint8) for _ in range(count)]
    if task == "classification":
        from mmpretrain.structures import DataSample

        return dict(inputs=inputs, data_samples=[DataSample().set_gt_label(3) for _ in inputs])
    samples = []
    for _ in inputs:
        sample = SegDataSample(metainfo=dict(ori_shape=size, img_shape=size))
        labels = torch.randint(0, CLASSES, (1, *size))
        labels[:, :9] = 255
        samples.append(sample.set_data(dict(gt_sem_seg=PixelData(data=labels))) or sample)
    return dict(inputs=inputs, data_samples=samples)


def bare_logits(model: TorchNetwork, images: Tensor) -> Tensor:
    result = model.network(images)
    for key in ("out", "logits", "scores"):
        if not isinstance(result, Tensor) and key in result:
            result = result[key]
    return result[0] if isinstance(result, list) else result


class TestOfAnyLibrary:
    def test_logits_are_the_networks_own(self, case: dict) -> None:
        model = TorchNetwork(**case).eval()
        images = torch.randn(2, 3, 64, 96)
        with torch.no_grad():
            wanted = bare_logits(model, images)
            if case.get("task") != "classification":
                wanted = F.interpolate(wanted, (64, 96), mode="bilinear")
            logits = model(images, mode="tensor")
        assert logits.shape[:2] == (2, CLASSES)
        torch.testing.assert_close(logits, wanted)
        assert torch.equal(logits, model.logits(images))

    def test_the_enhancer_is_trained_through_it_and_it_stays(self, case: dict) -> None:
        kind = CLS if case.get("task") == "classification" else SEG
        front = dict(type=kind, enhancer=SYMPIE, two_step=True)
        model = split_loss(freeze_network(TorchNetwork(**case, data_preprocessor=front))).train()
        before = copy.deepcopy(model.network.state_dict())
        data = model.data_preprocessor(raw_batch(case.get("task", "segmentation")), True)
        assert len(data["inputs"]) == 4
        losses = model(**data, mode="loss")
        total, logged = model.parse_losses(losses)
        assert {"step1.accuracy", "step2.accuracy"} <= logged.keys()
        total.backward()
        assert model.data_preprocessor.enhancer.nem.out.bias.grad.abs().sum() > 0
        assert all(parameter.grad is None for parameter in model.network.parameters())
        assert all(torch.equal(before[k], v) for k, v in model.network.state_dict().items())


class TestColours:
    @pytest.mark.parametrize("enhancing", [True, False])
    @pytest.mark.parametrize("task", ["segmentation", "classification"])
    @pytest.mark.parametrize(
        ("order", "full", "mean", "std"),
        [
            ("rgb", 1, [0.4, 0.5, 0.6], [0.2, 0.3, 0.4]),
            ("bgr", 255, [104, 117, 123], [1, 1, 1]),
            ("bgr", 1, [0.4, 0.5, 0.6], [0.2, 0.3, 0.4]),
            ("rgb", 255, [127, 127, 127], [128, 128, 128]),
        ],
    )
    def test_network_gets_its_own_normalisation(
        self, enhancing: bool, task: str, order: str, full: int, mean: list, std: list
    ) -> None:
        front = dict(type=SEG if task == "segmentation" else CLS, enhancer=dict(type="NoEnhancer"))
        make = own if task == "segmentation" else own_classifier
        model = make(
            mean=mean, std=std, order=order, max_pixel_value=full,
            data_preprocessor=front if enhancing else None,
        )  # fmt: skip
        image = torch.randint(0, 256, (3, 20, 30), dtype=torch.uint8)  # BGR, as mmcv loads
        with DefaultScope.overwrite_default_scope("mmseg"):
            given = model.data_preprocessor(dict(inputs=[image]), False)["inputs"][0]
        pixels = image.flip(0) if order == "rgb" else image
        mean, std = (torch.tensor(v, dtype=torch.float64).view(3, 1, 1) for v in (mean, std))
        wanted = (pixels.double() * full / 255 - mean) / std
        torch.testing.assert_close(given.double(), wanted, atol=1e-4, rtol=1e-5)

    @pytest.mark.parametrize("order", ["rgb", "bgr"])
    @pytest.mark.parametrize("make", [own, own_classifier])
    def test_images_loaded_as_rgb(self, make: Callable, order: str) -> None:
        kind = SEG if make is own else CLS
        front = dict(type=kind, enhancer=dict(type="NoEnhancer"), input_order="rgb")
        raw = dict(mean=[0, 0, 0], std=[1, 1, 1], max_pixel_value=255)
        model = make(order=order, data_preprocessor=front, **raw)
        image = torch.randint(0, 256, (3, 20, 30), dtype=torch.uint8)
        given = model.data_preprocessor(dict(inputs=[image]), False)["inputs"][0]
        torch.testing.assert_close(given, (image if order == "rgb" else image.flip(0)).float())

    def test_stating_it_again_differently_is_refused(self) -> None:
        front = dict(type=SEG, enhancer=dict(type="NoEnhancer"))
        own(data_preprocessor=dict(front, mean=[123.675, 116.28, 103.53]))  # the same
        with pytest.raises(ValueError, match=r"data_preprocessor.mean=\[1, 2, 3\], but"):
            own(data_preprocessor=dict(front, mean=[1, 2, 3]))
        with pytest.raises(ValueError, match="bgr_to_rgb=False, but True follows"):
            own(data_preprocessor=dict(front, bgr_to_rgb=False))

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            (dict(mean=[123.7, 116.3, 103.5]), "set max_pixel_value=255"),
            (dict(max_pixel_value=255), "set max_pixel_value=1"),
            (dict(mean=None), "mean is missing"),
            (dict(std=None), "std is missing"),
            (dict(std=[1, 1]), "three finite numbers"),
            (dict(std=[0, 1, 1]), "std must be above 0"),
            (dict(order="RGB"), "'rgb' or 'bgr'"),
            (dict(max_pixel_value=256), "must be 1 or 255"),
            (dict(task="detection"), "task must be one of 'segmentation', 'classification'"),
            (dict(data_preprocessor=dict(type=CLS)), "with task='segmentation' it must be 'SyM"),
        ],
    )
    def test_wrong_options(self, options: dict, message: str) -> None:
        with pytest.raises(ValueError, match=message):
            own(**options)


class TestFactory:
    @pytest.mark.parametrize(
        ("factory", "message"),
        [
            ("torchvision.models.fcn_resnet50", "must be 'package.module:function'"),
            ("no_such_package_here:make", "Install the package, or put the folder"),
            ("own_network_of_a_test:absent", "has no 'absent'"),
            ("own_network_of_a_test:number", "gave a int, not a torch.nn.Module"),
        ],
    )
    def test_wrong_names(self, factory: str, message: str) -> None:
        with pytest.raises(ValueError, match=message):
            own(factory=factory)

    def test_wrong_arguments_are_named(self) -> None:
        with pytest.raises(ValueError, match=r"factory_args=\{'depth': 3\} failed: TypeError"):
            own(factory_args=dict(depth=3))

    def test_classes_callables_and_networks(self) -> None:
        network = nn.Conv2d(3, CLASSES, 1)
        images = torch.randn(1, 3, 8, 8)
        models = [
            TorchNetwork("torch.nn:Conv2d", factory_args=CONV, **IMAGENET),
            TorchNetwork(lambda: network, **IMAGENET),
            TorchNetwork(network, **IMAGENET),
        ]  # fmt: skip
        for model in models[1:]:
            assert torch.equal(model(images), network(images))
        assert models[0](images).shape == (1, CLASSES, 8, 8)
        with pytest.raises(ValueError, match="it takes no factory_args"):
            TorchNetwork(network, factory_args=dict(a=1), **IMAGENET)

    def test_inner_factories_and_plain_dicts(self) -> None:
        seen = {}

        def make(**arguments: Any) -> nn.Module:
            seen.update(arguments)
            return nn.Conv2d(3, CLASSES, 1)

        inner = dict(factory="torch.nn:ReLU", inplace=True)
        given = ConfigDict(act=inner, many=[dict(a=1), inner])
        TorchNetwork(make, factory_args=given, **IMAGENET)
        assert isinstance(seen["act"], nn.ReLU) and seen["act"].inplace
        assert type(seen["many"][0]) is dict and isinstance(seen["many"][1], nn.ReLU)


class TestOutput:
    RESULT = dict(out=torch.zeros(1, CLASSES, 2, 2), aux=[1])

    @pytest.mark.parametrize(
        ("result", "output"),
        [
            (RESULT["out"], None),
            (RESULT, "out"),
            ((RESULT["aux"], RESULT["out"]), 1),
            ((RESULT["aux"], RESULT["out"]), -1),
            (RESULT, lambda result: result["out"]),
            (PixelData(data=RESULT["out"][0]), lambda result: result.data[None]),
        ],
    )
    def test_finds_the_logits(self, result: Any, output: Any) -> None:
        network = nn.Identity()
        network.forward = lambda images: result
        model = TorchNetwork(network, output=output, **IMAGENET)
        assert model(torch.zeros(1, 3, 8, 8)).shape == (1, CLASSES, 8, 8)

    @pytest.mark.parametrize(
        ("result", "output", "message"),
        [
            (RESULT, None, r"no tensor but dict of 'out': a tensor \(1, 5, 2, 2\), 'aux': list"),
            (RESULT, "logits", "has no 'logits'"),
            (RESULT, "aux", "no tensor but list"),
            (RESULT["out"], 0, "has no 0"),  # not the first image
            (RESULT["out"], "shape", "has no 'shape'"),
            ((RESULT["out"],), 1, "has no 1"),
            (RESULT["out"].mean((2, 3)), None, "needs logits .N, classes, h, w."),
            (RESULT["out"].argmax(1), None, "needs logits"),
            (RESULT["out"][:, :1], None, "background_and_foreground"),
            (RESULT["out"].long(), None, "is of type torch.int64"),
        ],
    )
    def test_says_what_the_network_gave(self, result: Any, output: Any, message: str) -> None:
        network = nn.Identity()
        network.forward = lambda images: result
        model = TorchNetwork(network, output=output, **IMAGENET)
        with pytest.raises(ValueError, match=message):
            model(torch.zeros(1, 3, 8, 8))

    def test_wrong_option(self) -> None:
        with pytest.raises(ValueError, match="a key, an index, a function or None"):
            own(output=1.5)

    def test_binary_networks(self) -> None:
        logit = torch.randn(2, 1, 4, 4)
        two = background_and_foreground(logit)
        torch.testing.assert_close(two.softmax(1)[:, 1:], logit.sigmoid())


class TestLoss:
    def test_ignored_pixels_do_not_count(self) -> None:
        model = own().eval()
        data = model.data_preprocessor(raw_batch("segmentation"), True)
        labels = torch.cat([sample.gt_sem_seg.data for sample in data["data_samples"]])
        assert (labels == 255).any()
        losses = model(**data, mode="loss")
        logits = model(data["inputs"])
        torch.testing.assert_close(
            losses["loss_ce"], F.cross_entropy(logits, labels, ignore_index=255)
        )
        counted = labels != 255
        hits = (logits.argmax(1) == labels)[counted].float().mean()
        torch.testing.assert_close(losses["accuracy"], 100 * hits)

    def test_nothing_but_ignored_pixels(self) -> None:
        model = own()
        data = model.data_preprocessor(raw_batch("segmentation"), True)
        for sample in data["data_samples"]:
            sample.gt_sem_seg.data[:] = 255
        loss = model(**data, mode="loss")["loss_ce"]
        loss.backward()
        assert loss == 0

    def test_labels_beyond_the_classes_are_named(self) -> None:
        model = own()
        data = model.data_preprocessor(raw_batch("segmentation"), True)
        data["data_samples"][1].gt_sem_seg.data[0, 20, 20] = 26
        with pytest.raises(
            ValueError, match=r"the labels hold \[26\], the network has classes 0..4"
        ):
            model(**data, mode="loss")

    def test_no_class_of_a_classifier_is_ignored(self) -> None:
        model = own_classifier(factory_args=dict(pixels=False, classes=300)).eval()
        data = model.data_preprocessor(raw_batch("classification"), True)
        for sample in data["data_samples"]:
            sample.set_gt_label(255)
        loss = model(**data, mode="loss")["loss_ce"]
        wanted = -model(data["inputs"]).log_softmax(1)[:, 255].mean()
        torch.testing.assert_close(loss, wanted)

    def test_labels_of_mixed_images(self) -> None:
        model = own_classifier().eval()
        data = model.data_preprocessor(raw_batch("classification"), True)
        soft = torch.tensor([0.0, 0.7, 0.0, 0.3, 0.0])
        for sample in data["data_samples"]:
            sample.set_gt_score(soft)
        loss = model(**data, mode="loss")["loss_ce"]
        wanted = -(model(data["inputs"]).log_softmax(1) * soft).sum(1).mean()
        torch.testing.assert_close(loss, wanted)


class TestPredict:
    def test_pixels_as_mmseg_has_them(self) -> None:
        """Padding away, mirrored back, resized to the file."""
        front = dict(type="SegDataPreProcessor", test_cfg=dict(size_divisor=32))
        model = own(data_preprocessor=front).eval()
        data = raw_batch("segmentation", (50, 70), 1)
        data["data_samples"][0].set_metainfo(
            dict(ori_shape=(100, 140), flip=True, flip_direction="horizontal")
        )
        (prediction,) = model.test_step(copy.deepcopy(data))
        inputs = model.data_preprocessor(copy.deepcopy(data), False)["inputs"]
        assert inputs.shape[2:] == (64, 96)
        with torch.no_grad():
            logits = model(inputs)[:, :, :50, :70].flip(-1)
        logits = F.interpolate(logits, (100, 140), mode="bilinear")
        torch.testing.assert_close(prediction.seg_logits.data, logits[0])
        assert torch.equal(prediction.pred_sem_seg.data, logits.argmax(1))

    def test_metric_of_mmseg_reads_them(self) -> None:
        model = own().eval()
        metric = IoUMetric(iou_metrics=["mIoU"])
        metric.dataset_meta = dict(classes=[str(number) for number in range(CLASSES)])
        samples = model.test_step(raw_batch("segmentation", count=3))
        for sample in samples:
            sample.gt_sem_seg.data = sample.pred_sem_seg.data.clone()
        metric.process({}, [sample.to_dict() for sample in samples])
        assert metric.evaluate(3)["aAcc"] == 100

    def test_images_as_mmpretrain_has_them(self) -> None:
        model = own_classifier().eval()
        data = raw_batch("classification")
        predictions = model.test_step(data)
        inputs = model.data_preprocessor(raw_batch("classification"), False)["inputs"]
        assert len(predictions) == len(inputs) == 2
        from mmpretrain.evaluation import Accuracy

        with torch.no_grad():
            for image, sample in zip(data["inputs"], predictions, strict=True):
                logits = model(model.data_preprocessor(dict(inputs=[image]), False)["inputs"])[0]
                torch.testing.assert_close(sample.pred_score, logits.softmax(0))
                assert sample.pred_label.tolist() == [int(logits.argmax())]
                sample.set_gt_label(int(logits.argmax()))
        metric = Accuracy(topk=(1,))
        metric.process({}, [sample.to_dict() for sample in predictions])
        assert metric.evaluate(2)["accuracy/top1"] == 100

    def test_without_samples(self) -> None:
        images = torch.randn(2, 3, 16, 16)
        assert [s.pred_sem_seg.data.shape for s in own().eval().predict(images)] == [
            (1, 16, 16)
        ] * 2
        assert [s.pred_score.shape for s in own_classifier().eval().predict(images)] == [(5,)] * 2

    def test_unknown_mode(self) -> None:
        with pytest.raises(ValueError, match="'tensor', 'loss' or 'predict'"):
            own()(torch.zeros(1, 3, 8, 8), mode="train")


class RunsCode:
    def __reduce__(self) -> tuple:
        return (print, ("run",))


class TestWeights:
    @pytest.fixture
    def other(self) -> TorchNetwork:
        torch.manual_seed(7)
        return own()

    @pytest.mark.parametrize("kind", ["plain", "module", "state_dict", "model", "ours", "enhanced"])
    @pytest.mark.parametrize("how", ["option", "frozen", "mmengine"])
    def test_every_layout_loads(
        self, kind: str, how: str, other: TorchNetwork, tmp_path: Path
    ) -> None:
        state = other.network.state_dict()
        if kind == "enhanced":
            front = dict(type=SEG, enhancer=SYMPIE)
            other = own(factory=other.network, data_preprocessor=front)
        content = {
            "plain": state,
            "module": {f"module.{key}": value for key, value in state.items()},
            "state_dict": dict(state_dict=state, meta=dict(epoch=3)),
            "model": dict(model=state, epoch=3, args="--lr 0.1"),
            "ours": dict(state_dict=other.state_dict()),
            "enhanced": dict(state_dict=other.state_dict()),
        }[kind]
        path = str(tmp_path / "weights.pth")
        torch.save(content, path)
        if how == "option":
            model = own(checkpoint=path)
            assert model.weights_source == path
        else:
            model = own()
            assert model.weights_source is None
            if how == "frozen":
                load_frozen_weights(model, path)
            else:
                load_checkpoint(model, path, map_location="cpu", strict=kind != "enhanced")
        wanted = other.network.state_dict()
        assert all(torch.equal(value, wanted[k]) for k, value in model.network.state_dict().items())

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (lambda s: s.pop("head.bias"), r"1 of 9 weights are missing \['head.bias'\]"),
            (lambda s: s.update(extra=torch.zeros(1)), r"1 are left over \['extra'\]"),
            (
                lambda s: s.update({"head.bias": torch.zeros(3)}),
                r"head.bias \(3,\) instead of \(5,\)",
            ),
            (lambda s: s["head.bias"].fill_(float("nan")), "holds NaN or infinite weights"),
            (lambda s: s.update(epoch=3), r"holds more than weights: \['epoch'\]"),
        ],
    )
    @pytest.mark.parametrize("how", ["option", "frozen"])
    def test_what_does_not_fit_is_named(
        self, how: str, change: Callable, message: str, other: TorchNetwork, tmp_path: Path
    ) -> None:
        state = {key: value.clone() for key, value in other.network.state_dict().items()}
        change(state)
        torch.save(state, tmp_path / "bad.pth")
        with pytest.raises(ValueError, match=f"bad.pth.*{message}"):
            if how == "option":
                own(checkpoint=str(tmp_path / "bad.pth"))
            load_frozen_weights(own(), str(tmp_path / "bad.pth"))

    def test_counters_may_be_missing(self, other: TorchNetwork, tmp_path: Path) -> None:
        state = other.network.state_dict()
        state.pop("norm.num_batches_tracked")
        torch.save(state, tmp_path / "old.pth")
        own(checkpoint=str(tmp_path / "old.pth"))

    def test_no_code_is_run(self, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
        path = tmp_path / "evil.pth"
        torch.save({"weight": RunsCode()}, path)
        with pytest.raises(ValueError, match=r"evil.pth.*would run code"):
            own(checkpoint=str(path))
        torch.save(nn.Conv2d(3, 3, 1), path)
        with pytest.raises(ValueError, match=r"evil.pth"):
            own(checkpoint=str(path))
        path.write_bytes(pickle.dumps(RunsCode())[:-3])
        with pytest.raises(ValueError, match=r"evil.pth"):
            own(checkpoint=str(path))
        assert "run" not in capsys.readouterr().out.split()

    def test_a_missing_file(self) -> None:
        with pytest.raises(FileNotFoundError, match=r"'no.pth' of the network does not exist"):
            own(checkpoint="no.pth")

    def test_random_weights_are_not_frozen(self) -> None:
        with pytest.raises(ValueError, match=r"the network is random: set model.checkpoint"):
            load_frozen_weights(own(), None)
        model = own(checkpoint="factory")
        load_frozen_weights(model, None)
        load_frozen_weights(model, "factory")
        assert model.weights_source == "factory"

    def test_safetensors(self, other: TorchNetwork, tmp_path: Path) -> None:
        save = pytest.importorskip("safetensors.torch", reason="pip install safetensors").save_file
        path = tmp_path / "model.safetensors"
        save(other.network.state_dict(), path)
        model = own(checkpoint=str(path))
        assert torch.equal(model.network.head.weight, other.network.head.weight)
        path.write_bytes(path.read_bytes()[:100])
        with pytest.raises(ValueError, match=r"model.safetensors"):
            own(checkpoint=str(path))

    def test_weights_of_two_models_are_not_shared(self) -> None:
        model = own()
        other = copy.deepcopy(model)
        with torch.no_grad():
            other.network.head.bias.add_(1)
        model.load_state_dict(other.state_dict())
        assert torch.equal(model.network.head.bias, other.network.head.bias)


def config(task: str = "segmentation", **model: Any) -> Config:
    scope = "mmseg" if task == "segmentation" else "mmpretrain"
    options = CASES["own" if task == "segmentation" else "own classifier"]
    return Config(
        dict(
            default_scope=scope,
            model=dict(type="TorchNetwork", checkpoint="factory", **IMAGENET, **options, **model),
            test_dataloader=dict(dataset=dict(pipeline=[dict(type="LoadImageFromFile")])),
        )
    )


class TestInConfigs:
    @pytest.mark.parametrize("task", ["segmentation", "classification"])
    def test_plugged_and_compared(self, task: str, enhancer_file: Path) -> None:
        pytest.importorskip("mmpretrain", reason="pip install -e '.[cls]'")
        cfg = plug(config(task), str(enhancer_file))
        kind = SEG if task == "segmentation" else CLS
        assert cfg.model.data_preprocessor == dict(type=kind, enhancer=str(enhancer_file))
        assert checkpoint_of(cfg, None) == "factory"
        network = NetworkUnderTest(config(task), "factory")
        assert network.weights.startswith("factory (sha256 ")
        batch = raw_batch(task)
        plain = network.put_in_front(dict(type="NoEnhancer"))(batch, False)["inputs"]
        pixels = torch.stack(batch["inputs"]).flip(1) / 255
        mean, std = (torch.tensor(IMAGENET[k]).view(3, 1, 1) for k in ("mean", "std"))
        torch.testing.assert_close(plain, (pixels - mean) / std, atol=1e-5, rtol=1e-5)
        enhanced = network.put_in_front(str(enhancer_file))(batch, False)["inputs"]
        assert not torch.allclose(plain, enhanced, atol=1e-3)
        assert len(network.model.test_step(batch)) == 2

    def test_other_weights_of_a_factory_have_other_records(self) -> None:
        torch.manual_seed(1)
        one = NetworkUnderTest(config(), "factory").weights
        torch.manual_seed(2)
        assert one != NetworkUnderTest(config(), "factory").weights
        torch.manual_seed(1)
        assert one == NetworkUnderTest(config(), "factory").weights

    def test_pipelines_that_load_rgb(self) -> None:
        cfg = config()
        cfg.test_dataloader.dataset.pipeline[0].imdecode_backend = "tifffile"
        plain = NetworkUnderTest(cfg, "factory").plain
        assert plain.input_order == "rgb" and not plain.channel_conversion


class TestInRunners:
    @pytest.fixture
    def cfg(self, runner_config: Callable) -> Config:
        """Six images, a network that comes with its weights, an enhancer to train."""
        cfg = runner_config(frozen_checkpoint=None)
        front = dict(type=SEG, enhancer=SYMPIE, two_step=True)
        options = dict(OWN_NETWORK, checkpoint="factory", data_preprocessor=front)
        cfg.model = ConfigDict(type="TorchNetwork", **IMAGENET, **options)
        return cfg

    def test_trains_the_enhancer_and_nothing_else(
        self, cfg: Config, build_runner: Callable, tmp_path: Path
    ) -> None:
        runner = build_runner(cfg)
        before = copy.deepcopy(runner.model.network.state_dict())
        runner.train()
        assert runner.iter == 3
        assert all(torch.equal(before[k], v) for k, v in runner.model.network.state_dict().items())
        assert runner.model.data_preprocessor.enhancer.nem.out.weight.abs().max() > 0

    def test_random_weights_are_not_trained_in_front_of(
        self, cfg: Config, build_runner: Callable
    ) -> None:
        cfg.model.checkpoint = None
        with pytest.raises(ValueError, match=r"the network is random: set model.checkpoint"):
            build_runner(cfg).train()

    def test_tested_with_the_factorys_weights(self, cfg: Config, build_runner: Callable) -> None:
        cfg.model.data_preprocessor = dict(type=SEG, enhancer=dict(type="NoEnhancer"))
        cfg.load_from = "factory"
        runner = build_runner(cfg)
        before = copy.deepcopy(runner.model.network.state_dict())
        assert 0 <= runner.test()["aAcc"] <= 100
        assert all(torch.equal(before[k], v) for k, v in runner.model.network.state_dict().items())
        cfg.model.checkpoint, cfg.experiment_name = None, "random"
        with pytest.raises(ValueError, match="the network is random"):
            build_runner(cfg).test()


@pytest.mark.parametrize("scope", ["mmseg", "mmpretrain"])
def test_preprocessors_are_found_in_any_scope(scope: str) -> None:
    with DefaultScope.overwrite_default_scope(scope):
        kinds = [type(make().data_preprocessor).__name__ for make in (own, own_classifier)]
    assert kinds == ["SegDataPreProcessor", "ClsDataPreprocessor"]
