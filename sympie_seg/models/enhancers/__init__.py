"""Enhancers without training, to compare with, which plug in exactly like SyMPIE; and a file to start from."""

from sympie_seg.models.enhancers.clahe import ClaheEnhancer
from sympie_seg.models.enhancers.from_file import SyMPIEFromFile
from sympie_seg.models.enhancers.gamma import GammaEnhancer
from sympie_seg.models.enhancers.grey_world import GreyWorldEnhancer
from sympie_seg.models.enhancers.histogram_equalization import HistogramEqualizationEnhancer
from sympie_seg.models.enhancers.names import CLASSICAL
from sympie_seg.models.enhancers.no_enhancer import NoEnhancer, without_enhancer
from sympie_seg.models.enhancers.non_local_means import NonLocalMeansEnhancer
from sympie_seg.models.enhancers.per_image import PerImageEnhancer
from sympie_seg.models.enhancers.unsharp_mask import UnsharpMaskEnhancer

__all__ = [
    "CLASSICAL",
    "ClaheEnhancer",
    "GammaEnhancer",
    "GreyWorldEnhancer",
    "HistogramEqualizationEnhancer",
    "NoEnhancer",
    "NonLocalMeansEnhancer",
    "PerImageEnhancer",
    "SyMPIEFromFile",
    "UnsharpMaskEnhancer",
    "without_enhancer",
]
