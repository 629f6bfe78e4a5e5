"""What datasets share: the condition of every image, and a check of the files at the start."""

from __future__ import annotations

import os.path as osp
import re
from collections.abc import Sequence
from typing import Any

from mmengine import fileio
from mmengine.dataset import Compose
from mmengine.logging import print_log

from sympie_seg.datasets.bad_samples import check_choice
from sympie_seg.datasets.checked_samples import CheckedSamplesMixin
from sympie_seg.datasets.preparation.layouts import Layout
from sympie_seg.utils.folders import is_leftover, is_readable, list_folder

__all__ = ["META_KEYS", "ConditionMixin", "check_condition"]

META_KEYS = (
    "img_path", "seg_map_path", "ori_shape", "img_shape", "pad_shape", "scale_factor", "flip",
    "flip_direction", "reduce_zero_label", "condition", "corruption", "severity",
)  # fmt: skip
"""``meta_keys`` for PackSegInputs: its own, then ours. It skips those that an image does not have.
:class:`~sympie_seg.datasets.transforms.PackSyMPIESegInputs` has them by default."""

_NAME = re.compile(r"\w[\w.-]*")


def check_condition(condition: object) -> str:
    """Return a condition's name if it can serve as part of a metric's name and as a folder.

    Raises:
        ValueError: if it is not letters, digits, ``_``, ``-`` and ``.`` only.
    """
    if not isinstance(condition, str) or not _NAME.fullmatch(condition):
        raise ValueError(
            "expected condition as a name of letters, digits, '_', '-' and '.' (it names metrics "
            f"and folders), got {condition!r}"
        )
    return condition


