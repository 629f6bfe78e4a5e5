"""Put the plug-in into other people's configs."""

from sympie_seg.plugging.plug import plug, plug_source

__all__ = ["plug", "plug_source"]
