"""Pipeline transforms that corrupt images: one reproducible for tests, one random for training.

Both are registered in mmengine's root registry, so that mmseg and mmpretrain find them by name.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from mmengine.registry import TRANSFORMS
from numpy.typing import NDArray

from sympie_seg.corruptions.registry import ALL_SEVERITIES, CORRUPTIONS, check_name, corrupt


@TRANSFORMS.register_module()
class Corrupt(BaseTransform):
    """Apply one corruption at one severity, the same to an image every time.

    The random numbers depend on the seed, the image's path, the corruption and the severity alone:
    not on the order of the images, the worker, or where the data set lies.

    Required keys: ``img`` (BGR uint8, (H, W, 3)); ``img_path`` and ``data_root`` where known.

    Modified keys: ``img``.

    Added keys: ``corruption`` (str), ``severity`` (int).

    Args:
        name (str): A key of :data:`sympie_seg.corruptions.CORRUPTIONS`.
        severity (int): 1..5, or 0 for the clean image. Defaults to 3.
        seed (int): Another seed, another noise. Defaults to 0.

    Raises:
        ValueError: If the name or the severity does not exist.
    """

    def __init__(self, name: str, severity: int = 3, seed: int = 0) -> None:
        check_name(name)
        _check_severities((severity,))
        self.name = name
        self.severity = severity
        self.seed = seed

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Corrupt ``results['img']``.

        Args:
            results (dict): Results of the pipeline so far.

        Returns:
            dict: The same dict with the corrupted image.
        """
        _check_bgr(results.get("img"))
        rng = _image_rng(results, self.seed, self.name, self.severity)
        return _corrupt_results(results, self.name, self.severity, rng)

    def __repr__(self) -> str:
        """Return the call that makes this transform."""
        return (
            f"{type(self).__name__}(name={self.name!r}, severity={self.severity}, seed={self.seed})"
        )


