"""Names of scenes and the random streams that follow from them."""

from __future__ import annotations

import zlib
from typing import NamedTuple

import numpy as np


class SceneKey(NamedTuple):
    """Everything that decides a scene; two keys that differ give unrelated scenes.

    Attributes:
        seed: seed of the whole collection, at least 0.
        dataset: e.g. "cityscapes", "acdc", "dark_zurich".
        split: e.g. "train", "val".
        condition: e.g. "clear", "fog".
        index: number of the image in its split, at least 0.
    """

    seed: int = 0
    dataset: str = "cityscapes"
    split: str = "train"
    condition: str = "clear"
    index: int = 0  # type: ignore[assignment]  # hides tuple.index, which nobody needs of a key


def stream(key: SceneKey, purpose: str) -> np.random.Generator:
    """Open the random stream of one purpose ("layout", "sensor", "fog") of one scene.

    Streams of different purposes are independent: a change in how one of them is consumed moves
    no other, and nothing depends on which process renders which scene, or when.

    Args:
        key: the scene.
        purpose: name of the stream.

    Returns:
        A generator at the beginning of that stream.

    Raises:
        ValueError: if the seed or the index is negative.
    """
    if key.seed < 0 or key.index < 0:
        raise ValueError(
            f"expected seed and index of at least 0, got seed {key.seed}, index {key.index}"
        )
    words = f"{key.dataset}/{key.split}/{key.condition}/{purpose}".encode()
    entropy = (key.seed, zlib.crc32(words), zlib.adler32(words), key.index)
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(entropy)))
