"""Dark Zurich (Sakaridis et al., ICCV 2019) with a condition."""

from __future__ import annotations

from typing import Any

from mmseg.datasets import DarkZurichDataset
from mmseg.registry import DATASETS

from sympie_seg.datasets.conditions import ConditionMixin
from sympie_seg.datasets.preparation.layouts import DARK_ZURICH

__all__ = ["SyMPIEDarkZurichDataset"]

TIMES = {"train": ("night", "twilight", "day"), "val": ("night",), "test": ("night",)}


@DATASETS.register_module()
class SyMPIEDarkZurichDataset(ConditionMixin, DarkZurichDataset):
    """Dark Zurich from the root of its official tree, without its daytime references.

    The reference of an image ends with ``_ref_rgb_anon.png``, and so with the suffix of the images:
    mmseg's DarkZurichDataset lists it wherever the image folder is set too high. Here the folders
    follow from the split, and references are left out by name besides.

    Args:
        split (str): 'val' (50 images), 'test' (151) or 'train'; only 'val' has public labels.
            Defaults to 'val'.
        time (str): part of the split: 'night', in 'train' also 'twilight' and 'day'. Defaults to
            'night'.
        condition (str, optional): name of the condition in tables. Defaults to None (the time).
        data_root (str): folder that holds ``rgb_anon`` and ``gt``. Defaults to 'data/dark_zurich'.
        data_prefix (dict, optional): other folders, relative to data_root, for a tree that differs.
            Defaults to None (those of split and time).
        **kwargs: as in mmseg's DarkZurichDataset.

    Raises:
        FileNotFoundError: if a folder is missing or holds no image, or an image has no label.
        ValueError: if the split has no such part.
    """

    PREPARATION = DARK_ZURICH

    def __init__(
        self,
        split: str = "val",
        time: str = "night",
        condition: str | None = None,
        data_root: str = "data/dark_zurich",
        data_prefix: dict[str, str] | None = None,
        **kwargs: Any,
    ) -> None:
        if time not in TIMES.get(split, ()):
            parts = "; ".join(f"{name}: {', '.join(times)}" for name, times in TIMES.items())
            raise ValueError(
                f"Dark Zurich has no split {split!r} with time {time!r}; it has {parts}"
            )
        if data_prefix is None:
            data_prefix = dict(img_path=f"rgb_anon/{split}/{time}")
            if split == "val":
                data_prefix["seg_map_path"] = f"gt/{split}/{time}"
        condition = time if condition is None else condition
        super().__init__(
            condition=condition, data_root=data_root, data_prefix=data_prefix, **kwargs
        )
