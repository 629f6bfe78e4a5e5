"""Agreement with the frozen network's own prediction on the clean image."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from mmengine.evaluator import Evaluator
from mmengine.registry import DefaultScope
from torch import Tensor, nn

from sympie_seg.engine.resuming.resumable_runner import ResumableRunner
from sympie_seg.metrics import CleanAgreement
from sympie_seg.metrics.clean_agreement import _key

SIZE = (6, 8)


class Paint(nn.Module):
    """A "segmenter" that says how bright a pixel is: class = value of the red channel."""

    class Preprocessor(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.enhancer = nn.Identity()

    def __init__(self, enhancer: nn.Module | None = None) -> None:
        super().__init__()
        self.data_preprocessor = self.Preprocessor()
        self.data_preprocessor.enhancer = enhancer or nn.Identity()
        self.head = nn.Linear(1, 1)
        self.calls: list[str] = []

    def test_step(self, batch: dict) -> list:
        enhancer = self.data_preprocessor.enhancer
        self.calls.append(type(enhancer).__name__)
        images = [enhancer(image) for image in batch["inputs"]]
        return [
            Answer(s, image[2].long())
            for image, s in zip(images, batch["data_samples"], strict=True)
        ]


class Answer(dict):
    """As much of a data sample as is asked for."""

    def __init__(self, meta: dict, labels: Tensor) -> None:
        super().__init__(meta)
        self["pred_sem_seg"] = dict(data=labels[None])

    def to_dict(self) -> dict:
        return dict(self)


class Brighter(nn.Module):
    """Adds 1."""

    def forward(self, image: Tensor) -> Tensor:
        return image + 1


def image_of(labels: np.ndarray) -> np.ndarray:
    """The BGR picture that :class:`Paint` reads as these labels."""
    return np.repeat(labels[..., None], 3, axis=2).astype(np.uint8)


def sample(clean: np.ndarray, seen: np.ndarray, **meta: Any) -> tuple[Tensor, dict]:
    content = dict(img_path="a.png", ori_shape=SIZE, clean_img=image_of(clean)) | meta
    return torch.from_numpy(image_of(seen)).permute(2, 0, 1), content


def agreement(model: nn.Module, *samples: tuple[Tensor, dict], **options: Any) -> dict[str, float]:
    metric = CleanAgreement(**options)
    metric.set_model(model)
    return evaluated(metric, model, *samples)


def evaluated(
    metric: CleanAgreement, model: nn.Module, *samples: tuple[Tensor, dict]
) -> dict[str, float]:
    batch = dict(inputs=[image for image, _ in samples], data_samples=[meta for _, meta in samples])
    outputs = model.test_step(batch)
    metric.process(batch, [output.to_dict() for output in outputs])
    return metric.evaluate(len(samples))


def labels(*rows: int) -> np.ndarray:
    """(6, 8), two rows of each number."""
    return np.repeat(np.array(rows)[:, None], 8, axis=1).repeat(2, axis=0)


class TestSegmentation:
    def test_counts(self) -> None:
        """Clean: 16 pixels each of 1, 2, 3. Seen: of 2, 3 and 3, so with 1 less than that after "enhancing"."""
        scores = agreement(Paint(), sample(labels(1, 2, 3), labels(1, 1, 3)))
        # Class 1: 16 of 32, class 2: 0 of 16, class 3: 16 of 16.
        assert scores["agreement/mIoU"] == pytest.approx(50, abs=1e-3)
        assert scores["agreement/share"] == pytest.approx(200 / 3, abs=1e-3)
        assert set(scores) == {
            f"agreement/{key}{end}" for key in ("mIoU", "share") for end in ("", "_without")
        }

    def test_classes_that_the_clean_prediction_lacks_do_not_make_the_mean(self) -> None:
        scores = agreement(Paint(), sample(labels(1, 1, 1), labels(1, 1, 7)))
        assert scores["agreement/mIoU"] == pytest.approx(200 / 3, abs=1e-3)

    def test_enhanced_and_without(self) -> None:
        """The enhancer brings back what the corruption took."""
        scores = agreement(Paint(Brighter()), sample(labels(1, 2, 3), labels(0, 1, 2)))
        assert scores["agreement/share"] == scores["agreement/mIoU"] == 100
        assert scores["agreement/share_without"] == 0

    def test_clean_prediction_is_without_enhancer(self) -> None:
        model = Paint(Brighter())
        scores = agreement(model, sample(labels(1, 2, 3), labels(1, 2, 3)))
        assert scores["agreement/share"] == 0 and scores["agreement/share_without"] == 100
        assert model.calls == ["Brighter", "NoEnhancer"], "clean and corrupted are one image here"
        assert isinstance(model.data_preprocessor.enhancer, Brighter), "it is put back"

    def test_areas_are_summed_over_images(self) -> None:
        scores = agreement(
            Paint(),
            sample(labels(1, 1, 1), labels(1, 1, 1)),
            sample(labels(1, 1, 2), labels(2, 2, 2), img_path="b.png"),
            baseline=False,
        )
        # Class 1: 48 of 80. Class 2: 16 of 48.
        assert scores["agreement/mIoU"] == pytest.approx((60 + 100 / 3) / 2, abs=1e-3)
        assert set(scores) == {"agreement/mIoU", "agreement/share"}

    def test_by_condition(self) -> None:
        scores = agreement(
            Paint(),
            sample(labels(1, 1, 1), labels(1, 1, 1), condition="fog-3"),
            sample(labels(1, 1, 1), labels(2, 2, 2), condition="snow-3"),
        )
        assert scores["agreement/fog-3/share"] == 100 and scores["agreement/snow-3/mIoU"] == 0
        assert scores["agreement/share"] == 50

    def test_moved_pixels_are_compared_where_they_come_from(self) -> None:
        clean = np.arange(48).reshape(SIZE)
        columns, rows = np.meshgrid(np.arange(8.0), np.arange(6.0))
        moves = np.stack([columns + 2, rows - 1], axis=-1).astype(np.float32)
        seen = np.full(SIZE, 99)
        seen[1:, :6] = clean[:5, 2:]
        scores = agreement(Paint(), sample(clean, seen, clean_map=moves))
        assert scores["agreement/share"] == 100, "what comes from outside does not count"
        moves[..., 0] += 1
        assert agreement(Paint(), sample(clean, seen, clean_map=moves))["agreement/share"] == 0

    @pytest.mark.parametrize(
        ("corruption", "severity"),
        [("elastic_transform", 3), ("fog+elastic_transform", (1, 2))],
    )
    def test_moved_pixels_without_a_map_are_refused(self, corruption: str, severity: Any) -> None:
        given = sample(labels(1, 2, 3), labels(1, 2, 3), corruption=corruption, severity=severity)
        with pytest.raises(
            ValueError, match=r"elastic_transform moved the pixels of 'a.png'.*clean_map"
        ):
            agreement(Paint(), given)

    def test_severity_0_moves_nothing(self) -> None:
        given = sample(labels(1, 2, 3), labels(1, 2, 3), corruption="elastic_transform", severity=0)
        assert agreement(Paint(), given)["agreement/share"] == 100


class TestKept:
    def test_predictions_are_made_once(self) -> None:
        model = Paint(Brighter())
        metric = CleanAgreement()
        metric.set_model(model)
        given = sample(labels(1, 2, 3), labels(0, 1, 2))
        for _ in range(3):
            scores = evaluated(metric, model, given)
        assert scores["agreement/share"] == 100
        assert model.calls.count("NoEnhancer") == 2 and model.calls.count("Brighter") == 3

    def test_other_weights_are_asked_again(self) -> None:
        model = Paint(Brighter())
        metric = CleanAgreement()
        metric.set_model(model)
        given = sample(labels(1, 2, 3), labels(0, 1, 2))
        evaluated(metric, model, given)
        with torch.no_grad():
            model.head.weight.mul_(2)
        evaluated(metric, model, given)
        assert model.calls.count("NoEnhancer") == 4

    def test_memory_is_bounded(self) -> None:
        model = Paint()
        metric = CleanAgreement(cache_megabytes=0, baseline=False)
        metric.set_model(model)
        given = sample(labels(1, 2, 3), labels(0, 1, 2))
        first, second = (evaluated(metric, model, given) for _ in range(2))
        assert first == second and model.calls.count("NoEnhancer") == 2


def test_our_runners_hand_over_the_model() -> None:
    metric, model = CleanAgreement(), Paint()
    loop = SimpleNamespace(evaluator=SimpleNamespace(metrics=[object(), metric]))
    assert ResumableRunner._with_model(SimpleNamespace(model=model), loop) is loop
    assert metric.model is model


class TestErrors:
    def test_no_model(self) -> None:
        with pytest.raises(ValueError, match="set runner_type='FrozenNetworkRunner'"):
            evaluated(CleanAgreement(), Paint(), sample(labels(1, 2, 3), labels(1, 2, 3)))

    def test_no_enhancer(self) -> None:
        model = Paint()
        del model.data_preprocessor.enhancer
        metric = CleanAgreement()
        metric.set_model(model)
        with pytest.raises(ValueError, match=r"Preprocessor has no enhancer.*sympie-seg plug"):
            metric.process({}, [])

    def test_no_clean_image(self) -> None:
        given = sample(labels(1, 2, 3), labels(1, 2, 3), clean_img=None)
        with pytest.raises(ValueError, match=r"'a.png' has no clean_img: set keep_clean=True"):
            agreement(Paint(), given)

    def test_another_size(self) -> None:
        given = sample(labels(1, 2, 3), labels(1, 2, 3), clean_img=np.zeros((4, 4, 3), np.uint8))
        with pytest.raises(ValueError, match=r"is \(3, 4, 4\), the corrupted one \(3, 6, 8\)"):
            agreement(Paint(), given)

    def test_no_image(self) -> None:
        with pytest.raises(ValueError, match="no image was compared"):
            CleanAgreement().compute_metrics([])


def test_classification(batch: Callable) -> None:
    """A classifier of mmpretrain behind an enhancer that takes the colours out, against its own numbers."""
    pytest.importorskip("mmpretrain")
    from mmpretrain.registry import MODELS
    from mmpretrain.structures import DataSample

    torch.manual_seed(0)
    config = dict(
        type="ImageClassifier",
        backbone=dict(type="ResNet", depth=18, base_channels=8, stem_channels=8, num_stages=1, out_indices=(0,),
                      strides=(1,), dilations=(1,)),
        neck=dict(type="GlobalAveragePooling"),
        head=dict(type="LinearClsHead", in_channels=8, num_classes=4),
        data_preprocessor=dict(
            type="SyMPIEClsDataPreprocessor", enhancer=dict(type="GammaEnhancer"), mean=[128.0] * 3,
            std=[20.0] * 3, to_rgb=True,
        ),
    )  # fmt: skip
    with DefaultScope.overwrite_default_scope("mmpretrain"):
        model = MODELS.build(config).eval()
    clean, seen = (torch.randint(0, 256, (5, 3, 32, 32), dtype=torch.uint8) for _ in range(2))
    samples = [DataSample(metainfo=dict(clean_img=c.permute(1, 2, 0).numpy())) for c in clean]
    metric = CleanAgreement()
    metric.set_model(model)
    evaluator = Evaluator([metric])
    data = dict(inputs=list(seen), data_samples=samples)
    with torch.no_grad():
        outputs = model.val_step(data)
        evaluator.process(data_samples=outputs, data_batch=data)
        agreements = evaluator.evaluate(5)
        enhanced = torch.stack([output.pred_score for output in outputs])
        alone = [torch.stack([o.pred_score for o in scores(model, part)]) for part in (clean, seen)]
    for tested, end in ((enhanced, ""), (alone[1], "_without")):
        overlap = torch.minimum(tested, alone[0]).sum(1).mean()
        assert agreements[f"agreement/scores{end}"] == pytest.approx(100 * overlap.item(), abs=1e-2)
        same = (tested.argmax(1) == alone[0].argmax(1)).float().mean()
        assert agreements[f"agreement/share{end}"] == pytest.approx(100 * same.item(), abs=1e-2)
    assert agreements["agreement/scores"] != agreements["agreement/scores_without"]


def scores(model: nn.Module, images: Tensor) -> list:
    """Predict without enhancer, by hand."""
    inputs = (images.flip(1).float() - 128) / 20
    return model(inputs, mode="predict")


def test_predictions_of_two_networks_for_one_image_are_kept_apart() -> None:
    image = torch.zeros(3, *SIZE, dtype=torch.uint8)
    keys = {_key(image, dict(ori_shape=SIZE, network=network)) for network in (None, 0, 1)}
    assert len(keys) == 3
    assert _key(image, dict(ori_shape=SIZE)) in keys
