"""ImageNet-1k in folders called by WordNet ids, whole or in part."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mmpretrain.datasets import ImageNet
from mmpretrain.registry import DATASETS

from sympie_seg.datasets.classification.class_folders import ConditionClassFolderDataset
from sympie_seg.datasets.imagenet_wnids import WNID_LABELS

__all__ = ["ConditionImageNetDataset"]

_TRAPS = {"train", "val", "test"}


@DATASETS.register_module()
class ConditionImageNetDataset(ConditionClassFolderDataset):
    """ImageNet-1k: ``<data_root>/<data_prefix>/<wnid>/*.JPEG``, or flat with an ``ann_file``.

    The class number comes from the folder's name, never from its place among the folders that happen to be there.

    Args:
        subset (bool): whether fewer than the 1000 classes are fine. Defaults to False: a folder that is missing is an
            error, since the score would be that of another benchmark.
        condition (str, optional): as in ConditionClassFolderDataset. Defaults to 'clean'.
        **kwargs: as there.

    Raises:
        FileNotFoundError: if a folder is missing or holds no image.
        ValueError: if a folder is no class of ImageNet-1k, or classes are missing without ``subset``.
        BadSampleError: if a file is empty, cut off or no image; a ValueError.
    """

    METAINFO = ImageNet.METAINFO
    LAYOUT = "<data_root>/<data_prefix>/<wnid>/*.JPEG with the 1000 folders n01440764 to n15075141"

    def __init__(
        self, subset: bool = False, condition: str | None = "clean", **kwargs: Any
    ) -> None:
        self.subset = subset
        super().__init__(condition=condition, **kwargs)

    def labels_by_folder(self, folders: Sequence[str]) -> dict[str, int]:
        """Give the class number of every folder by its WordNet id."""
        unknown = [name for name in folders if name not in WNID_LABELS]
        if unknown or not folders:
            where = f"'{self.img_prefix}' holds {self._describe_unknown(unknown)}"
            raise ValueError(f"{where}, where folders called by WordNet ids belong. {self._fix()}")
        missing = sorted(WNID_LABELS.keys() - set(folders))
        if missing and not self.subset:
            raise ValueError(
                f"'{self.img_prefix}' lacks {len(missing)} of the 1000 class folders, the first '{missing[0]}'. "
                f"{self._fix()}. Unpack it again; or, if only some classes are wanted, set subset=True"
            )
        return {name: WNID_LABELS[name] for name in folders}

    def _describe_unknown(self, unknown: Sequence[str]) -> str:
        if not unknown:
            return "no folder"
        more = f" and {len(unknown) - 3} more" if len(unknown) > 3 else ""
        hint = " (data_prefix='val'?)" if _TRAPS & set(unknown) else ""
        return f"{', '.join(map(repr, unknown[:3]))}{more}{hint}"
