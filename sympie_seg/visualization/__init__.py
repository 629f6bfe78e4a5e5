"""Pictures: label maps in colour, parameters as heat maps, strips of pictures with captions. NumPy, OpenCV, Pillow."""

from sympie_seg.visualization.changes import changed_predictions
from sympie_seg.visualization.colour_scales import diverging, readable_on, sequential
from sympie_seg.visualization.enhancement_strip import enhancement_strip
from sympie_seg.visualization.heat_map import heat_map, parameter_maps, shares_of
from sympie_seg.visualization.label_maps import overlay, paint, voc_palette
from sympie_seg.visualization.strip import Panel, strip

__all__ = [
    "Panel",
    "changed_predictions",
    "diverging",
    "enhancement_strip",
    "heat_map",
    "overlay",
    "paint",
    "parameter_maps",
    "readable_on",
    "sequential",
    "shares_of",
    "strip",
    "voc_palette",
]
