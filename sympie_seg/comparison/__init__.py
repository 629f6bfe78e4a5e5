"""The comparison of enhancers in front of one frozen network, from the records of images to rows."""

from sympie_seg.comparison.repeated import RepeatedEnhancer

__all__ = ["RepeatedEnhancer"]
