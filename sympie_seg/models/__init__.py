"""What the MODELS registries find: frozen networks, the data preprocessor, and enhancers."""

from sympie_seg.models.backbones import CLIPResNet, DeepLabV2ResNet, SINetEncoder
from sympie_seg.models.data_preprocessors import SharedEnhancement, SyMPIESegDataPreProcessor
from sympie_seg.models.distillation import Distillation
from sympie_seg.models.enhancers import (
    ClaheEnhancer,
    GammaEnhancer,
    GreyWorldEnhancer,
    HistogramEqualizationEnhancer,
    NoEnhancer,
    NonLocalMeansEnhancer,
    UnsharpMaskEnhancer,
)
from sympie_seg.models.frozen_networks import FrozenNetworks
from sympie_seg.models.heads import DeepLabV2Head, SINetHead
from sympie_seg.models.nem_pretraining import NEMPretraining, ThumbnailPreprocessor
from sympie_seg.models.segmentors import ClassMappedEncoderDecoder, DeepLabV2
from sympie_seg.models.torch_network import TorchNetwork

__all__ = [
    "CLIPResNet",
    "ClaheEnhancer",
    "ClassMappedEncoderDecoder",
    "DeepLabV2",
    "DeepLabV2Head",
    "DeepLabV2ResNet",
    "Distillation",
    "FrozenNetworks",
    "GammaEnhancer",
    "GreyWorldEnhancer",
    "HistogramEqualizationEnhancer",
    "NEMPretraining",
    "NoEnhancer",
    "NonLocalMeansEnhancer",
    "SINetEncoder",
    "SINetHead",
    "SharedEnhancement",
    "SyMPIESegDataPreProcessor",
    "ThumbnailPreprocessor",
    "TorchNetwork",
    "UnsharpMaskEnhancer",
]
