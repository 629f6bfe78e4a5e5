"""Group test images into table rows (dataset x condition). The condition comes from the dataset, never from paths."""

from __future__ import annotations

import os.path as osp
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mmengine.dataset import ConcatDataset
from mmengine.registry import DATASETS

from sympie_seg.datasets.conditions import check_condition
from sympie_seg.metrics.conditions import check_once
from sympie_seg.streets.manifest import NAME as STREETS_MANIFEST

__all__ = ["ImageGroup", "build_test_set", "group_images"]

_AROUND = re.compile(r"^(Condition|SyMPIE)|Dataset$")
_NOTHING = "need at least one array to concatenate"
_GENERAL = (
    "ConditionClassFolderDataset",
    "BaseSegDataset",
    "BaseDataset",
    "CustomDataset",
    "ConcatDataset",
)


@dataclass
class ImageGroup:
    """The images of one row.

    Attributes:
        dataset: its name in tables, such as 'ACDC'.
        name: the condition, such as 'fog' or 'gaussian_noise-3'.
        splits: which part of the dataset, such as 'val' or 'test (Seq05VD)'; several where parts were joined.
        indices: of its images in the whole test set.
        images: their files, in the same order.
        labels: their label files (None where there are none).
    """

    dataset: str
    name: str
    splits: list[str] = field(default_factory=list)
    indices: list[int] = field(default_factory=list)
    images: list[str] = field(default_factory=list)
    labels: list[str | None] = field(default_factory=list)


def build_test_set(cfg: Mapping[str, Any]) -> Any:
    """Build the test set of a ``test_dataloader``.

    Raises:
        ValueError: if one of its datasets holds no image, and what the dataset itself refuses.
    """
    try:
        dataset = DATASETS.build(cfg["dataset"])
        for part in _parts(dataset):
            part.full_init()
            if len(part) == 0:
                raise ValueError(_NOTHING)
        return dataset
    except ValueError as error:
        # mmengine's BaseDataset fails like this where its list is empty.
        if _NOTHING not in str(error):
            raise
        parts = cfg["dataset"].get("datasets") or [cfg["dataset"]]
        folders = dict.fromkeys(
            f"{p.get('data_root')} {dict(p.get('data_prefix') or {})}" for p in parts
        )
        raise ValueError(
            f"a dataset of test_dataloader holds no image: look at data_root, data_prefix and img_suffix of "
            f"{', '.join(folders)}"
        ) from None


def group_images(dataset: Any, order: Sequence[str] = ()) -> list[ImageGroup]:
    """Sort the images of a test set into rows.

    Args:
        dataset: a dataset, or a ConcatDataset of several.
        order: conditions in the order of the rows; others follow as they come.

    Returns:
        The rows with their images.

    Raises:
        ValueError: if a condition of ``order`` has no image, or an image would be counted twice.
    """
    groups: dict[tuple[str, str], ImageGroup] = {}
    start = 0
    for part in _parts(dataset):
        label, split = _label(part), _split(part)
        for index in range(len(part)):
            entry = part.get_data_info(index)
            name = entry.get("condition") or getattr(part, "condition", None) or "all images"
            group = groups.setdefault((label, name), ImageGroup(label, name))
            if split and split not in group.splits:
                group.splits.append(split)
            group.indices.append(start + index)
            group.images.append(entry["img_path"])
            group.labels.append(entry.get("seg_map_path"))
        start += len(part)
    _check(list(groups.values()), order)
    ranks = {name: index for index, name in enumerate(order)}
    return sorted(groups.values(), key=lambda group: ranks.get(group.name, len(ranks)))


def _parts(dataset: Any) -> Iterator[Any]:
    """The datasets that hold the images, in the order of the whole."""
    if isinstance(dataset, ConcatDataset):
        for part in dataset.datasets:
            yield from _parts(part)
    else:
        yield dataset


def _check(groups: list[ImageGroup], order: Sequence[str]) -> None:
    absent = [name for name in order if name not in {group.name for group in groups}]
    if absent:
        raise ValueError(
            f"no image of condition {', '.join(map(repr, absent))}, which test_evaluator.conditions lists. Add its "
            "dataset to test_dataloader, or leave the condition out of test_evaluator.conditions"
        )
    for group in groups:
        if group.name != "all images":
            check_condition(group.name)
        check_once((group.name, image) for image in group.images)


def _label(part: Any) -> str:
    """What a table calls a dataset: the name of its layout, else of its class or folder."""
    root = Path(getattr(part, "data_root", None) or ".")
    if (root.parent / STREETS_MANIFEST).is_file():
        return "generated streets"  # in the tree of Cityscapes or ACDC
    layout = getattr(part, "PREPARATION", None)
    if layout is not None:
        result: str = layout.name.split(" (")[0]
        return result
    kind = type(part).__name__
    return (root.name if kind in _GENERAL else "") or _AROUND.sub("", kind) or kind


def _split(part: Any) -> str | None:
    """Which part of the dataset: its own split, else the folder of its images that is called after one."""
    split = getattr(part, "split", None)
    if not split:
        prefix = getattr(part, "data_prefix", None) or {}
        folder = osp.relpath(prefix.get("img_path") or ".", getattr(part, "data_root", None) or ".")
        known = ("train", "val", "test", "validation")
        split = next((name for name in folder.split(osp.sep) if name in known), None)
    sequences = getattr(part, "sequences", None)
    return f"{split} ({', '.join(sequences)})" if split and sequences else split or None
