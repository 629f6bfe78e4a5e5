"""The SyMPIE method in plain PyTorch: estimate 37 numbers per image, then warp the image by them.

The way of an image::

    images (N, 3, H, W), RGB, ImageNet-normalised
      |-- make_thumbnail --> NoiseEstimationModule --> WarpParameters (N x 37)
      `----------------------------- DifferentiableWarpingModule --> enhanced (N, 3, H, W)

Nothing here knows of OpenMMLab; the segmentor's adapter lives in `sympie_seg.models`.
Method: Barbato et al., "A Modular System for Enhanced Robustness of Multimedia Understanding
Networks via Deep Parametric Estimation", ACM MMSys 2024 (arXiv 2402.18402).
"""

from __future__ import annotations

from .dwm import DifferentiableWarpingModule, warp
from .files import file_sha256, save_enhancer
from .loading import load_enhancer
from .mean_teacher import MeanTeacher
from .nem import NoiseEstimationModule
from .normalization import IMAGENET_MEAN, IMAGENET_STD
from .parameters import NUM_PARAMETERS, WarpParameters, check_finite
from .sympie import SyMPIE
from .thumbnail import make_thumbnail

__all__ = [
    "IMAGENET_MEAN",
    "IMAGENET_STD",
    "NUM_PARAMETERS",
    "DifferentiableWarpingModule",
    "MeanTeacher",
    "NoiseEstimationModule",
    "SyMPIE",
    "WarpParameters",
    "check_finite",
    "file_sha256",
    "load_enhancer",
    "make_thumbnail",
    "save_enhancer",
    "warp",
]
