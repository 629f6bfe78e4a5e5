"""The version of this package, read by setup.py."""

__version__ = "0.1.0"
