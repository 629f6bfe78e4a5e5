"""Colours of numbers; they stay apart for colour-blind readers and in grey."""

from __future__ import annotations

import numpy as np

__all__ = ["diverging", "readable_on", "sequential"]

# Ends of ColorBrewer's RdBu, and three stops from dark blue over green to yellow as in viridis.
_BELOW, _ABOVE = np.array((33, 102, 172)), np.array((178, 24, 43))
_STOPS = np.array([(68, 1, 84), (59, 82, 139), (33, 145, 140), (94, 201, 98), (253, 231, 37)])


def diverging(shares: np.ndarray | float) -> np.ndarray:
    """Blue below 0, white at 0, red above.

    Args:
        shares: any shape, -1..1; what lies beyond is cut off.

    Returns:
        RGB uint8, one axis of 3 more.
    """
    shares = np.clip(np.asarray(shares, float), -1, 1)[..., None]
    ends = np.where(shares < 0, _BELOW, _ABOVE)
    result: np.ndarray = np.rint(255 + (ends - 255) * np.abs(shares)).astype(np.uint8)
    return result


def sequential(shares: np.ndarray | float) -> np.ndarray:
    """Dark at 0, bright at 1.

    Args:
        shares: any shape, 0..1; what lies beyond is cut off.

    Returns:
        RGB uint8, one axis of 3 more.
    """
    shares = np.clip(np.asarray(shares, float), 0, 1)
    positions = np.linspace(0, 1, len(_STOPS))
    channels = [np.interp(shares, positions, channel) for channel in _STOPS.T]
    result: np.ndarray = np.rint(np.stack(channels, -1)).astype(np.uint8)
    return result


def readable_on(colour: np.ndarray) -> tuple[int, int, int]:
    """Black or white, whichever can be read on an RGB colour 0..255 (WCAG's relative luminance)."""
    linear = (np.asarray(colour, float) / 255) ** 2.2
    return (0, 0, 0) if linear @ (0.2126, 0.7152, 0.0722) > 0.18 else (255, 255, 255)
