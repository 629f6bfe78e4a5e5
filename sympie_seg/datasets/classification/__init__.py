"""Datasets for classification; they need mmpretrain (``sympie_seg.classification`` registers them)."""

from sympie_seg.datasets.classification.class_folders import ConditionClassFolderDataset
from sympie_seg.datasets.classification.imagenet import ConditionImageNetDataset
from sympie_seg.datasets.classification.imagenet_c import ImageNetCDataset, ImageNetCMixedDataset
from sympie_seg.datasets.classification.pack import PackSyMPIEInputs
from sympie_seg.datasets.classification.vizwiz import VizWizClassificationDataset

__all__ = [
    "ConditionClassFolderDataset",
    "ConditionImageNetDataset",
    "ImageNetCDataset",
    "ImageNetCMixedDataset",
    "PackSyMPIEInputs",
    "VizWizClassificationDataset",
]
