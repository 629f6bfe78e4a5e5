"""ImageNet-C, ImageNet-C-bar and ImageNet-C-mixed as published."""

from __future__ import annotations

import os.path as osp
from typing import Any

from mmengine import fileio
from mmengine.dataset import ConcatDataset
from mmengine.registry import DATASETS as ROOT_DATASETS
from mmpretrain.registry import DATASETS

from sympie_seg.corruptions import GridName
from sympie_seg.datasets.classification.corruption_trees import (
    BENCHMARKS,
    Benchmark,
    find_severity_folder,
)
from sympie_seg.datasets.classification.imagenet import ConditionImageNetDataset
from sympie_seg.datasets.imagenet_wnids import WNID_LABELS

__all__ = ["ImageNetCDataset", "ImageNetCMixedDataset"]

_DEPTH = 3  # folders between the root of ImageNet-C-mixed and the classes' folders, at most


@DATASETS.register_module()
class ImageNetCDataset(ConditionImageNetDataset):
    """One corruption and severity of ImageNet-C or ImageNet-C-bar.

    ``<data_root>/<corruption>/<severity>/<wnid>/*.JPEG``, or the same below ``noise``, ``blur``, ``weather``,
    ``digital``, ``extra`` or another folder. All of them together are a SeverityGridDataset.

    Args:
        corruption (str): such as 'fog'; 'concentric_sine_waves' also where the folder is misspelt.
        severity (int): 1 to 5.
        benchmark (str): 'imagenet-c' or 'imagenet-c-bar'. Defaults to 'imagenet-c'.
        data_root (str): folder of the benchmark.
        subset (bool): whether fewer than 1000 classes and the published 50 000 images are fine. Defaults to False.
        **kwargs: as in ConditionImageNetDataset, without ``condition``, which is '<corruption>-<severity>', and
            ``data_prefix``.

    Raises:
        FileNotFoundError: if the folder is missing or holds no image; the message says what was found.
        ValueError: if there is no such benchmark, corruption or severity, or images or classes are missing.
        BadSampleError: if a file is empty, cut off or no image; a ValueError.
    """

    def __init__(
        self,
        corruption: str,
        severity: int,
        benchmark: str = "imagenet-c",
        data_root: str = "data/imagenet-c",
        **kwargs: Any,
    ) -> None:
        if benchmark not in BENCHMARKS:
            known = ", ".join(BENCHMARKS)
            raise ValueError(f"expected benchmark as one of {known}, got {benchmark!r}")
        self.PREPARATION: Benchmark = BENCHMARKS[benchmark]
        folder = find_severity_folder(data_root, self.PREPARATION, corruption, severity)
        super().__init__(
            condition=str(GridName(corruption, severity)),
            data_root=data_root,
            data_prefix=folder,
            **kwargs,
        )

    def _check_samples(self, samples: list, empty: list[str]) -> None:
        super()._check_samples(samples, [] if self.subset and samples else empty)
        published, count = self.PREPARATION.images, len(samples)
        if not published or count == published or (self.subset and count < published):
            return
        numbers = (
            f"'{self.img_prefix}' holds {count} images, {self.PREPARATION.name} has {published}"
        )
        if count > published:
            raise ValueError(
                f"{numbers}: it holds others too. Unpack it again into an empty folder"
            )
        raise ValueError(
            f"{numbers}: it was not unpacked as a whole. {self._fix()}; or set subset=True"
        )

    def _fix(self) -> str:
        return f"{super()._fix()}. Get it: {self.PREPARATION.source}"


@ROOT_DATASETS.register_module()
class ImageNetCMixedDataset(ConcatDataset):
    """ImageNet-C-mixed, or any tree of copies of ImageNet: each folder of class folders is a condition.

    Its layout (Zenodo 10930713) was not seen by us. So every folder, at most three below ``data_root``, that holds
    folders called by WordNet ids is taken, under its path as the condition: ``mixed`` for ``data_root`` itself,
    ``severity-3`` for ``3``, ``fog-3`` for ``fog/3``.

    Args:
        data_root (str): folder of the benchmark.
        pipeline (list): of every part.
        name (str): the condition where the classes lie right in ``data_root``. Defaults to 'mixed'.
        lazy_init (bool): as in mmengine. Defaults to False.
        **kwargs: of ConditionImageNetDataset, such as ``subset``.

    Raises:
        FileNotFoundError: if there is no such folder; the message says what was found.
        ValueError: as in ConditionImageNetDataset.
    """

    def __init__(
        self, data_root: str, name: str = "mixed", lazy_init: bool = False, **kwargs: Any
    ) -> None:
        folders = _folders_of_classes(data_root)
        parts = [
            ConditionImageNetDataset(
                condition=_condition(folder, name),
                data_root=data_root,
                data_prefix=folder,
                **kwargs,
            )
            for folder in folders
        ]
        super().__init__(parts, lazy_init=lazy_init)


def _folders_of_classes(root: str) -> list[str]:
    if not fileio.isdir(root):
        raise FileNotFoundError(f"folder '{root}' (data_root) does not exist. {_MIXED}")
    level, folders = [""], []
    for _ in range(_DEPTH + 1):
        deeper = []
        for folder in level:
            inside = sorted(
                fileio.list_dir_or_file(osp.join(root, folder), list_file=False, recursive=False)
            )
            if any(name in WNID_LABELS for name in inside):
                folders.append(folder)
            else:
                deeper += [osp.join(folder, name) for name in inside]
        level = deeper
    if not folders:
        raise FileNotFoundError(
            f"no folder called by a WordNet id, such as n01440764, in '{root}' or up to {_DEPTH} folders below it. "
            f"{_MIXED}"
        )
    return sorted(folders)


def _condition(folder: str, name: str) -> str:
    words = folder.split("/") if folder else [name]
    if all(word.isdigit() for word in words):
        words.insert(0, "severity")
    return "-".join(words)


_MIXED = (
    "Expected folders <...>/<wnid>/*.JPEG; get ImageNet-C-mixed from Zenodo 10930713 and set data_root to the "
    "folder that holds them"
)
