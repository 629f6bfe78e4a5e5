"""ACDC, the adverse conditions dataset (Sakaridis et al., ICCV 2021), in its official tree or a flat copy."""

from __future__ import annotations

import os.path as osp
from typing import Any

from mmseg.datasets import CityscapesDataset
from mmseg.registry import DATASETS

from sympie_seg.datasets.conditions import ConditionMixin
from sympie_seg.datasets.preparation.layouts import ACDC
from sympie_seg.utils.foreign import read_text

__all__ = ["ACDC_CONDITIONS", "ACDCDataset"]

ACDC_CONDITIONS = ("fog", "night", "rain", "snow")
SPLITS = ("train", "val", "test")


@DATASETS.register_module()
class ACDCDataset(ConditionMixin, CityscapesDataset):
    """One condition of ACDC, with the 19 classes and the palette of Cityscapes.

    The clear-weather references lie in folders of their own (``<split>_ref``) and are never listed.
    All four conditions together are a ConcatDataset of four of these.

    Code for domain adaptation often has a flat copy, ``rgb_anon/<split>/<sequence>``, whose folders no longer tell
    conditions apart. There a list says which images are of this condition: ``condition_list``, made by
    ``sympie-seg convert-dataset acdc --write-lists``. A list works on the official tree too, for a part of it.

    Args:
        condition (str): 'fog', 'night', 'rain' or 'snow'.
        split (str): 'train' (400 images each), 'val' (100, night 106) or 'test' (500; without
            public labels, for submissions with ``format_only``). Defaults to 'val'.
        data_root (str): folder that holds ``rgb_anon`` and ``gt``. Defaults to 'data/acdc'.
        condition_list (str, optional): text file with one image name a line, without folder and suffix, relative to
            data_root. Defaults to None: in a flat copy ``lists/<condition>_<split>.txt``, else none.
        data_prefix (dict, optional): other folders, relative to data_root, for a tree that differs.
            Defaults to None (those of condition and split).
        **kwargs: as in mmseg's BaseSegDataset, except the suffixes; ``bad_sample`` and ``early_check`` of
            ConditionMixin.

    Raises:
        FileNotFoundError: if a folder is missing or holds no image, or an image has no label.
        ValueError: if the condition or the split is unknown.
    """

    PREPARATION = ACDC

    def __init__(
        self,
        condition: str,
        split: str = "val",
        data_root: str = "data/acdc",
        condition_list: str | None = None,
        data_prefix: dict[str, str] | None = None,
        **kwargs: Any,
    ) -> None:
        for option, value, known in (
            ("condition", condition, ACDC_CONDITIONS),
            ("split", split, SPLITS),
        ):
            if value not in known:
                raise ValueError(f"ACDC has no {option} {value!r}; use one of: {', '.join(known)}")
        self.split = split
        flat = data_prefix is None and _is_flat(data_root, condition, split)
        if flat and condition_list is None:
            condition_list = f"lists/{condition}_{split}.txt"
        self.condition_list, self.flat = condition_list, flat
        if data_prefix is None:
            part = split if flat else f"{condition}/{split}"
            data_prefix = dict(img_path=f"rgb_anon/{part}")
            if split != "test":
                data_prefix["seg_map_path"] = f"gt/{part}"
        super().__init__(
            condition=condition,
            data_root=data_root,
            data_prefix=data_prefix,
            img_suffix="_rgb_anon.png",
            seg_map_suffix="_gt_labelTrainIds.png",
            **kwargs,
        )

    def load_data_list(self) -> list[dict]:
        """List the images of the condition.

        Raises:
            FileNotFoundError: if the list is missing, or an image that it names.
        """
        self._listed = None if self.condition_list is None else self._read_list(self.condition_list)
        entries = super().load_data_list()
        if self._listed is not None:
            absent = self._listed - {_stem(entry) for entry in entries}
            if absent:
                raise FileNotFoundError(
                    f"{len(absent)} of {len(self._listed)} images that '{self.condition_list}' (condition_list) names "
                    f"are not in '{self.data_prefix['img_path']}', the first '{min(absent)}'. {self._fix()}"
                )
        return entries

    def _is_reference(self, entry: dict) -> bool:
        """Leave out what is not of this condition too, before its files are looked at."""
        unlisted = self._listed is not None and _stem(entry) not in self._listed
        return unlisted or super()._is_reference(entry)

    def _read_list(self, name: str) -> set[str]:
        path = osp.join(self.data_root, name)
        if not osp.isfile(path):
            reason = (
                f"'{self.data_root}' is a flat copy (rgb_anon/{self.split}/<sequence>), whose folders do not tell the "
                f"conditions apart. Scores by condition need the list '{path}' (condition_list)"
                if self.flat
                else f"the list '{path}' (condition_list) does not exist"
            )
            raise FileNotFoundError(
                f"{reason}. Make the lists from an official tree: sympie-seg convert-dataset acdc "
                f"{self.data_root} --write-lists {osp.dirname(path)} --lists-from OFFICIAL_TREE. Without one, scores "
                "by condition cannot be had: unpack the archives of ACDC again into a folder of their own"
            )
        return {line.strip() for line in read_text(path).splitlines() if line.strip()}


def _is_flat(data_root: str, condition: str, split: str) -> bool:
    images = osp.join(data_root, "rgb_anon")
    return not osp.isdir(osp.join(images, condition)) and osp.isdir(osp.join(images, split))


def _stem(entry: dict) -> str:
    result: str = osp.basename(entry["img_path"]).removesuffix("_rgb_anon.png")
    return result
