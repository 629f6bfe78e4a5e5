"""Images for several frozen networks in one training: which images, how many of each, and for which network."""

from __future__ import annotations

import logging
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any

import numpy as np
from mmengine.logging import print_log
from mmengine.registry import DATASETS, FUNCTIONS
from torch.utils.data import Dataset

from sympie_seg.datasets.bad_samples import BadSampleError

__all__ = ["NetworkMix", "NetworkSequence", "network_mix_collate"]

_ATTEMPTS = 20  # bad samples in a row that are no accident any more


class _NetworkParts(Dataset):
    """One dataset for each network, in the order of the model's ``networks``."""

    def __init__(self, parts: Sequence[Mapping[str, Any]], lazy_init: bool = False) -> None:
        kind = type(self).__name__
        if isinstance(parts, Mapping) or not parts:
            raise ValueError(
                f"{kind}: expected parts as a list with one entry for each network, got {parts!r}"
            )
        self.counts: list[int] = []
        self.sets: list[Any] = []
        for number, part in enumerate(parts):
            options = dict(part)
            dataset, count = options.pop("dataset", None), options.pop("count", 1)
            if dataset is None or options:
                raise ValueError(
                    f"{kind}: parts[{number}] must be dict(dataset=..., count=...), got the keys {sorted(part)}"
                )
            if not isinstance(count, int) or isinstance(count, bool) or count < 1:
                raise ValueError(
                    f"{kind}: parts[{number}].count must be a whole number from 1, got {count!r}"
                )
            self.counts.append(count)
            self.sets.append(DATASETS.build(dataset) if isinstance(dataset, Mapping) else dataset)
        if not lazy_init:
            self.full_init()

    def full_init(self) -> None:
        """Load the lists of all parts.

        Raises:
            ValueError: if a part has no image.
        """
        for number, dataset in enumerate(self.sets):
            if hasattr(dataset, "full_init"):
                dataset.full_init()
            if not len(dataset):
                raise ValueError(f"{type(self).__name__}: the dataset of parts[{number}] is empty")

    @property
    def metainfo(self) -> dict[str, Any]:
        """That of the first part; the networks have classes of their own."""
        return dict(getattr(self.sets[0], "metainfo", {}))


@DATASETS.register_module()
class NetworkMix(_NetworkParts):
    """Training images for several networks: every item holds ``count`` random images of each part.

    The images of one part are drawn by NumPy's global random state, which our runner sets for every draw, so that a
    resumed run draws what it would have drawn; what the sampler asks for by number has no effect. ::

        train_dataloader = dict(
            batch_size=1,
            collate_fn=dict(type='network_mix_collate'),
            sampler=dict(type='InfiniteSampler', shuffle=True),
            dataset=dict(type='NetworkMix', parts=[
                dict(dataset=dict(type='UnlabelledImages', ...), count=2),    # for model.networks[0]
                dict(dataset=dict(type='UnlabelledImages', ...), count=3)]))  # for model.networks[1]

    A part whose dataset has ``bad_sample='skip'`` draws another image for a bad one.

    Args:
        parts (Sequence[dict]): for each network, in the order of ``model.networks``: ``dataset``, a config or a
            dataset whose samples hold 'inputs' and 'data_samples', and ``count``, images in each item (1).
        lazy_init (bool): as in mmengine. Defaults to False.

    Raises:
        ValueError: if the parts are not such a list, or a dataset is empty.
    """

    @property
    def samples_per_draw(self) -> int:
        """Images in an item."""
        return sum(self.counts)

    def __len__(self) -> int:
        """Items after which every image of the largest part was drawn once, on average."""
        return max(-(-len(s) // count) for s, count in zip(self.sets, self.counts, strict=True))

    def __getitem__(self, index: int) -> list[dict[str, Any]]:
        """Draw an item: a list of samples, network after network."""
        samples = []
        for network, (dataset, count) in enumerate(zip(self.sets, self.counts, strict=True)):
            few = len(dataset) < count
            for drawn in np.random.choice(len(dataset), count, replace=few):
                samples.append(_marked(_load(dataset, int(drawn)), network))
        return samples


@DATASETS.register_module()
class NetworkSequence(_NetworkParts):
    """Validation images for several networks: all images of each part, one after another.

    Args:
        parts (Sequence[dict]): as in :class:`NetworkMix`, without ``count``.
        lazy_init (bool): as in mmengine. Defaults to False.

    Raises:
        ValueError: if the parts are not such a list, or a dataset is empty.
    """

    def __len__(self) -> int:
        """Images of all parts."""
        return sum(map(len, self.sets))

    def __getitem__(self, index: int) -> dict[str, Any]:
        """Load one sample."""
        if not 0 <= index < len(self):
            raise IndexError(f"there are {len(self)} samples, none has the number {index}")
        ends = list(accumulate(map(len, self.sets)))
        network = bisect_right(ends, index)
        dataset = self.sets[network]
        return _marked(dataset[index - ends[network] + len(dataset)], network)


@FUNCTIONS.register_module()
def network_mix_collate(items: Sequence[Sequence[Mapping[str, Any]]]) -> dict[str, list]:
    """Make one batch of items of a :class:`NetworkMix`.

    Args:
        items: lists of samples.

    Returns:
        'inputs' and 'data_samples', lists over all images; which network an image is for is in the metainfo of its
        data sample.
    """
    samples = [sample for item in items for sample in item]
    return {key: [sample[key] for sample in samples] for key in ("inputs", "data_samples")}


def _load(dataset: Any, index: int) -> dict[str, Any]:
    """Load a sample; another one in place of a bad one, where the dataset wants it so."""
    for attempt in range(_ATTEMPTS):
        try:
            returned: dict[str, Any] = dataset[index]
            return returned
        except BadSampleError as error:
            if getattr(dataset, "bad_sample", "raise") != "skip" or attempt + 1 == _ATTEMPTS:
                raise
            print_log(f"Skipped, another one is drawn: {error}", "current", logging.WARNING)
            index = np.random.randint(len(dataset))
    raise AssertionError("unreachable")


def _marked(sample: dict[str, Any], network: int) -> dict[str, Any]:
    """Write into a sample which network it is for."""
    sample["data_samples"].set_metainfo(dict(network=network))
    return sample
