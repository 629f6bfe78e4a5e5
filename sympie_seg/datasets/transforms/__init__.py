"""Pipeline transforms."""

from sympie_seg.datasets.transforms.corrupt import Corrupt, RandomCorruption
from sympie_seg.datasets.transforms.scoring import ScoreAtThisSize

__all__ = ["Corrupt", "RandomCorruption", "ScoreAtThisSize"]
