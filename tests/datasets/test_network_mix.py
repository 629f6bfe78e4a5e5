"""Images for several networks: how many, which, in which order."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from mmengine.registry import FUNCTIONS
from mmengine.structures import BaseDataElement

from sympie_seg.datasets import BadSampleError, NetworkMix, NetworkSequence, network_mix_collate
from sympie_seg.engine.resuming.numbered_draws import Draw, SeededDataset


class Numbers:
    """A dataset whose images are their own number."""

    def __init__(self, length: int, bad: tuple[int, ...] = (), bad_sample: str = "raise") -> None:
        self.length, self.bad, self.bad_sample = length, bad, bad_sample

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: int) -> dict[str, Any]:
        if index in self.bad:
            raise BadSampleError(f"{index} is bad")
        return dict(inputs=torch.tensor(index), data_samples=BaseDataElement())


def drawn(item: list[dict]) -> list[tuple[int, int]]:
    return [(sample["data_samples"].network, int(sample["inputs"])) for sample in item]


@pytest.fixture
def mix() -> NetworkMix:
    return NetworkMix([dict(dataset=Numbers(10), count=3), dict(dataset=Numbers(7))])


def test_counts_and_networks(mix: NetworkMix) -> None:
    for index in range(20):
        pairs = drawn(mix[index])
        assert [network for network, _ in pairs] == [0, 0, 0, 1]
        assert len({number for network, number in pairs if network == 0}) == 3
    assert mix.samples_per_draw == 4 and len(mix) == 7


def test_every_image_is_drawn(mix: NetworkMix) -> None:
    seen = {one for index in range(200) for one in drawn(mix[index])}
    assert seen == {(0, n) for n in range(10)} | {(1, n) for n in range(7)}


def test_draws_follow_the_numbered_seed(mix: NetworkMix) -> None:
    """Whatever was drawn before, a draw gives the same images: what exact resuming needs."""
    seeded = SeededDataset(mix)
    first = drawn(seeded[Draw(3, 11)])
    np.random.seed(5)
    assert drawn(seeded[Draw(4, 11)]) == first != drawn(seeded[Draw(3, 12)])
    assert seeded.samples_per_draw == 4


def test_small_datasets_repeat_images() -> None:
    assert drawn(NetworkMix([dict(dataset=Numbers(1), count=3)])[0]) == [(0, 0)] * 3


def test_bad_samples_are_replaced_where_the_dataset_says_so() -> None:
    parts = [dict(dataset=Numbers(4, bad=(0, 1, 2), bad_sample="skip"), count=2)]
    assert {number for i in range(9) for _, number in drawn(NetworkMix(parts)[i])} == {3}
    parts = [dict(dataset=Numbers(2, bad=(0, 1)))]
    with pytest.raises(BadSampleError, match="is bad"):
        NetworkMix(parts)[0]
    with pytest.raises(BadSampleError, match="is bad"):  # no good one at all
        NetworkMix([dict(dataset=Numbers(2, bad=(0, 1), bad_sample="skip"))])[0]


def test_collate_makes_one_flat_batch(mix: NetworkMix) -> None:
    batch = FUNCTIONS.get("network_mix_collate")([mix[0], mix[1]])
    assert FUNCTIONS.get("network_mix_collate") is network_mix_collate
    assert [sample.network for sample in batch["data_samples"]] == [0, 0, 0, 1] * 2
    assert len(batch["inputs"]) == 8


def test_validation_goes_through_all_images_once() -> None:
    sequence = NetworkSequence([dict(dataset=Numbers(3)), dict(dataset=Numbers(2))])
    pairs = drawn([sequence[index] for index in range(len(sequence))])
    assert pairs == [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1)]
    with pytest.raises(IndexError):
        sequence[5]


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ([], "one entry for each network"),
        (dict(dataset=Numbers(1)), "one entry for each network"),
        ([dict(count=1)], r"parts\[0\] must be dict"),
        ([dict(dataset=Numbers(1), number=1)], r"parts\[0\] must be dict"),
        ([dict(dataset=Numbers(1), count=0)], r"parts\[0\].count must be a whole number from 1"),
        ([dict(dataset=Numbers(1)), dict(dataset=Numbers(0))], r"parts\[1\] is empty"),
    ],
)
def test_wrong_parts_are_refused(parts: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        NetworkMix(parts)
