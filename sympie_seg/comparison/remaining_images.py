"""The images of a test set that are still to be tested, in batches, shared among the processes."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

from mmengine.config import ConfigDict
from mmengine.runner import Runner
from torch.utils.data import DataLoader, Dataset

from sympie_seg.engine.resuming.loader_settings import workable

__all__ = ["INDEX", "RemainingImages", "image_index", "remaining_loader"]

INDEX = "comparison_index"
"""Meta key of a sample: the image's index in the whole test set."""


class RemainingImages(Dataset):
    """Some images of a dataset; each sample knows its index in the whole.

    Args:
        dataset: the whole test set.
        indices: of the images to give.
    """

    def __init__(self, dataset: Any, indices: Sequence[int]) -> None:
        self.dataset, self.indices = dataset, list(indices)
        self.metainfo = getattr(dataset, "metainfo", {})

    def __len__(self) -> int:
        """Number of images."""
        return len(self.indices)

    def __getitem__(self, position: int) -> dict[str, Any]:
        """Load an image through the dataset's pipeline."""
        index = self.indices[position]
        packed = self.dataset[index]
        packed["data_samples"].set_metainfo({INDEX: index})
        result: dict[str, Any] = packed
        return result

    def __deepcopy__(self, memo: dict) -> RemainingImages:
        """Give itself: the runner copies a loader's whole config, and nothing of this is changed."""
        return self


def image_index(sample: Any) -> int:
    """Give the index that :class:`RemainingImages` wrote into a sample."""
    result: int = sample.metainfo[INDEX]
    return result


def remaining_loader(cfg: ConfigDict, images: RemainingImages, seed: int | None) -> DataLoader:
    """Build the loader of this process: batches and workers as the config says, no image twice.

    Args:
        cfg: ``test_dataloader`` of the config.
        images: what is to be loaded by all processes together.
        seed: of the run, for workers.
    """
    cfg = copy.copy(cfg)
    cfg.pop("batch_sampler", None)
    cfg.dataset = images
    # round_up would repeat images until every process had as many.
    cfg.sampler = dict(type="DefaultSampler", shuffle=False, round_up=False)
    cfg.drop_last = False
    if len(images) == 0:
        cfg.num_workers, cfg.persistent_workers = 0, False
    result: DataLoader = Runner.build_dataloader(workable(cfg), seed=seed)
    return result
