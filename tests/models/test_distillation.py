"""Distillation: the loss by hand, who learns and who does not, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import MODELS, DefaultScope
from mmseg.structures import SegDataSample
from torch import nn

from sympie_seg.engine import ResumableRunner
from sympie_seg.models import Distillation, TorchNetwork
from sympie_seg.models.frozen.frozen_weights import load_frozen_weights
from sympie_seg.utils.images import write_image

CLASSES = 3


class PixelNetwork(nn.Module):
    """Classes of each pixel from its own three values."""

    def __init__(self, classes: int = CLASSES) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(3)
        self.scores = nn.Conv2d(3, classes, 1)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        scores: torch.Tensor = self.scores(self.norm(images))
        return scores


def network(classes: int = CLASSES, order: str = "rgb", checkpoint: str | None = None) -> dict:
    return dict(
        type="TorchNetwork", factory=PixelNetwork, factory_args=dict(classes=classes), order=order,
        mean=[100, 110, 120], std=[50, 60, 70], max_pixel_value=255, checkpoint=checkpoint,
    )  # fmt: skip


@pytest.fixture
def teacher_file(tmp_path: Path) -> str:
    path = tmp_path / "teacher.pth"
    torch.save(PixelNetwork().state_dict(), path)
    return str(path)


@pytest.fixture
def model(teacher_file: str) -> Distillation:
    with DefaultScope.overwrite_default_scope("mmseg"):
        return Distillation(network(), teacher_file, network(order="bgr"))


def batch(count: int = 2) -> dict[str, Any]:
    generator = torch.Generator().manual_seed(3)
    pictures = torch.randint(0, 256, (count, 3, 8, 12), generator=generator, dtype=torch.uint8)
    samples = [SegDataSample(metainfo=dict(img_shape=(8, 12), ori_shape=(8, 12))) for _ in pictures]
    return dict(inputs=list(pictures), data_samples=samples)


def test_loss_and_agreement_are_those_by_hand(model: Distillation) -> None:
    """Each network gets the pictures in its own order and scale; KL(teacher || student), mean over pixels."""
    model.eval()
    data = batch()
    losses = model(**model.data_preprocessor(data), mode="loss")
    pictures = torch.stack(data["inputs"]).float()  # BGR
    mean, std = torch.tensor([100.0, 110, 120]), torch.tensor([50.0, 60, 70])
    rgb = (pictures.flip(1) - mean.view(3, 1, 1)) / std.view(3, 1, 1)
    bgr = (pictures - mean.view(3, 1, 1)) / std.view(3, 1, 1)
    with torch.no_grad():
        target = model.teacher.network(rgb).log_softmax(1)
        prediction = model.student.network(bgr).log_softmax(1)
    expected = (target.exp() * (target - prediction)).sum(1).mean()
    torch.testing.assert_close(losses["loss"].detach(), expected)
    agreement = (target.argmax(1) == prediction.argmax(1)).float().mean()
    assert losses["agreement"] == agreement


def test_a_student_that_is_the_teacher_has_nothing_to_learn(teacher_file: str) -> None:
    with DefaultScope.overwrite_default_scope("mmseg"):
        model = Distillation(network(), teacher_file, network(checkpoint=teacher_file)).eval()
    losses = model(**model.data_preprocessor(batch()), mode="loss")
    assert losses["loss"].item() == pytest.approx(0, abs=1e-6)
    assert losses["agreement"] == 1


def test_only_the_student_learns(model: Distillation) -> None:
    model.train()
    model.init_weights()  # the runner calls it
    before = {name: value.clone() for name, value in model.state_dict().items()}
    optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.1)
    losses = model(**model.data_preprocessor(batch()), mode="loss")
    losses["loss"].backward()
    optimizer.step()
    moved = {n for n, value in model.state_dict().items() if not torch.equal(value, before[n])}
    assert moved and all(name.startswith("student.network.") for name in moved)
    assert not model.teacher.training and model.student.training


def test_the_loss_falls(model: Distillation) -> None:
    optimizer = torch.optim.Adam(model.student.parameters(), lr=0.05)
    values = []
    for _ in range(60):
        losses = model(**model.data_preprocessor(batch()), mode="loss")
        optimizer.zero_grad()
        losses["loss"].backward()
        optimizer.step()
        values.append(losses["loss"].item())
    assert values[-1] < 0.1 * values[0]


def test_other_numbers_of_classes_are_refused(teacher_file: str) -> None:
    with DefaultScope.overwrite_default_scope("mmseg"):
        model = Distillation(network(), teacher_file, network(classes=4))
    with pytest.raises(
        ValueError, match="teacher has 3 classes and the student 4: set num_classes"
    ):
        model(**model.data_preprocessor(batch()), mode="loss")


def test_what_cannot_be_is_refused(teacher_file: str, model: Distillation) -> None:
    with DefaultScope.overwrite_default_scope("mmseg"):
        with pytest.raises(ValueError, match="temperature must be above 0, got 0"):
            Distillation(network(), teacher_file, network(), temperature=0)
        with pytest.raises(FileNotFoundError, match=r"none\.pth"):
            Distillation(network(), "none.pth", network())
        sinet = dict(type="EncoderDecoder", **_sinet_parts())
        with pytest.raises(TypeError, match=r"TorchNetwork', \.\.\.\), got EncoderDecoder"):
            Distillation(network(), teacher_file, sinet)
    with pytest.raises(ValueError, match=r"student\.pth as frozen_checkpoint"):
        model(**model.data_preprocessor(batch()), mode="predict")


def test_a_teacher_of_independent_classes_is_refused(
    teacher_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TorchNetwork, "score_kind", "sigmoid")
    with (
        DefaultScope.overwrite_default_scope("mmseg"),
        pytest.raises(ValueError, match="do not exclude one another"),
    ):
        Distillation(network(), teacher_file, network())


def _sinet_parts() -> dict:
    return dict(
        backbone=dict(type="SINetEncoder"),
        decode_head=dict(type="SINetHead"),
        data_preprocessor=dict(type="SegDataPreProcessor"),
    )


OWN = """
from torch import nn

