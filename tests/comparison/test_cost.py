"""Cost: parameters and multiplications against counts by hand, time against a known wait."""

from __future__ import annotations

import time

import pytest
import torch
from mmengine.registry import MODELS
from torch import Tensor, nn

from sympie_seg.comparison.cost import enhancer_cost, network_cost
from sympie_seg.comparison.result import Cost


class Slow(nn.Module):
    """A 1 x 1 convolution, and a wait of 30 ms."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, images: Tensor) -> Tensor:
        time.sleep(0.03)
        return self.conv(images)


def preprocessor(enhancer: object) -> nn.Module:
    return MODELS.build(dict(type="SyMPIESegDataPreProcessor", enhancer=enhancer)).eval()


def test_an_enhancer(mmseg_scope: None) -> None:
    slow, plain = preprocessor(Slow()), preprocessor(dict(type="NoEnhancer"))
    cost = enhancer_cost(slow, plain, (40, 30))
    assert cost.parameters == 12
    assert cost.gmac == pytest.approx(9 * 40 * 30 / 1e9)
    assert 20 < cost.milliseconds < 300


def test_no_enhancer_costs_nothing(mmseg_scope: None) -> None:
    plain = preprocessor(dict(type="NoEnhancer"))
    cost = enhancer_cost(plain, plain, (40, 30))
    assert cost == Cost(parameters=0, gmac=0.0, milliseconds=0.0)


def test_a_network_is_counted_without_its_data_preprocessor() -> None:
    network = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1))
    network.add_module("data_preprocessor", nn.Identity())
    network.data_preprocessor.weight = nn.Parameter(torch.zeros(99))
    cost = network_cost(network, (40, 30))
    assert cost.parameters == 8 * 27 + 8
    assert cost.gmac == pytest.approx(8 * 27 * 40 * 30 / 1e9)
    assert cost.milliseconds > 0
