"""ACDC, the adverse conditions data set (Sakaridis et al., ICCV 2021), in its official tree."""

from __future__ import annotations

import os.path as osp
from typing import Any

from mmseg.datasets import CityscapesDataset
from mmseg.registry import DATASETS

from sympie_seg.datasets.conditions import ConditionMixin

__all__ = ["ACDC_CONDITIONS", "ACDCDataset"]

ACDC_CONDITIONS = ("fog", "night", "rain", "snow")
SPLITS = ("train", "val", "test")


@DATASETS.register_module()
class ACDCDataset(ConditionMixin, CityscapesDataset):
    """One condition of ACDC, with the 19 classes and the palette of Cityscapes.

    The clear-weather references lie in folders of their own (``<split>_ref``) and are never listed.
    All four conditions together are a ConcatDataset of four of these.

    Args:
        condition (str): 'fog', 'night', 'rain' or 'snow'.
        split (str): 'train' (400 images each), 'val' (100, night 106) or 'test' (500; without
            public labels, for submissions with ``format_only``). Defaults to 'val'.
        data_root (str): folder that holds ``rgb_anon`` and ``gt``. Defaults to 'data/acdc'.
        data_prefix (dict, optional): other folders, relative to data_root, for a tree that differs.
            Defaults to None (those of condition and split).
        **kwargs: as in mmseg's BaseSegDataset, except the suffixes.

    Raises:
        FileNotFoundError: if a folder is missing or holds no image, or an image has no label.
        ValueError: if the condition or the split is unknown.
    """

    LAYOUT = (
        "ACDC's official tree rgb_anon/<condition>/<split>/<sequence>/*_rgb_anon.png and "
        "gt/<condition>/<split>/<sequence>/*_gt_labelTrainIds.png"
    )
    REFERENCE_MARK = "_ref"

    def __init__(
        self,
        condition: str,
        split: str = "val",
        data_root: str = "data/acdc",
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
        if data_prefix is None:
            data_prefix = dict(img_path=f"rgb_anon/{condition}/{split}")
            if split != "test":
                data_prefix["seg_map_path"] = f"gt/{condition}/{split}"
        super().__init__(
            condition=condition,
            data_root=data_root,
            data_prefix=data_prefix,
            img_suffix="_rgb_anon.png",
            seg_map_suffix="_gt_labelTrainIds.png",
            **kwargs,
        )

    def _mend(self) -> str:
        if osp.isdir(osp.join(self.data_root, "rgb_anon", self.split)):
            return (
                f"'{self.data_root}' has the flat layout rgb_anon/{self.split} of domain-adaptation "
                "code, which no longer tells conditions apart; scores by condition need "
                f"{self.LAYOUT}: unpack the archives of ACDC anew into a folder of their own"
            )
        return super()._mend()
