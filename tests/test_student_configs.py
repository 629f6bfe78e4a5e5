"""The configs of students: what they train is what the enhancer is trained through, on pictures that may choose."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.dataset import Compose
from mmengine.registry import DATASETS, HOOKS
from mmseg.registry import MODELS

from sympie_seg.utils.images import write_image

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "configs" / "label_free"
STUDENTS = {
    "lite0": "student_lite0_1xb4-500",
    "squeezenet": "student_squeezenet_1xb4-500",
    "resnet18": "student_resnet18_1xb4-500",
}
THROUGH = "sympie_three-students_1xb9-450"


@pytest.fixture(params=STUDENTS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def cfg(name: str) -> Config:
    return Config.fromfile(FOLDER / f"{STUDENTS[name]}.py")


def test_the_enhancer_is_trained_through_what_was_taught(name: str, cfg: Config) -> None:
    through = Config.fromfile(FOLDER / f"{THROUGH}.py")
    files = {}
    for network, file in zip(through.model.networks, through.frozen_checkpoint, strict=True):
        files.setdefault(network.name, (network.model, file))
    model, file = files[name]
    assert file == f"work_dirs/{STUDENTS[name]}/student.pth"
    taught = cfg.model.student
    for key in ("type", "factory", "mean", "std", "max_pixel_value"):
        assert model[key] == taught[key]
    assert model.get("order", "rgb") == taught.get("order", "rgb")
    encoder, own = model.factory_args.encoder, taught.factory_args.encoder
    assert encoder.factory == own.factory and encoder.get("version") == own.get("version")
    assert model.factory_args.num_classes == taught.factory_args.num_classes == 19
    assert encoder.get("max_pool") == own.get("max_pool")
    assert not encoder.get("pretrained", False) and encoder.get("checkpoint") is None
    assert own.get("pretrained", False) or own.get("checkpoint")


def test_the_weights_of_one_fit_the_other(
    name: str, cfg: Config, tmp_path: Path, mmseg_scope: None
) -> None:
    if name == "lite0":
        pytest.importorskip(
            "efficientnet_lite_pytorch", reason="pip install efficientnet-lite-pytorch"
        )
        cfg.model.student.factory_args.encoder.pretrained = False
    else:
        cfg.model.student.factory_args.encoder.checkpoint = None
    taught = MODELS.build(cfg.model.student)
    torch.save(dict(state_dict=taught.network.state_dict()), tmp_path / "student.pth")
    through = Config.fromfile(FOLDER / f"{THROUGH}.py")
    model = MODELS.build(next(n.model for n in through.model.networks if n.name == name))
    model.load_weights(str(tmp_path / "student.pth"))
    images = torch.randn(1, 3, 64, 64)
    assert torch.equal(taught.eval().logits(images), model.eval().logits(images))


def test_no_test_picture_is_read_and_streets_are_most(
    cfg: Config, tmp_path: Path, mmseg_scope: None
) -> None:
    streets, photos = cfg.train_dataloader.dataset.datasets
    assert streets.dataset.include == ["0006R0_*", "0016E5_*"]
    assert photos.exclude == ["n*[789]"] and photos.split.part == "train"
    assert streets.times * 305 == pytest.approx(3 * 545 * (1 - photos.split.holdout), rel=0.01)
    for part in (streets.dataset, photos):
        crop = next(step for step in part.pipeline if step.type == "RandomScaleCrop")
        assert all(side % 128 == 0 for side in crop.crop_size)  # SINet's sizes
        assert not any(step.type == "RandomCorruption" for step in part.pipeline)
    image = torch.zeros(300, 400, 3, dtype=torch.uint8).numpy()
    for folder, picture in ((tmp_path / "a", "0006R0_1.png"), (tmp_path / "b", "n1.png")):
        folder.mkdir()
        write_image(folder / picture, image)
    streets.dataset.data_root, photos.data_root = str(tmp_path / "a"), str(tmp_path / "b")
    photos.pop("split")
    dataset = DATASETS.build(cfg.train_dataloader.dataset)
    assert len(dataset) == 6
    for index in (0, 5):
        assert dataset[index]["inputs"].shape == (3, 256, 384)


def test_parts_build(cfg: Config, mmseg_scope: None) -> None:
    for hook in cfg.custom_hooks:
        HOOKS.build(hook)
    for part in (cfg.train_dataloader.dataset.datasets[0].dataset,):
        Compose(part.pipeline)
    teacher = MODELS.build(cfg.model.teacher)
    assert teacher.decode_head.num_classes == cfg.model.student.factory_args.num_classes
