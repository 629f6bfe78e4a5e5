"""Classes of one dataset in terms of another's: a network can be scored on labels that it was not trained with."""

from __future__ import annotations

from collections.abc import Sequence

from mmseg.datasets import CityscapesDataset

from sympie_seg.datasets.camvid import CamVidDataset

__all__ = ["CLASS_MAPPINGS", "class_indices", "mapped_classes"]

#: By name: the source dataset's classes, the target's, and the target class of each source class.
CLASS_MAPPINGS: dict[str, tuple[Sequence[str], Sequence[str], dict[str, str]]] = {
    "cityscapes_to_camvid": (
        CityscapesDataset.METAINFO["classes"],
        CamVidDataset.METAINFO["classes"],
        {
            "road": "road",
            "sidewalk": "pavement",
            "building": "building",
            "wall": "building",
            "fence": "fence",
            "pole": "pole",
            "traffic light": "sign symbol",
            "traffic sign": "sign symbol",
            "vegetation": "tree",
            "terrain": "tree",
            "sky": "sky",
            "person": "pedestrian",
            "rider": "bicyclist",
            "car": "car",
            "truck": "car",
            "bus": "car",
            "train": "car",
            "motorcycle": "bicyclist",
            "bicycle": "bicyclist",
        },
    ),
}


def class_indices(name: str) -> list[int]:
    """Give the target's class index of each source class, in the source's order.

    Args:
        name: a key of :data:`CLASS_MAPPINGS`.

    Raises:
        ValueError: if there is no mapping of this name.
    """
    source, target, pairs = _mapping(name)
    return [list(target).index(pairs[class_name]) for class_name in source]


def mapped_classes(name: str) -> tuple[str, ...]:
    """Give the names of the target's classes; raises as :func:`class_indices`."""
    return tuple(_mapping(name)[1])


def _mapping(name: str) -> tuple[Sequence[str], Sequence[str], dict[str, str]]:
    if name not in CLASS_MAPPINGS:
        raise ValueError(f"unknown class mapping {name!r}; there are: {', '.join(CLASS_MAPPINGS)}")
    return CLASS_MAPPINGS[name]
