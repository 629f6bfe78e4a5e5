"""Training samples that know their place in the order of draws, and a dataset that sets its randomness by it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import numpy as np
from mmengine.dataset import InfiniteSampler, worker_init_fn
from mmengine.dist import get_rank, get_world_size
from mmengine.logging import print_log
from mmengine.registry import DATA_SAMPLERS, DATASETS
from mmengine.runner import Runner
from torch.utils.data import DataLoader, Dataset, Sampler

from sympie_seg.datasets.bad_samples import BadSampleError
from sympie_seg.engine.resuming.randomness import albumentations_in, derive_seed, set_random_states
from sympie_seg.engine.resuming.stop_request import outlive_sigterm

__all__ = ["Draw", "NumberedSampler", "SeededDataset", "build_numbered_dataloader"]

_ATTEMPTS = 20  # bad samples in a row that are no accident any more


class Draw(int):
    """An index into a dataset that carries the seed of this draw; elsewhere it is a plain int."""

    seed: int

    def __new__(cls, index: int, seed: int) -> Draw:
        """Make the index and hang the seed on it."""
        draw = super().__new__(cls, index)
        draw.seed = seed
        return draw

    def __getnewargs__(self) -> tuple[int, int]:  # type: ignore[override]  # __new__ takes the seed too
        """Let pickle carry it to the workers."""
        return int(self), self.seed


class NumberedSampler(Sampler):
    """Wraps a sampler of mmengine: numbers what it gives, and can start anywhere without loading anything.

    Draws are numbered over all ranks: with 2 ranks, rank 1 has the numbers 1, 3, 5, ... So the order of
    draws, and what each draws, stay the same where a run continues with another number of processes.

    Args:
        dataset (Dataset): what is sampled.
        sampler (dict): config of the wrapped sampler.
        seed (int, optional): the run's seed. Defaults to None.
        diff_rank_seed (bool): whether ranks have seeds of their own; the wrapped sampler then agrees on one, as in
            mmengine. Defaults to False.
    """

    def __init__(
        self, dataset: Dataset, sampler: dict, seed: int | None = None, diff_rank_seed: bool = False
    ) -> None:
        self.dataset, self.config, self.diff_rank_seed = dataset, sampler, diff_rank_seed
        self.rank, self.world_size = get_rank(), get_world_size()
        self.restart(seed)

    def restart(self, seed: int | None, epoch: int = 0, skip: int = 0) -> None:
        """Begin again, as if ``skip`` samples of an epoch had been drawn on this rank.

        Args:
            seed: the run's seed; a resumed run has that of its checkpoint.
            epoch: for samplers that end.
            skip: samples of this rank to pass over.
        """
        self.seed, self.skip, self.held = seed, skip, False
        own = None if self.diff_rank_seed else seed
        self.sampler = DATA_SAMPLERS.build(
            self.config, default_args=dict(dataset=self.dataset, seed=own)
        )
        self.infinite = isinstance(self.sampler, InfiniteSampler)
        self.set_epoch(epoch)

    def hold(self) -> None:
        """Give nothing until :meth:`restart`, so that workers that start early load nothing in vain."""
        self.held = True

    def set_epoch(self, epoch: int) -> None:
        """Pass on, as mmengine's hook asks for."""
        self.epoch = epoch
        if hasattr(self.sampler, "set_epoch"):
            self.sampler.set_epoch(epoch)

    def __iter__(self) -> Iterator[Draw]:
        """Give the draws that were not skipped."""
        if self.held:
            return
        skip, self.skip = self.skip, 0
        before = 0 if self.infinite else self.epoch * len(self)
        for position, index in enumerate(self.sampler):
            if position >= skip:
                number = (before + position) * self.world_size + self.rank
                yield Draw(index, derive_seed(self.seed, "draw", number))

    def __len__(self) -> int:
        """Samples of this rank in an epoch."""
        return len(self.sampler)


class SeededDataset(Dataset):
    """Sets every random state by the draw before a sample passes the pipeline.

    Attributes and methods are those of the dataset inside.

    Args:
        dataset (Dataset | dict): the dataset, or its config.
    """

    def __init__(self, dataset: Dataset | dict) -> None:
        # Any, as torch's datasets need not have a length.
        self.dataset: Any = DATASETS.build(dataset) if isinstance(dataset, dict) else dataset

    def __getitem__(self, draw: int) -> Any:
        """Load a sample; plain indices are loaded as before.

        Raises:
            BadSampleError: if a sample is bad, unless the dataset has ``bad_sample='skip'``; then it is logged by
                name and another one drawn.
        """
        if not isinstance(draw, Draw):
            return self.dataset[draw]
        if not hasattr(self, "_albumentations"):
            self._albumentations = albumentations_in(self.dataset)
        set_random_states(draw.seed, self._albumentations)
        index = int(draw)
        for attempt in range(_ATTEMPTS):
            try:
                return self.dataset[index]
            except BadSampleError as error:
                if not _skips(self.dataset) or attempt + 1 == _ATTEMPTS:
                    raise
                print_log(f"Skipped, another one is drawn: {error}", "current", logging.WARNING)
                index = np.random.randint(len(self.dataset))
        raise AssertionError("unreachable")

    def __len__(self) -> int:
        """Number of samples."""
        return len(self.dataset)

    def __getattr__(self, name: str) -> Any:
        """Ask the dataset inside; never for special names, which pickle and DataLoader ask for."""
        if name.startswith("__") or name in ("dataset", "_albumentations"):
            raise AttributeError(name)
        return getattr(self.dataset, name)


def _skips(dataset: Any) -> bool:
    """Whether a dataset, or one that it wraps, has ``bad_sample='skip'``."""
    inner = getattr(dataset, "datasets", None) or [getattr(dataset, "dataset", None)]
    own = getattr(dataset, "bad_sample", "raise") == "skip"
    return own or any(_skips(part) for part in inner if part is not None)


def build_numbered_dataloader(
    dataloader: dict, seed: int | None, diff_rank_seed: bool = False
) -> DataLoader:
    """Build mmengine's data loader for training, with numbered draws and a seeded dataset.

    Args:
        dataloader: config as in mmengine.
        seed: the run's seed.
        diff_rank_seed: whether ranks have seeds of their own; the sampler then agrees on one, as in mmengine.
    """
    dataloader = dict(dataloader, dataset=dict(type=SeededDataset, dataset=dataloader["dataset"]))
    if isinstance(dataloader["sampler"], dict):
        dataloader["sampler"] = dict(
            type=NumberedSampler, sampler=dataloader["sampler"], diff_rank_seed=diff_rank_seed
        )
    if "worker_init_fn" not in dataloader and seed is not None:
        dataloader["worker_init_fn"] = dict(
            type=start_worker,
            num_workers=dataloader.get("num_workers", 0),
            rank=get_rank(),
            seed=seed,
        )
    # The numbered sampler needs the seed, and mmengine gives it none where ranks differ.
    result: DataLoader = Runner.build_dataloader(dataloader, seed, diff_rank_seed=False)
    return result


def start_worker(worker_id: int, **options: Any) -> None:
    """Seed a worker as mmengine does, and let it outlive SIGTERM while the main process needs it."""
    worker_init_fn(worker_id, **options)
    outlive_sigterm()
