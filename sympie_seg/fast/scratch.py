"""Buffers for intermediate values that are kept from call to call: fresh memory has to be filled by the system."""

from __future__ import annotations

import math
import threading

import numpy as np
from numpy.typing import NDArray


class Scratch(threading.local):
    """Buffers of a thread, grown as needed; what is taken is valid until the same name is taken again."""

    def __init__(self) -> None:
        self.arrays: dict[str, NDArray[np.float32]] = {}

    def take(self, name: str, *shape: int) -> NDArray[np.float32]:
        """Give an uninitialised array of this shape."""
        size = math.prod(shape)
        if name not in self.arrays or self.arrays[name].size < size:
            self.arrays[name] = np.empty(size, np.float32)
        return self.arrays[name][:size].reshape(shape)


scratch = Scratch()
