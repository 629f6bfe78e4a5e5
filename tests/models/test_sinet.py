"""SINet against the check figures of its fact sheet, and at sizes that are no multiples of 128."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from mmengine.config import ConfigDict
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample
from torch import nn

from sympie_seg.enhancer import file_sha256
from sympie_seg.models.backbones.sinet import to_multiples
from sympie_seg.models.frozen import sinet_names
from sympie_seg.models.frozen.frozen_weights import load_frozen_weights
from sympie_seg.models.frozen.sinet_names import sinet_origin, sinet_to_mmseg

# At [0, :, 64, 128] of the published network's scores of the ramp below (docs/sinet.md).
SCORES = (
    -0.3598, 3.2379, 7.7899, -0.4130, -2.6264, -0.3396, -7.3664, 3.1072, -5.1494, -3.8066,
    0.7108, 6.2675, -0.8419, 0.6125, 2.1871, 5.2948, 1.9074, -6.2806, -3.9302,
)  # fmt: skip
COUNTS = {2: 26860, 7: 345, 11: 132, 15: 5431}


@pytest.fixture
def sinet(mmseg_scope: None) -> Callable[[], nn.Module]:
    def build() -> nn.Module:
        return MODELS.build(
            ConfigDict(
                type="EncoderDecoder",
                data_preprocessor=dict(type="SegDataPreProcessor"),
                backbone=dict(type="SINetEncoder"),
                decode_head=dict(type="SINetHead"),
                test_cfg=dict(mode="whole"),
            )
        ).eval()

    return build


@pytest.fixture
def published(shared_networks: Path) -> Path:
    return shared_networks / "sinet_cityscapes.pth"


def test_has_the_published_number_of_weights(sinet: Callable[[], nn.Module]) -> None:
    network = sinet()
    assert sum(p.numel() for p in network.parameters()) == 119_418
    assert len(network.state_dict()) == 629


def test_scores_of_the_published_weights(sinet: Callable[[], nn.Module], published: Path) -> None:
    network = sinet()
    load_frozen_weights(network, str(published))
    ramp = torch.linspace(-2, 2, 3 * 256 * 512).reshape(1, 3, 256, 512)
    with torch.no_grad():
        scores = network(ramp, mode="tensor")
    assert scores.shape == (1, 19, 128, 256)
    assert scores.abs().mean().item() == pytest.approx(3.02212, abs=1e-4)
    assert scores[0, :, 64, 128].tolist() == pytest.approx(SCORES, abs=1e-4)
    counts = scores.argmax(dim=1).flatten().bincount(minlength=19)
    assert {i: n for i, n in enumerate(counts.tolist()) if n} == COUNTS


def test_every_published_name_has_its_place(
    sinet: Callable[[], nn.Module], published: Path
) -> None:
    state = torch.load(published, weights_only=True)["state_dict"]
    assert len(state) == 629
    sinet().load_state_dict(sinet_to_mmseg(state), strict=True)


def test_the_published_file_is_known_by_its_digest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "SINet.pth"
    path.write_bytes(b"other")
    assert "is not its file (sha256 " in sinet_origin(str(path))
    monkeypatch.setattr(sinet_names, "SINET_SHA256", file_sha256(path))
    assert "is the published SINet" in sinet_origin(str(path))
    assert sinet_origin("https://host/SINet.pth").endswith("has the names of the published SINet")


def test_a_missing_weight_is_named(
    sinet: Callable[[], nn.Module], published: Path, tmp_path: Path
) -> None:
    state = torch.load(published, weights_only=True)["state_dict"]
    del state["encoder.level4.3.d2.B_v.weight"]
    torch.save(state, tmp_path / "cut.pth")
    with pytest.raises(ValueError, match=r"backbone\.level4\.3\.d2\.B_v\.weight"):
        load_frozen_weights(sinet(), str(tmp_path / "cut.pth"))


@pytest.mark.parametrize(
    ("size", "inside"),
    [
        ((576, 1024), (640, 1024)),
        ((360, 480), (384, 512)),
        ((40, 130), (128, 128)),
        ((512, 1024), (512, 1024)),
    ],
)
def test_any_size_is_resized_to_multiples_and_back(
    sinet: Callable[[], nn.Module], size: tuple[int, int], inside: tuple[int, int]
) -> None:
    network = sinet()
    image = torch.rand(1, 3, *size)
    assert to_multiples(image).shape[-2:] == inside
    sample = SegDataSample(metainfo=dict(ori_shape=size, img_shape=size, pad_shape=size))
    with torch.no_grad():
        prediction = network.predict(image, [sample])[0]
        # At a multiple of 128 the scores are those of the image resized by hand.
        wanted = network(to_multiples(image), mode="tensor")
        assert torch.equal(network(image, mode="tensor"), wanted)
    assert prediction.pred_sem_seg.data.shape == (1, *size)


def test_pooled_sizes_within_the_branches_fit(sinet: Callable[[], nn.Module]) -> None:
    # The smallest map, 8 x 8 at 1/16, is pooled by 8 to one pixel.
    with torch.no_grad():
        assert sinet()(torch.rand(1, 3, 128, 128), mode="tensor").shape == (1, 19, 64, 64)


def test_gradient_reaches_the_image(sinet: Callable[[], nn.Module]) -> None:
    image = torch.rand(1, 3, 128, 256, requires_grad=True)
    sinet()(image, mode="tensor").square().sum().backward()
    assert image.grad.abs().sum() > 0
