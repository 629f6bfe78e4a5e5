"""Pipeline transforms."""

from sympie_seg.datasets.transforms.check_labels import CheckLabels
from sympie_seg.datasets.transforms.corrupt import Corrupt, MixedCorruption, RandomCorruption
from sympie_seg.datasets.transforms.exposure import NearestExposure, RandomExposure
from sympie_seg.datasets.transforms.histogram_matching import RandomHistogramMatching
from sympie_seg.datasets.transforms.keep_clean import KeepClean
from sympie_seg.datasets.transforms.pack import PackSyMPIESegInputs
from sympie_seg.datasets.transforms.pack_patch_moments import PackPatchMoments
from sympie_seg.datasets.transforms.scale_crop import RandomScaleCrop
from sympie_seg.datasets.transforms.scoring import ScoreAtThisSize

__all__ = [
    "CheckLabels",
    "Corrupt",
    "KeepClean",
    "MixedCorruption",
    "NearestExposure",
    "PackPatchMoments",
    "PackSyMPIESegInputs",
    "RandomCorruption",
    "RandomExposure",
    "RandomHistogramMatching",
    "RandomScaleCrop",
    "ScoreAtThisSize",
]
