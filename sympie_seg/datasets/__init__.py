"""Datasets and pipeline transforms."""

from sympie_seg.datasets.acdc import ACDC_CONDITIONS, ACDCDataset
from sympie_seg.datasets.bad_samples import BadSampleError
from sympie_seg.datasets.camvid import CamVidDataset
from sympie_seg.datasets.cityscapes import ConditionCityscapesDataset
from sympie_seg.datasets.conditions import META_KEYS, ConditionMixin
from sympie_seg.datasets.dark_zurich import SyMPIEDarkZurichDataset
from sympie_seg.datasets.network_mix import NetworkMix, NetworkSequence, network_mix_collate
from sympie_seg.datasets.nighttime_driving import SyMPIENightDrivingDataset
from sympie_seg.datasets.severity_grid import SeverityGridDataset
from sympie_seg.datasets.transforms import (
    CheckLabels,
    Corrupt,
    KeepClean,
    MixedCorruption,
    NearestExposure,
    PackPatchMoments,
    PackSyMPIESegInputs,
    RandomCorruption,
    RandomExposure,
    RandomHistogramMatching,
    RandomScaleCrop,
    ScoreAtThisSize,
)
from sympie_seg.datasets.unlabelled import UnlabelledImages

__all__ = [
    "ACDC_CONDITIONS",
    "META_KEYS",
    "ACDCDataset",
    "BadSampleError",
    "CamVidDataset",
    "CheckLabels",
    "ConditionCityscapesDataset",
    "ConditionMixin",
    "Corrupt",
    "KeepClean",
    "MixedCorruption",
    "NearestExposure",
    "NetworkMix",
    "NetworkSequence",
    "PackPatchMoments",
    "PackSyMPIESegInputs",
    "RandomCorruption",
    "RandomExposure",
    "RandomHistogramMatching",
    "RandomScaleCrop",
    "ScoreAtThisSize",
    "SeverityGridDataset",
    "SyMPIEDarkZurichDataset",
    "SyMPIENightDrivingDataset",
    "UnlabelledImages",
    "network_mix_collate",
]