def pixel_network():
    return nn.Conv2d(3, 3, 1)
"""


def test_a_training_writes_a_file_that_frozen_checkpoint_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Through the runner, interrupted and resumed: student.pth is the same byte for byte."""
    (tmp_path / "own_pixels.py").write_text(OWN)
    monkeypatch.syspath_prepend(tmp_path)
    torch.save(nn.Conv2d(3, 3, 1).state_dict(), tmp_path / "teacher.pth")
    one = dict(type="TorchNetwork", factory="own_pixels:pixel_network", mean=[0] * 3, std=[1] * 3)
    files = {}
    for name, parts in {"whole": [4], "resumed": [2, 4]}.items():
        for length in parts:
            cfg = _config(tmp_path / name, one, str(tmp_path / "teacher.pth"), length)
            cfg.resume = length != parts[0]
            torch.manual_seed(0)
            ResumableRunner.from_cfg(cfg).train()
        files[name] = torch.load(tmp_path / name / "student.pth", weights_only=True)
    assert files["whole"]["meta"]["teacher"] == "teacher.pth"
    assert files["whole"]["meta"]["iteration"] == 4
    assert files["whole"]["state_dict"].keys() == {"weight", "bias"}
    for key, value in files["whole"]["state_dict"].items():
        assert torch.equal(value, files["resumed"]["state_dict"][key])
    with DefaultScope.overwrite_default_scope("mmseg"):
        loaded = MODELS.build(one)
    load_frozen_weights(loaded, str(tmp_path / "whole" / "student.pth"))
    assert torch.equal(loaded.network.weight, files["whole"]["state_dict"]["weight"])


def _config(work_dir: Path, one: dict, teacher_file: str, length: int) -> Config:
    pictures = work_dir.parent / "pictures"
    for number in range(8 if not pictures.exists() else 0):
        pictures.mkdir(exist_ok=True)
        rng = np.random.default_rng(number)
        write_image(pictures / f"{number}.png", rng.integers(0, 256, (8, 8, 3), dtype=np.uint8))
    pipeline = [dict(type="LoadImageFromFile"), dict(type="PackSyMPIESegInputs")]
    dataset = dict(type="UnlabelledImages", data_root=str(pictures), pipeline=pipeline)
    return Config(
        dict(
            default_scope="mmseg", experiment_name=f"distil-{work_dir.name}-{length}",
            work_dir=str(work_dir), log_level="WARNING", randomness=dict(seed=0),
            model=dict(
                type="Distillation", teacher=one, teacher_checkpoint=teacher_file,
                student=dict(one, checkpoint="factory")),
            train_dataloader=dict(
                batch_size=2, num_workers=0, dataset=dataset,
                sampler=dict(type="InfiniteSampler", shuffle=True),
                collate_fn=dict(type="pseudo_collate")),
            train_cfg=dict(type="IterBasedTrainLoop", max_iters=length),
            optim_wrapper=dict(optimizer=dict(type="Adam", lr=0.1)),
            default_hooks=dict(checkpoint=dict(type="SafeCheckpointHook", by_epoch=False, interval=2)),
            custom_hooks=[dict(type="StudentFileHook", interval=2)],
        )
    )  # fmt: skip
