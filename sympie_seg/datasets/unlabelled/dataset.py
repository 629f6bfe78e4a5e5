"""A dataset over any folder tree of pictures, for training and validation without labels."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from typing import Any

from mmengine.dataset import BaseDataset
from mmengine.logging import print_log
from mmengine.registry import DATASETS

from sympie_seg.datasets.bad_samples import BadSampleError, check_choice
from sympie_seg.datasets.checked_samples import CheckedSamplesMixin
from sympie_seg.datasets.conditions import check_condition
from sympie_seg.datasets.preparation.image_files import Fault
from sympie_seg.datasets.unlabelled.faults import find_faults
from sympie_seg.datasets.unlabelled.listing import list_pictures
from sympie_seg.datasets.unlabelled.near_duplicates import look_alikes, near_in_order, spread_out
from sympie_seg.datasets.unlabelled.parts import Split, group_pictures, split_pictures
from sympie_seg.utils.escaping import printable

__all__ = ["UnlabelledImages"]

_NAMED = 10  # bad files that a message names


@DATASETS.register_module()
class UnlabelledImages(CheckedSamplesMixin, BaseDataset):
    """All pictures of a folder and of the folders below it, without labels; for networks of mmseg and mmpretrain.

    Links are followed; hidden files and files of operating systems are left out and counted in the log. An entry has
    ``img_path``, ``data_root`` and, where one is given, ``condition``. For an enhancer that is trained without labels::

        dict(
            type='UnlabelledImages',
            data_root='pictures',
            split=dict(part='train', holdout=0.1, by='sequence'),
            pipeline=[
                dict(type='LoadImageFromFile'),
                dict(type='RandomScaleCrop', scale_range=(1.1, 2.0), crop_size=(384, 512)),
                dict(type='RandomCorruption', keep_clean=True),
                dict(type='PackSyMPIESegInputs')])

    Args:
        data_root (str): the folder; must be given.
        pipeline (Sequence): as in mmengine. Defaults to ().
        split (dict, optional): options of :class:`~sympie_seg.datasets.unlabelled.parts.Split`: ``part`` ('train' or
            'val'), ``holdout`` (share), ``by`` ('folder', 'sequence' or 'file'), ``seed``, ``pattern``. Defaults to
            None, all pictures.
        include (str | Sequence[str]): globs for paths below the folder, such as ``'0016E5_*'``
            (:func:`~sympie_seg.datasets.unlabelled.listing.list_pictures`). Defaults to (), all.
        exclude (str | Sequence[str]): the same for what is left out. Defaults to ().
        limit (int, optional): use no more than so many, evenly spaced. Defaults to None.
        condition (str, optional): condition of all images, for tables by condition. Defaults to None.
        classes_of (str, optional): a registered dataset, such as 'CityscapesDataset', whose class names and colours
            are those of the network, for pictures of predictions. Defaults to None.
        metainfo (Mapping, optional): as in mmengine, over ``classes_of``. Defaults to None.
        bad_sample (str): 'raise' to stop at a bad file; 'skip' to leave out those that the check at the start finds,
            by name, and in training to draw another picture for those that are found later. Defaults to 'raise'.
        early_check (int): how many pictures are decoded when the set is built; the ends of up to 5000 files are
            looked at unless it is 0. Defaults to 8.
        duplicate_check (int): how many pictures are compared to warn of such that are almost the same, in this part
            and between the parts; 0 for no comparison. Defaults to 128.
        **kwargs: as in mmengine's BaseDataset.

    Attributes:
        listing (Listing): what the folder holds.
        duplicates (dict[str, list]): pairs of pictures that are almost the same, 'inside' this part and 'between' the
            parts.

    Raises:
        FileNotFoundError: if the folder is missing or no picture is left.
        ValueError: if an option cannot be used, or there is one group only, of which nothing can be held out.
        BadSampleError: if files are empty, cut off or no pictures; a ValueError.
    """

    def __init__(
        self,
        data_root: str | os.PathLike[str] | None = None,
        pipeline: Sequence = (),
        split: Mapping[str, Any] | None = None,
        include: str | Sequence[str] = (),
        exclude: str | Sequence[str] = (),
        limit: int | None = None,
        condition: str | None = None,
        classes_of: str | None = None,
        metainfo: Mapping[str, Any] | None = None,
        bad_sample: str = "raise",
        early_check: int = 8,
        duplicate_check: int = 128,
        **kwargs: Any,
    ) -> None:
        if data_root is None:
            raise ValueError(
                "UnlabelledImages needs data_root, a folder of pictures: --cfg-options "
                "train_dataloader.dataset.data_root=FOLDER val_dataloader.dataset.data_root=FOLDER"
            )
        self.split = None if split is None else Split.from_options(split)
        self.include, self.exclude = include, exclude
        if limit is not None and limit < 1:
            raise ValueError(f"expected limit as a number from 1, or None for all, got {limit!r}")
        self.limit = limit
        self.condition = None if condition is None else check_condition(condition)
        self.bad_sample, self.early_check = check_choice(bad_sample), int(early_check)
        self.duplicate_check = int(duplicate_check)
        self.duplicates: dict[str, list[tuple[str, str]]] = {"inside": [], "between": []}
        meta = {**_metainfo_of(classes_of), **(metainfo or {})}
        root = os.path.expanduser(os.fspath(data_root))
        super().__init__(data_root=root, pipeline=list(pipeline), metainfo=meta, **kwargs)

    def load_data_list(self) -> list[dict]:
        """List the pictures of this part and look into their files."""
        self.listing = list_pictures(self.data_root, self.include, self.exclude)
        paths = self.listing.pictures
        others: list[str] = []
        if self.split is not None:
            paths, others = split_pictures(paths, self.split)
        used = paths if self.limit is None else spread_out(paths, self.limit)
        print_log(self._summary(paths, used), logger="current")
        entries = [self._entry(path) for path in used]
        entries = self._without_faults(entries)
        self._compare(used, others)
        return entries

    def _entry(self, path: str) -> dict:
        entry = dict(img_path=self._full(path), data_root=self.data_root)
        if self.condition is not None:
            entry["condition"] = self.condition
        return entry

    def _full(self, path: str) -> str:
        return os.path.join(self.data_root, *path.split("/"))

    def _summary(self, paths: list[str], used: list[str]) -> str:
        listing = self.listing
        text = f"'{printable(self.data_root)}': {len(listing.pictures)} pictures"
        if self.split is not None:
            groups = group_pictures(listing.pictures, self.split)
            text += (
                f" in {len(groups)} groups by {self.split.unit}; part '{self.split.part}' has {len(paths)} of them "
                f"({len(paths) / len(listing.pictures):.0%})"
            )
        if len(used) < len(paths):
            text += f"; {len(used)} of them are used (limit={self.limit})"
        left_out = listing.describe_left_out()
        return f"{text}; left out: {left_out}" if left_out else text

    def _without_faults(self, entries: list[dict]) -> list[dict]:
        """Check the files; bad ones end the run or, with ``bad_sample='skip'``, are left out.

        Raises:
            BadSampleError: with the names of the first bad files.
        """
        if self.early_check <= 0:
            return entries
        faults = find_faults(entries, self.early_check)
        if not faults:
            return entries
        names = "; ".join(f"'{printable(str(f.path))}' {f.reason}" for f in faults[:_NAMED])
        more = f" ({len(faults) - _NAMED} more such files)" if len(faults) > _NAMED else ""
        if self.bad_sample == "raise":
            raise BadSampleError(f"{names}{more}. {self._fix()}")
        print_log(f"Left out: {names}{more}", logger="current", level=logging.WARNING)
        bad = {str(fault.path) for fault in faults}
        kept = [entry for entry in entries if entry["img_path"] not in bad]
        if not kept:
            raise BadSampleError(f"no picture is left: {names}{more}")
        return kept

    def _compare(self, used: list[str], others: list[str]) -> None:
        """Warn of pictures that are almost the same."""
        count = self.duplicate_check
        if count <= 0:
            return
        own = spread_out(used, count // 2 or 1)
        sample = list(dict.fromkeys((*own, *near_in_order(own, used))))
        self.duplicates["inside"] = self._look_alikes(sample, sample)
        if others:
            near = near_in_order(own, others)
            self.duplicates["between"] = self._look_alikes(
                own, list(dict.fromkeys((*near, *spread_out(others, count))))
            )
        for where, pairs in self.duplicates.items():
            if pairs:
                looked_at = sample if where == "inside" else own
                print_log(
                    self._about_duplicates(where, pairs, len(looked_at)),
                    logger="current",
                    level=logging.WARNING,
                )

    def _look_alikes(self, first: list[str], second: list[str]) -> list[tuple[str, str]]:
        full = {self._full(path): path for path in (*first, *second)}
        pairs = look_alikes([*map(self._full, first)], [*map(self._full, second)])
        return [(full[one], full[other]) for one, other in pairs]

    def _about_duplicates(self, where: str, pairs: list[tuple[str, str]], count: int) -> str:
        one, other = (f"'{printable(path)}'" for path in pairs[0])
        text = (
            f"'{printable(self.data_root)}': {len(pairs)} of {count} pictures that were compared look almost like "
            f"another one "
        )
        if where == "inside":
            return f"{text}of the same part (the first: {one} and {other}): there is less variety than files"
        return (
            f"{text}of the other part (the first: {one} and {other}): the held-out pictures are not new to the "
            "training. Keep scenes together with split.by='folder' or 'sequence' (now "
            f"{self.split and self.split.by!r}) or split.pattern, or leave the copies out (exclude)"
        )

    def _find_fault(
        self, entries: Sequence[dict], decoded: int, whole: int
    ) -> tuple[Fault, int] | None:
        faults = find_faults(entries, decoded, whole)
        return (faults[0], len(faults)) if faults else None

    def _fix(self) -> str:
        return (
            "Replace or remove such files, leave them out by exclude='NAME', or set bad_sample='skip' to leave out "
            "what cannot be read"
        )


def _metainfo_of(name: str | None) -> dict[str, Any]:
    """Give the class names and colours of a registered dataset.

    Raises:
        ValueError: if there is no such dataset, or it names no classes.
    """
    if name is None:
        return {}
    with DATASETS.switch_scope_and_registry(None) as registry:
        dataset = registry.get(name)
    meta = getattr(dataset, "METAINFO", None) or {}
    if not meta.get("classes"):
        raise ValueError(
            f"classes_of={name!r} is no registered dataset with class names; set metainfo=dict(classes=..., "
            "palette=...) instead, or leave it out"
        )
    return {key: meta[key] for key in ("classes", "palette") if key in meta}