class ConditionMixin(CheckedSamplesMixin):
    """Give every image of a dataset a condition, and check the set's files, at the start and at each use.

    Put it before a class derived from mmseg's BaseSegDataset. Each entry gets ``condition`` (where
    one is given) and ``data_root``; PackSyMPIESegInputs passes the condition on, and PackSegInputs does if its
    ``meta_keys`` name it (:data:`META_KEYS`). :class:`~sympie_seg.datasets.transforms.CheckLabels` is put behind
    ``LoadAnnotations``.

    Args:
        condition (str, optional): condition of all images of this set, such as 'fog' or 'clean'.
            Defaults to None (none is written).
        bad_sample (str): what happens to a bad image or label in the middle of a training: 'raise', or 'skip' to
            log it by name and draw another one. In validation and testing it is always fatal, since
            a score of other images would be wrong. Defaults to 'raise'.
        early_check (int): how many samples are decoded when the set is built; the ends of all files are looked at
            unless it is 0. Defaults to 8.
        **kwargs: as in the dataset.

    Raises:
        FileNotFoundError: if a folder is missing or holds no image, or an image has no label.
        ValueError: if an option cannot be used.
        BadSampleError: if a file is empty, cut off or no image, or a label is none; a ValueError.
    """

    PREPARATION: Layout | None = None
    """The expected tree, its source and its tool, for messages."""
    LAYOUT = "images under data_prefix.img_path and labels under data_prefix.seg_map_path"
    """The expected tree where there is no PREPARATION."""

    def __init__(
        self,
        condition: str | None = None,
        bad_sample: str = "raise",
        early_check: int = 8,
        **kwargs: Any,
    ) -> None:
        self.condition = None if condition is None else check_condition(condition)
        self.bad_sample, self.early_check = check_choice(bad_sample), int(early_check)
        pipeline = kwargs.pop("pipeline", ())
        super().__init__(**kwargs, pipeline=[])
        self.pipeline = Compose(self._with_label_check(pipeline))

    def load_data_list(self) -> list[dict]:
        """List the images as the dataset does, without references, and check their files."""
        self._check_folders()
        listed = [entry for entry in super().load_data_list() if not self._is_reference(entry)]
        entries = [entry for entry in listed if not self._is_leftover(entry)]
        if not self.ann_file:
            self._tell_left_out("img_path", (self.img_suffix,))
        if not entries:
            raise FileNotFoundError(
                f"no image '*{self.img_suffix}' in '{self.data_prefix['img_path']}'. {self._fix()}"
            )
        self._check_files(entries)
        return self.with_condition(entries)

    def with_condition(self, entries: list[dict]) -> list[dict]:
        """Write condition and data root into the entries, after a look into the files."""
        self._look_into(entries)
        for entry in entries:
            entry["data_root"] = self.data_root
            entry["label_map"] = self._to_own_ignore_index(entry.get("label_map"))
            if self.condition is not None:
                entry["condition"] = self.condition
        return entries

    @classmethod
    def get_label_map(cls, new_classes: Sequence[str] | None = None) -> dict[int, int] | None:
        """As in mmseg.

        Raises:
            ValueError: if a name is none of the dataset's classes, or stands there twice.
        """
        own = cls.METAINFO.get("classes")
        if isinstance(new_classes, (list, tuple)) and own is not None:
            strange = next((name for name in new_classes if name not in own), None)
            if strange is not None:
                raise ValueError(
                    f"metainfo.classes has '{strange}', which is no class of {cls.__name__}: {', '.join(own)}"
                )
            if len(set(new_classes)) < len(new_classes):
                raise ValueError(f"metainfo.classes names a class twice: {', '.join(new_classes)}")
        result: dict[int, int] | None = super().get_label_map(new_classes)
        return result

    def _update_palette(self) -> list:
        """Let the colours follow the names; mmseg keeps their old order where all classes are there in another one."""
        own, palette = self.METAINFO, self._metainfo.get("palette")
        if self.label_map is None or not palette or list(palette) != list(own["palette"]):
            result: list = super()._update_palette()
            return result
        return [own["palette"][own["classes"].index(name)] for name in self._metainfo["classes"]]

    def _to_own_ignore_index(self, label_map: dict[int, int] | None) -> dict[int, int] | None:
        """Let classes that ``metainfo`` leaves out be ignored: mmseg writes 255, whatever is ignored."""
        classes = len(self.metainfo["classes"])
        if not label_map:
            return label_map
        return {old: new if new < classes else self.ignore_index for old, new in label_map.items()}

    def _with_label_check(self, pipeline: Any) -> list:
        """Put CheckLabels behind LoadAnnotations; where test-time augmentation loads labels, the metric checks them."""
        checked = []
        for step in pipeline:
            checked.append(step)
            kind = step.get("type") if isinstance(step, dict) else type(step)
            if kind == "LoadAnnotations" or getattr(kind, "__name__", "") == "LoadAnnotations":
                classes = len(self.metainfo["classes"])
                checked.append(
                    dict(
                        type="CheckLabels",
                        classes=classes,
                        ignore_index=self.ignore_index,
                        fix=self._fix(),
                    )
                )
        return checked

    def _label_values(self) -> set[int]:
        """What label files may hold."""
        own = self.METAINFO.get("classes") or self.metainfo["classes"]
        return {*range(len(own) + bool(self.reduce_zero_label)), self.ignore_index}

    def _is_reference(self, entry: dict) -> bool:
        """Whether an image is a clear-weather reference, which has no label."""
        mark = self.PREPARATION.reference_mark if self.PREPARATION else ""
        return bool(mark) and mark in osp.basename(entry["img_path"])

    def _is_leftover(self, entry: dict) -> bool:
        """Whether an image lies in a hidden folder and the like, such as .ipynb_checkpoints; mmengine lists these."""
        below = osp.relpath(entry["img_path"], self.data_prefix.get("img_path") or self.data_root)
        return is_leftover(below.removeprefix(osp.pardir)) is not None

    def _tell_left_out(self, option: str, suffixes: tuple[str, ...]) -> None:
        """Name what is left out in a folder; refuse links to nothing and the like under names that are wanted."""
        folder = self.data_prefix.get(option)
        if not folder or not osp.isdir(folder):  # of another file backend
            return
        listing = list_folder(folder, is_readable)
        if lost := listing.lost(suffixes):
            raise FileNotFoundError(
                f"{len(lost)} files or folders below '{folder}' (data_prefix.{option}) are links to nothing or cannot "
                f"be read, the first '{lost[0]}'. {self._fix()}"
            )
        for remark in listing.remarks():
            print_log(remark, logger="current")

    def _fix(self) -> str:
        where = f"set data_root (now {self.data_root!r}) to the folder that holds it"
        if self.PREPARATION is None:
            return f"expected {self.LAYOUT}; {where}"
        own = self.PREPARATION
        return (
            f"Expected {' and '.join(own.tree)}; {where}. Get it: {own.source}. Check and fix it: "
            f"sympie-seg convert-dataset {own.tool.replace('_', '-')} {self.data_root}"
        )

    def _check_folders(self) -> None:
        for option in ("img_path", "seg_map_path"):
            folder = self.data_prefix.get(option)
            if folder and not fileio.isdir(folder, backend_args=self.backend_args):
                raise FileNotFoundError(
                    f"folder '{folder}' (data_root + data_prefix.{option}) does not exist. "
                    f"{self._fix()}"
                )

    def _check_files(self, entries: list[dict]) -> None:
        """Check all names against one listing per folder; mmseg would fail in mid-run."""
        for key, kind in (("img_path", "image"), ("seg_map_path", "label")):
            folder = self.data_prefix.get(key)
            if not folder:
                continue
            listing = fileio.list_dir_or_file(
                folder, list_dir=False, recursive=True, backend_args=self.backend_args
            )
            known = {osp.normpath(osp.join(folder, name)) for name in listing}
            missing = [e for e in entries if osp.normpath(e[key]) not in known]
            if missing:
                raise FileNotFoundError(
                    f"{len(missing)} of {len(entries)} images have no {kind} file, the first "
                    f"'{missing[0][key]}' (for image '{missing[0]['img_path']}'). {self._fix()}"
                )
