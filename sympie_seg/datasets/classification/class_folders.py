"""Classification from a folder for each class, or a list of files; every image gets a condition."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Any
from weakref import WeakValueDictionary

from mmengine import fileio
from mmpretrain.datasets import CustomDataset
from mmpretrain.datasets.custom import find_folders, get_samples
from mmpretrain.registry import DATASETS

from sympie_seg.datasets.bad_samples import check_choice
from sympie_seg.datasets.checked_samples import CheckedSamplesMixin
from sympie_seg.datasets.conditions import check_condition
from sympie_seg.datasets.early_checks import find_fault, spread
from sympie_seg.datasets.preparation.image_files import Fault
from sympie_seg.utils.folders import is_leftover

__all__ = ["ConditionClassFolderDataset"]

_LOOKED_AT = (
    2000  # files whose ends are looked at when the set is built; all of them when they are loaded
)
_LISTINGS: WeakValueDictionary[tuple, _Listing] = WeakValueDictionary()


class _Listing:
    """The images of one folder, listed, looked into and serialised once: a grid has dozens of sets of one folder."""

    def __init__(self, samples: list[tuple[str, int]]) -> None:
        self.samples = samples
        self.looked_into = False
        self.serialized: dict[str, tuple] = {}


@DATASETS.register_module()
class ConditionClassFolderDataset(CheckedSamplesMixin, CustomDataset):
    """mmpretrain's CustomDataset, with a condition for every image and a check of the files.

    ``<data_root>/<data_prefix>/<class>/**/<image>``, or an ``ann_file`` with lines ``<image> <class number>``. Each
    entry gets ``condition`` (where one is given) and ``data_root``; PackSyMPIEInputs passes them on, and PackInputs
    does if its ``meta_keys`` name them.

    Args:
        condition (str, optional): condition of all images of this set, such as 'clean' or 'fog-3'. Defaults to None.
        bad_sample (str): what happens to a bad image in the middle of a training: 'raise', or 'skip' to log it by name
            and draw another one; in validation and testing it is always fatal. Defaults to 'raise'.
        early_check (int): how many images are decoded when the set is built; the ends of up to 2000 files are looked
            at unless it is 0. Defaults to 8.
        include (str | Sequence[str]): globs for the class folders, such as ``'n*[789]'`` or ``('cat*', 'dog')``; a
            folder must match one of them, if there are any. Defaults to (), all folders.
        **kwargs: as in mmpretrain's CustomDataset. ``classes`` or ``metainfo`` may name the classes, in the order of
            their numbers: then the folders must be these. Otherwise they are the folders, sorted.

    Raises:
        FileNotFoundError: if the folder is missing or holds no image.
        ValueError: if folders and classes differ, or an option cannot be used.
        BadSampleError: if a file is empty, cut off or no image; a ValueError.
    """

    LAYOUT = "<data_root>/<data_prefix>/<class>/<image>"

    def __init__(
        self,
        condition: str | None = None,
        bad_sample: str = "raise",
        early_check: int = 8,
        include: str | Sequence[str] = (),
        **kwargs: Any,
    ) -> None:
        self.include = (include,) if isinstance(include, str) else tuple(include)
        self.condition = None if condition is None else check_condition(condition)
        self.bad_sample, self.early_check = check_choice(bad_sample), int(early_check)
        self._listing: _Listing | None = None
        super().__init__(**kwargs)

    def load_data_list(self) -> list[dict]:
        """List the images and their classes, and look into the files."""
        if not fileio.isdir(self.img_prefix or "."):
            raise FileNotFoundError(
                f"folder '{self.img_prefix.rstrip('/')}' (data_root + data_prefix) does not exist. {self._fix()}"
            )
        entries = super().load_data_list()
        if not (self._listing and self._listing.looked_into):
            self._look_into(entries)
        if self._listing:
            self._listing.looked_into = True
        result: list[dict] = entries
        return result

    def get_data_info(self, idx: int) -> dict:
        """Give the entry of an image, with its condition and the data root.

        Args:
            idx (int): of the image.
        """
        entry = super().get_data_info(idx)
        entry["data_root"] = self.data_root
        if self.condition is not None:
            entry["condition"] = self.condition
        result: dict = entry
        return result

    def labels_by_folder(self, folders: Sequence[str]) -> dict[str, int]:
        """Give the class number of every folder, and set the names of the classes where there are none.

        Args:
            folders: names below ``data_prefix``, sorted.

        Raises:
            ValueError: if they are not the classes.
        """
        if self.CLASSES is None:
            self._metainfo["classes"] = tuple(folders)
        expected, present = set(self.CLASSES), set(folders)
        if expected != present:
            raise ValueError(
                f"'{self.img_prefix}' should have a folder for each class: {_differences(expected, present)}. "
                f"{self._fix()}"
            )
        return {name: label for label, name in enumerate(self.CLASSES)}

    def is_valid_file(self, filename: str) -> bool:
        """Whether a file below a class folder is a picture, and of no operating system's making (``@eaDir/a.jpg``).

        Args:
            filename (str): relative to the class folder.
        """
        return super().is_valid_file(filename) and not is_leftover(filename)

    def _find_samples(self) -> list[tuple[str, int]]:
        """List (path below the prefix, class number); asked for by the parent where there is no ``ann_file``."""
        if not self.with_label:
            result: list[tuple[str, int]] = super()._find_samples()
            return result
        folders = self._included(
            [name for name in find_folders(self.img_prefix)[0] if not is_leftover(name)]
        )
        labels = self.labels_by_folder(folders)
        key = (self.img_prefix, tuple(sorted(labels.items())), tuple(sorted(self.extensions)))
        self._listing = _LISTINGS.get(key)
        if self._listing is None:
            samples, empty = get_samples(self.img_prefix, labels, self.is_valid_file)
            self._check_samples(samples, sorted(empty))
            self._listing = _LISTINGS[key] = _Listing(samples)
        return self._listing.samples

    def _included(self, folders: list[str]) -> list[str]:
        """Keep the class folders that one of the globs names."""
        if not self.include:
            return folders
        kept = [name for name in folders if any(fnmatchcase(name, glob) for glob in self.include)]
        if not kept:
            raise FileNotFoundError(
                f"none of the {len(folders)} class folders of '{self.img_prefix}' passes include={self.include!r}"
            )
        return kept

    def _check_samples(self, samples: list, empty: list[str]) -> None:
        if not samples:
            raise FileNotFoundError(
                f"no image ({', '.join(sorted(self.extensions))}) in the class folders of '{self.img_prefix}'. "
                f"{self._fix()}"
            )
        if empty:
            raise FileNotFoundError(
                f"{len(empty)} class folders of '{self.img_prefix}' hold no image, the first '{empty[0]}'. "
                f"{self._fix()}"
            )

    def _serialize_data(self) -> tuple:
        """Serialise as mmengine does, once for all sets of this folder and this part of it."""
        if self._listing is None:
            result: tuple = super()._serialize_data()
            return result
        part = repr(self._indices)
        if part not in self._listing.serialized:
            self._listing.serialized[part] = super()._serialize_data()
        self.data_list.clear()
        return self._listing.serialized[part]

    def _find_fault(
        self, entries: Sequence[dict], decoded: int, whole: int
    ) -> tuple[Fault, int] | None:
        return find_fault(spread(entries, _LOOKED_AT), (), decoded, whole)

    def _fix(self) -> str:
        return f"Expected {self.LAYOUT}; set data_root (now {self.data_root!r}) to the folder that holds it"


def _differences(expected: set[str], present: set[str]) -> str:
    """Say which names are missing and which are too many."""
    messages = []
    for names, what in ((expected - present, "missing"), (present - expected, "unknown")):
        if names:
            of = f" of {len(expected)}" if what == "missing" else ""
            messages.append(f"{len(names)}{of} {what}, the first '{min(names)}'")
    return ", ".join(messages)