@TRANSFORMS.register_module()
class RandomCorruption(BaseTransform):
    """Apply one random corruption at one random severity.

    One 64-bit seed per image is drawn from numpy's global random state, which mmengine seeds in
    every worker, and everything else from it: runs are reproducible, and the number of draws from
    the global state does not depend on the corruption.

    Required keys: ``img`` (BGR uint8, (H, W, 3)).

    Modified keys: ``img``.

    Added keys: ``corruption`` (str), ``severity`` (int), ``clean_img`` if kept.

    Args:
        names (Sequence[str], optional): Corruptions to draw from. Defaults to None, all of them.
        severities (Sequence[int]): Severities to draw from, each as likely; 0 leaves the image as
            it is. Defaults to (0, 1, 2, 3, 4, 5).
        weights (Sequence[float], optional): How likely each name is, relative to the others; not
            negative and not all 0. Defaults to None, all the same.
        keep_clean (bool): Whether to keep the image from before as ``clean_img``. Defaults to
            False.
        seed (int, optional): If given, an image always meets the same corruption, as a validation
            set needs; nothing is drawn from the global state. Defaults to None.

    Raises:
        ValueError: If a name or a severity does not exist, or weights do not fit the names.
    """

    def __init__(
        self,
        names: Sequence[str] | None = None,
        severities: Sequence[int] = ALL_SEVERITIES,
        weights: Sequence[float] | None = None,
        keep_clean: bool = False,
        seed: int | None = None,
    ) -> None:
        if isinstance(names, str):
            raise ValueError(f"expected names as a list of names, got the string {names!r}")
        self.names = tuple(CORRUPTIONS) if names is None else tuple(names)
        if not self.names:
            raise ValueError("expected at least one name, got none; leave names out for all")
        for name in self.names:
            check_name(name)
        self.severities = tuple(severities)
        _check_severities(self.severities)
        self.weights = None if weights is None else tuple(float(weight) for weight in weights)
        self._probabilities = _probabilities(self.weights, len(self.names))
        self.keep_clean = keep_clean
        self.seed = seed

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Corrupt ``results['img']``.

        Args:
            results (dict): Results of the pipeline so far.

        Returns:
            dict: The same dict with the corrupted image.
        """
        _check_bgr(results.get("img"))
        if self.seed is None:
            rng = np.random.default_rng(int(np.random.randint(0, 2**64, dtype=np.uint64)))
        else:
            rng = _image_rng(results, self.seed)
        name = self.names[rng.choice(len(self.names), p=self._probabilities)]
        severity = self.severities[rng.integers(len(self.severities))]
        if self.keep_clean:
            # No copy: the image below is a new array, and this one is not written to.
            results["clean_img"] = results["img"]
        return _corrupt_results(results, name, severity, rng)

    def __repr__(self) -> str:
        """Return the call that makes this transform."""
        return (
            f"{type(self).__name__}(names={self.names}, severities={self.severities}, "
            f"weights={self.weights}, keep_clean={self.keep_clean}, seed={self.seed})"
        )


def _check_bgr(image: object) -> None:
    """Raise a TypeError, of whatever kind the mistake is: the pipeline is wrong, not a value."""
    mend = "put this transform after LoadImageFromFile (colour) and before any normalisation"
    if not isinstance(image, np.ndarray):
        raise TypeError(
            f"expected results['img'] as a numpy array, got {type(image).__name__}; {mend}"
        )
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
        raise TypeError(
            "expected results['img'] as BGR uint8 of shape (H, W, 3), "
            f"got {image.dtype} of shape {image.shape}; {mend}"
        )


def _check_severities(severities: tuple[int, ...]) -> None:
    """Raise unless there is at least one severity and all of them exist."""
    known = all(type(severity) is int and severity in ALL_SEVERITIES for severity in severities)
    if not severities or not known:
        raise ValueError(f"expected severities from {list(ALL_SEVERITIES)}, got {list(severities)}")


def _probabilities(weights: tuple[float, ...] | None, count: int) -> NDArray[np.float64]:
    """Scale weights to sum to 1; equal ones if there are none."""
    if weights is None:
        return np.full(count, 1 / count)
    values = np.array(weights)
    valid = values.shape == (count,) and np.isfinite(values).all() and (values >= 0).all()
    if not valid or not values.any():
        raise ValueError(
            f"expected {count} weights, one per name, not negative and not all 0, got {weights}"
        )
    return values / values.sum()


def _image_rng(results: Mapping[str, Any], *key: object) -> np.random.Generator:
    """Give random numbers that depend on the key and the image's name alone."""
    text = "|".join([str(key[0]), _image_key(results), *map(str, key[1:])])
    digest = hashlib.sha256(text.encode("utf-8", "surrogateescape")).digest()
    return np.random.default_rng(int.from_bytes(digest[:16], "little"))


def _image_key(results: Mapping[str, Any]) -> str:
    """Name an image independently of where the data set lies.

    Returns:
        The path relative to ``results['data_root']`` if that is known and holds the image, else the
        parent folder and the file name; for an image that came from memory a hash of its pixels.
    """
    if results.get("img_path") is None:
        return hashlib.sha256(np.ascontiguousarray(results["img"]).data).hexdigest()
    path = PurePath(os.path.normpath(results["img_path"]))
    root = results.get("data_root")
    if root is not None and path.is_relative_to(os.path.normpath(root)):
        return path.relative_to(os.path.normpath(root)).as_posix()
    return "/".join(path.parts[-2:])


def _corrupt_results(
    results: dict[str, Any], name: str, severity: int, rng: np.random.Generator
) -> dict[str, Any]:
    """Corrupt ``results['img']`` (BGR) by a function on RGB and note what was done."""
    rgb = cv2.cvtColor(results["img"], cv2.COLOR_BGR2RGB)
    results["img"] = cv2.cvtColor(corrupt(rgb, name, severity, rng), cv2.COLOR_RGB2BGR)
    results["corruption"] = name
    results["severity"] = severity
    return results
