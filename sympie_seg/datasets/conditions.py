"""What data sets share: the condition of every image, and a check of the files at the start."""

from __future__ import annotations

import os.path as osp
import re
from typing import Any

from mmengine import fileio

__all__ = ["META_KEYS", "ConditionMixin", "check_condition"]

META_KEYS = (
    "img_path", "seg_map_path", "ori_shape", "img_shape", "pad_shape", "scale_factor", "flip",
    "flip_direction", "reduce_zero_label", "condition", "corruption", "severity",
)  # fmt: skip
"""``meta_keys`` for PackSegInputs: its own, then ours. It skips those that an image does not have."""

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


class ConditionMixin:
    """Give every image of a data set a condition, and check the set's files when it is built.

    Put it before a class derived from mmseg's BaseSegDataset. Each entry gets ``condition`` (where
    one is given) and ``data_root``; PackSegInputs passes the condition on if its ``meta_keys`` name
    it (:data:`META_KEYS`).

    Args:
        condition (str, optional): condition of all images of this set, such as 'fog' or 'clean'.
            Defaults to None (none is written).
        **kwargs: as in the data set.

    Raises:
        FileNotFoundError: if a folder is missing or holds no image, or an image has no label.
        ValueError: if the condition cannot be used as a name.
    """

    LAYOUT = "images under data_prefix.img_path and labels under data_prefix.seg_map_path"
    """The expected tree, for messages."""
    REFERENCE_MARK: str | None = None
    """Images whose names hold this are clear-weather references, which have no labels."""

    def __init__(self, condition: str | None = None, **kwargs: Any) -> None:
        self.condition = None if condition is None else check_condition(condition)
        super().__init__(**kwargs)

    def load_data_list(self) -> list[dict]:
        """List the images as the data set does, without references, and check their files."""
        self._check_folders()
        entries = [entry for entry in super().load_data_list() if not self._is_reference(entry)]
        if not entries:
            raise FileNotFoundError(
                f"no image '*{self.img_suffix}' in '{self.data_prefix['img_path']}'; {self._mend()}"
            )
        self._check_files(entries)
        return self.with_condition(entries)

    def with_condition(self, entries: list[dict]) -> list[dict]:
        """Write condition and data root into the entries."""
        for entry in entries:
            entry["data_root"] = self.data_root
            if self.condition is not None:
                entry["condition"] = self.condition
        return entries

    def _is_reference(self, entry: dict) -> bool:
        name = osp.basename(entry["img_path"])
        return self.REFERENCE_MARK is not None and self.REFERENCE_MARK in name

    def _mend(self) -> str:
        return (
            f"expected {self.LAYOUT}; set data_root (now {self.data_root!r}) to the folder that "
            "holds it"
        )

    def _check_folders(self) -> None:
        for option in ("img_path", "seg_map_path"):
            folder = self.data_prefix.get(option)
            if folder and not fileio.isdir(folder, backend_args=self.backend_args):
                raise FileNotFoundError(
                    f"folder '{folder}' (data_root + data_prefix.{option}) does not exist; "
                    f"{self._mend()}"
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
                    f"'{missing[0][key]}' (for image '{missing[0]['img_path']}'); {self._mend()}"
                )
