"""Seeds of single images, and several corruptions on one image, as in the -mixed benchmark."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sympie_seg.utils.seeds import hashed_seed

__all__ = ["draw_mixture", "image_mixture", "image_seed"]


def draw_mixture(
    names: Sequence[str],
    rng: np.random.Generator,
    counts: Sequence[int] = (2, 3),
    severities: Sequence[int] = (1, 2, 3, 4, 5),
) -> tuple[tuple[str, int], ...]:
    """Draw which corruptions an image gets, in which order and how severe.

    The paper says of ImageNet-C-mixed that it has several corruptions on one image, no more; how many and how they
    are drawn is ours: uniformly, each corruption at most once.

    Args:
        names: corruptions to draw from.
        rng: source of the draw.
        counts: how many an image may get, each as likely.
        severities: severities to draw from, each as likely.

    Returns:
        (name, severity) in the order of their application.

    Raises:
        ValueError: if more corruptions are asked for than there are names, or fewer than one.
    """
    if not counts or min(counts) < 1 or max(counts) > len(names):
        raise ValueError(
            f"expected counts between 1 and the number of names ({len(names)}), got {list(counts)}"
        )
    count = int(counts[int(rng.integers(len(counts)))])
    chosen = rng.permutation(len(names))[:count]
    return tuple((names[i], int(severities[int(rng.integers(len(severities)))])) for i in chosen)


def image_mixture(
    seed: int, key: str, names: Sequence[str], **options: Sequence[int]
) -> tuple[tuple[str, int], ...]:
    """Draw the mixture of one image: the same on the fly and on disk.

    Args:
        seed: of the run or the copy.
        key: names the image, as in :func:`image_seed`.
        names: corruptions to draw from.
        **options: ``counts`` and ``severities`` of :func:`draw_mixture`.
    """
    rng = np.random.default_rng(image_seed(seed, key, "mixed", 0))
    return draw_mixture(names, rng, **options)


def image_seed(seed: int, key: str, *what: object) -> int:
    """Give the seed of one image under one corruption.

    Args:
        seed: of the run or the copy.
        key: names the image: its path below the data root, with ``/``.
        *what: corruption and severity.

    Returns:
        128 bits, the same on every machine.
    """
    return hashed_seed(seed, key, *what)
