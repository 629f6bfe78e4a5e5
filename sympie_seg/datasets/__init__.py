"""Data sets and pipeline transforms."""

from sympie_seg.datasets.camvid import CamVidDataset

__all__ = ["CamVidDataset"]
