"""The short names of enhancers without training, by which ``sympie-seg compare`` takes them."""

from __future__ import annotations

from types import MappingProxyType

__all__ = ["CLASSICAL"]

CLASSICAL = MappingProxyType(
    {
        "none": dict(type="NoEnhancer"),
        "clahe": dict(type="ClaheEnhancer"),
        "gamma": dict(type="GammaEnhancer"),
        "grey_world": dict(type="GreyWorldEnhancer"),
        "histogram": dict(type="HistogramEqualizationEnhancer"),
        "unsharp": dict(type="UnsharpMaskEnhancer"),
        "nlm": dict(type="NonLocalMeansEnhancer"),
    }
)
"""Config of each enhancer by its short name; 'none' is the frozen network alone."""
