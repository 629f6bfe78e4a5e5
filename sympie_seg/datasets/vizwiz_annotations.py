"""VizWiz-Classification: photographs by blind people, 200 classes of ImageNet, labels on the server only."""

from __future__ import annotations

import json
import os.path as osp
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mmengine import fileio

from sympie_seg.datasets.imagenet_wnids import WNIDS

__all__ = ["SOURCE", "VizWizAnnotations", "find_images", "read_annotations"]

SOURCE = "vizwiz.org/tasks-and-datasets/image-classification (annotations.json, and the images of train, val and test)"


@dataclass(frozen=True)
class VizWizAnnotations:
    """What the annotation file holds.

    Attributes:
        category_ids: class numbers of ImageNet-1k that predictions are limited to, sorted.
        images: names of the image files, in the file's order.
    """

    category_ids: tuple[int, ...]
    images: tuple[str, ...]


def read_annotations(path: str | Path) -> VizWizAnnotations:
    """Read ``{"categories": [{"id": 291, "wordnet_id": "n02129165"}, ...], "images": ["VizWiz_val_....jpg", ...]}``.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it holds something else, a category is not ImageNet's, or something occurs twice; the message
            names the file.
    """
    if not fileio.exists(str(path)):
        raise FileNotFoundError(f"no annotation file '{path}'. Get it: {SOURCE}")
    try:
        content = json.loads(fileio.get_text(str(path)))
        categories = {int(c["id"]): str(c.get("wordnet_id", "")) for c in content["categories"]}
        names = [
            image["file_name"] if isinstance(image, Mapping) else image
            for image in content["images"]
        ]
        count = len(content["categories"])
    except (
        *(ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError),
    ) as error:
        raise ValueError(
            f"'{path}' is no annotation file of VizWiz-Classification: expected JSON with \"categories\" (each with "
            f'"id" and "wordnet_id") and "images" (names), got {type(error).__name__}: {error}'
        ) from error
    _check_categories(path, categories, count)
    if not names or not all(isinstance(name, str) for name in names):
        raise ValueError(f"'{path}' lists no image names under \"images\"")
    twice = [name for name, number in Counter(names).items() if number > 1]
    if twice:
        raise ValueError(
            f"'{path}' lists {len(twice)} images more than once, the first '{twice[0]}'"
        )
    return VizWizAnnotations(tuple(sorted(categories)), tuple(names))


def _check_categories(path: str | Path, categories: Mapping[int, str], count: int) -> None:
    if not categories or len(categories) != count:
        raise ValueError(f"'{path}' has no categories, or one of them twice")
    for number, wnid in categories.items():
        if number not in range(len(WNIDS)):
            raise ValueError(
                f"'{path}': category id {number} is no class number of ImageNet-1k, 0 to 999"
            )
        if wnid and wnid != WNIDS[number]:
            raise ValueError(
                f"'{path}': category {number} is '{wnid}', but class {number} of ImageNet-1k is '{WNIDS[number]}': "
                "the ids are not those of the usual order"
            )


def find_images(root: str, names: Sequence[str]) -> list[str]:
    """Find the listed images below a folder, split (``val/VizWiz_val_....jpg``) or flat.

    Returns:
        Their paths relative to ``root``, in the order of ``names``.

    Raises:
        FileNotFoundError: if the folder or an image is missing.
        ValueError: if an image lies there more than once.
    """
    if not fileio.isdir(root or "."):
        raise FileNotFoundError(
            f"folder '{root}' (data_root + data_prefix) does not exist. {_fix(root)}"
        )
    wanted = set(names)
    paths: dict[str, str] = {}
    for path in sorted(fileio.list_dir_or_file(root, list_dir=False, recursive=True)):
        name = osp.basename(path)
        if name not in wanted:
            continue
        if name in paths:
            raise ValueError(
                f"'{name}' lies in '{root}' twice, as '{paths[name]}' and '{path}'; remove one of them"
            )
        paths[name] = path
    missing = [name for name in names if name not in paths]
    if missing:
        raise FileNotFoundError(
            f"{len(missing)} of the {len(names)} images of VizWiz-Classification are not in '{root}', the first "
            f"'{missing[0]}'. {_fix(root)}"
        )
    return [paths[name] for name in names]


def _fix(root: str) -> str:
    return (
        f"Expected {{train,val,test}}/VizWiz_*.jpg, or all of them in one folder, below data_root + data_prefix (now "
        f"'{root}'). Get it: {SOURCE}"
    )
