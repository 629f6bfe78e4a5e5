"""The command ``sympie-seg``; importing it needs the standard library only (see ``sympie_seg_cli.py``)."""
