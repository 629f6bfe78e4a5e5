"""VizWiz-Classification as a dataset of mmpretrain."""

from __future__ import annotations

from typing import Any

from mmpretrain.datasets import ImageNet
from mmpretrain.registry import DATASETS

from sympie_seg.datasets.classification.class_folders import ConditionClassFolderDataset
from sympie_seg.datasets.vizwiz_annotations import SOURCE, find_images, read_annotations

__all__ = ["VizWizClassificationDataset"]


@DATASETS.register_module()
class VizWizClassificationDataset(ConditionClassFolderDataset):
    """VizWiz-Classification: the images that ``annotations.json`` lists, without labels, which only the server has.

    Its ``metainfo`` has ``category_ids`` and ``image_names``, which VizWizSubmission reads.

    Args:
        data_root (str): folder of the annotation file. Defaults to 'data/vizwiz'.
        ann_file (str): relative to data_root. Defaults to 'annotations.json'.
        data_prefix (str): folder of the images, split into train, val and test or flat. Defaults to '' (data_root).
        condition (str): as in ConditionClassFolderDataset. Defaults to 'vizwiz'.
        **kwargs: as there.

    Raises:
        FileNotFoundError: if the annotation file or an image is missing.
        ValueError: if the annotation file holds something else, or an image lies there twice.
        BadSampleError: if a file is empty, cut off or no image; a ValueError.
    """

    METAINFO = ImageNet.METAINFO
    LAYOUT = (
        "<data_root>/annotations.json and <data_root>/<data_prefix>/{train,val,test}/VizWiz_*.jpg"
    )

    def __init__(
        self,
        data_root: str = "data/vizwiz",
        ann_file: str = "annotations.json",
        data_prefix: str = "",
        condition: str | None = "vizwiz",
        **kwargs: Any,
    ) -> None:
        super().__init__(
            data_root=data_root,
            ann_file=ann_file,
            data_prefix=data_prefix,
            condition=condition,
            with_label=False,
            **kwargs,
        )

    def load_data_list(self) -> list[dict]:
        """List the images of the annotation file."""
        content = read_annotations(self.ann_file)
        self._metainfo.update(category_ids=content.category_ids, image_names=content.images)
        root = self.img_prefix or self.data_root
        paths = find_images(root, content.images)
        entries = [{"img_path": f"{root}/{path}"} for path in paths]
        self._look_into(entries)
        return entries

    def _fix(self) -> str:
        return f"{super()._fix()}. Get it: {SOURCE}"
