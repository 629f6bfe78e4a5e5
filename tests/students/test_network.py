"""StudentNetwork: what the pyramid computes, which statistics stay, and which encoders it takes."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from sympie_seg.students import StudentNetwork


class Maps(nn.Module):
    """Two maps, of strides 2 and 4."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 4, 3, stride=2, padding=1)
        self.norm = nn.BatchNorm2d(4)
        self.second = nn.Conv2d(4, 6, 3, stride=2, padding=1)

    def forward(self, images: Tensor) -> list[Tensor]:
        fine = self.norm(self.first(images))
        return [fine, self.second(fine)]


def test_logits_have_the_size_of_the_images() -> None:
    network = StudentNetwork(Maps(), num_classes=7, width=8).eval()
    assert network(torch.randn(2, 3, 37, 50)).shape == (2, 7, 37, 50)
    assert [lateral.in_channels for lateral in network.laterals] == [4, 6]


def test_the_pyramid_adds_the_coarse_map_to_the_fine_one() -> None:
    """Of constant maps 1 and 10, with weights that sum the channels, each pixel becomes 4 * 1 + 6 * 10."""

    class Constant(nn.Module):
        def forward(self, images: Tensor) -> list[Tensor]:
            n, _, h, w = images.shape
            return [torch.ones(n, 4, h // 2, w // 2), 10 * torch.ones(n, 6, h // 4, w // 4)]

    network = StudentNetwork(Constant(), num_classes=2, width=1)
    for lateral in network.laterals:
        assert isinstance(lateral, nn.Conv2d) and lateral.bias is not None
        nn.init.ones_(lateral.weight)
        nn.init.zeros_(lateral.bias)
    network.output = nn.Identity()  # type: ignore[assignment]
    torch.testing.assert_close(network(torch.zeros(1, 3, 16, 16)), torch.full((1, 1, 16, 16), 64.0))


def test_statistics_of_the_encoder_stay_and_those_of_the_head_move() -> None:
    encoder = Maps()
    network = StudentNetwork(encoder).train()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    network(torch.randn(2, 3, 32, 32))
    moved = {
        name for name, value in network.state_dict().items() if not torch.equal(value, before[name])
    }
    assert moved == {
        "output.1.running_mean",
        "output.1.running_var",
        "output.1.num_batches_tracked",
    }
    assert encoder.training and not encoder.norm.training


def test_the_encoder_is_asked_without_a_trace() -> None:
    encoder = Maps().train()
    encoder.second.eval()
    before = {name: value.clone() for name, value in encoder.state_dict().items()}
    StudentNetwork(encoder)
    assert all(torch.equal(value, before[name]) for name, value in encoder.state_dict().items())
    assert encoder.training and encoder.norm.training and not encoder.second.training


@pytest.mark.parametrize("encoder", [nn.Conv2d(3, 4, 3), nn.Sequential(nn.Flatten())])
def test_an_encoder_without_maps_is_refused(encoder: nn.Module) -> None:
    with pytest.raises(TypeError, match=r"gives no list of feature maps .* features_only=True"):
        StudentNetwork(encoder)
