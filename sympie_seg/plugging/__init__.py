"""Put the plug-in into other people's configs."""

import sympie_seg.plugging.classification  # noqa: F401  (registers its data preprocessor)
from sympie_seg.plugging.plug import plug, plug_source

__all__ = ["plug", "plug_source"]
