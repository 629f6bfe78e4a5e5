"""How many images the publishers say each part of a dataset has."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "ACDC_FLAT_PARTS",
    "ACDC_PARTS",
    "CAMVID_PARTS",
    "CITYSCAPES_PARTS",
    "DARK_ZURICH_PARTS",
    "NIGHTTIME_DRIVING_PARTS",
    "Part",
]


@dataclass(frozen=True)
class Part:
    """One split of a dataset, under one condition where the set has conditions.

    Attributes:
        split: such as "val".
        condition: such as "fog"; empty where the set has none.
        images: published number of images, or None if it is not known for certain.
        labelled: whether every image has a public label.
        references: published number of clear-weather references, or None if not known for certain.
    """

    split: str
    condition: str = ""
    images: int | None = None
    labelled: bool = True
    references: int | None = None

    @property
    def name(self) -> str:
        """Split and condition, for messages."""
        return f"{self.split} {self.condition}".strip()


# The labels of the test split in the archive are dummies: everything in them is ignored.
CITYSCAPES_PARTS = (
    Part("train", images=2975),
    Part("val", images=500),
    Part("test", images=1525, labelled=False),
)

_ACDC = {
    "train": dict(fog=400, night=400, rain=400, snow=400),
    "val": dict(fog=100, night=106, rain=100, snow=100),
    "test": dict(fog=500, night=500, rain=500, snow=500),
}

# ACDC has one reference for every adverse image.
ACDC_PARTS = tuple(
    Part(split, condition, count, labelled=split != "test", references=count)
    for split, counts in _ACDC.items()
    for condition, count in counts.items()
)

ACDC_FLAT_PARTS = tuple(
    Part(
        split,
        images=sum(counts.values()),
        labelled=split != "test",
        references=sum(counts.values()),
    )
    for split, counts in _ACDC.items()
)

DARK_ZURICH_PARTS = (
    Part("train", "night", 2416, labelled=False),
    Part("train", "twilight", 2920, labelled=False),
    Part("train", "day", 3041, labelled=False),
    Part("val", "night", 50),
    Part("test", "night", 151, labelled=False),
)

CAMVID_PARTS = (Part("train", images=367), Part("val", images=101), Part("test", images=233))

# 50 is often said, but the publisher's own number was not seen: so it is not checked.
NIGHTTIME_DRIVING_PARTS = (Part("test", "night"),)
