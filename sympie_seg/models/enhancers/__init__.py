"""Enhancers without training, to compare with; they plug in exactly like SyMPIE."""

from sympie_seg.models.enhancers.classical import ClaheEnhancer, GammaEnhancer, NoEnhancer

__all__ = ["ClaheEnhancer", "GammaEnhancer", "NoEnhancer"]
