"""A network is known again by its weights."""

from __future__ import annotations

import copy

import torch
from torch import nn

from sympie_seg.enhancer import SyMPIE
from sympie_seg.models import NEMPretraining
from sympie_seg.models.frozen.fingerprint import (
    network_fingerprint,
    network_fingerprints,
    weights_fingerprint,
)


def network(seed: int = 0) -> nn.Module:
    torch.manual_seed(seed)
    return nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4))


def test_names_order_and_the_preprocessor_do_not_count() -> None:
    first = network()
    wanted = network_fingerprint(first)
    assert len(wanted) == 64
    state = {f"backbone.{key}": value for key, value in reversed(first.state_dict().items())}
    state["data_preprocessor.enhancer.weight"] = torch.ones(2)
    assert weights_fingerprint(state) == wanted
    other = copy.deepcopy(first)
    other[1].num_batches_tracked += 5
    assert network_fingerprint(other) == wanted
    assert network_fingerprint(first.double()) == wanted


def test_one_changed_weight_counts() -> None:
    first, second = network(), network()
    assert network_fingerprint(first) == network_fingerprint(second)
    with torch.no_grad():
        second[0].weight[0, 0, 0, 0] += 1e-6
    assert network_fingerprint(first) != network_fingerprint(second)


def test_each_of_several_has_its_own() -> None:
    both = nn.Module()
    both.networks = nn.ModuleDict(dict(a=network(1), b=network(2)))
    assert network_fingerprints(both) == [network_fingerprint(network(k)) for k in (1, 2)]
    assert network_fingerprints(network(1)) == [network_fingerprint(network(1))]


def test_a_model_without_a_network_has_none() -> None:
    model = NEMPretraining(dict(type="ThumbnailPreprocessor", enhancer=SyMPIE()))
    assert network_fingerprints(model) == []
