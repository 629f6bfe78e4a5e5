"""Pipeline transforms that corrupt images: one reproducible for tests, one random for training.

Both are registered in mmengine's root registry, so that mmseg and mmpretrain find them by name.
"""

from __future__ import annotations

import copy
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

from sympie_seg.corruptions.geometry import Map, joined_map, move_labels
from sympie_seg.corruptions.mixture import draw_mixture, image_mixture, image_seed
from sympie_seg.corruptions.registry import (
    ALL_SEVERITIES,
    MOVES_PIXELS,
    TRAINING,
    check_name,
    corrupt,
)


@TRANSFORMS.register_module()
class Corrupt(BaseTransform):
    """Apply one corruption at one severity, the same to an image every time.

    The random numbers depend on the seed, the image's path, the corruption and the severity alone:
    not on the order of the images, the worker, or where the dataset lies.

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
    """Apply one random corruption at one random severity, or several one after another.

    One 64-bit seed per image is drawn from numpy's global random state, and everything else from it: the number of
    draws from the global state does not depend on the corruption. Our runner sets that state for every draw of a
    training (:mod:`sympie_seg.engine.resuming.randomness`), so that an image meets new noise each time, the same in any
    worker, order and number of processes; elsewhere mmengine seeds it in every worker.

    Required keys: ``img`` (BGR uint8, (H, W, 3)).

    Modified keys: ``img``.

    Added keys: ``corruption`` (str) and ``severity`` (int), for several joined by '+' and a tuple; if kept,
    ``clean_img``, and ``clean_map`` where pixels were moved: column and row of the clean image that each pixel comes
    from, float32 (H, W, 2).

    Args:
        names (Sequence[str], optional): Corruptions to draw from. Defaults to None, the 23 that the paper trains on
            (:data:`sympie_seg.corruptions.TRAINING`).
        severities (Sequence[int]): Severities to draw from, each as likely; 0 leaves the image as
            it is. Defaults to (0, 1, 2, 3, 4, 5).
        weights (Sequence[float], optional): How likely each name is, relative to the others; not
            negative and not all 0. Defaults to None, all the same.
        count (int | Sequence[int]): How many different corruptions an image gets, or the numbers to draw from, each
            as likely. Defaults to 1.
        keep_clean (bool): Whether to keep the image from before as ``clean_img``, unless an earlier transform kept it.
            Defaults to False.
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
        count: int | Sequence[int] = 1,
        keep_clean: bool = False,
        seed: int | None = None,
    ) -> None:
        if isinstance(names, str):
            raise ValueError(f"expected names as a list of names, got the string {names!r}")
        self.names = TRAINING if names is None else tuple(names)
        if not self.names:
            raise ValueError("expected at least one name, got none; leave names out for all")
        for name in self.names:
            check_name(name)
        self.severities = tuple(severities)
        _check_severities(self.severities)
        self.weights = None if weights is None else tuple(float(weight) for weight in weights)
        self._probabilities = _probabilities(self.weights, len(self.names))
        self.counts = (count,) if isinstance(count, int) else tuple(count)
        possible = int((self._probabilities > 0).sum())
        if not self.counts or min(self.counts) < 1 or max(self.counts) > possible:
            raise ValueError(
                f"expected count between 1 and the {possible} names that can be drawn, got {count}"
            )
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
        rng = _drawn_rng() if self.seed is None else _image_rng(results, self.seed)
        if self.keep_clean:
            # No copy: the image below is a new array, and this one is not written to.
            # An earlier transform may have kept it from before its own change.
            results.setdefault("clean_img", results["img"])
        steps = []
        for name in self._draw_names(rng):
            severity = self.severities[rng.integers(len(self.severities))]
            _corrupt_results(results, name, severity, rng)
            steps.append((name, severity))
        if len(steps) > 1:
            results["corruption"] = "+".join(name for name, _ in steps)
            results["severity"] = tuple(severity for _, severity in steps)
        return results

    def _draw_names(self, rng: np.random.Generator) -> list[str]:
        if self.counts == (1,):
            return [self.names[rng.choice(len(self.names), p=self._probabilities)]]
        count = self.counts[rng.integers(len(self.counts))]
        chosen = rng.choice(len(self.names), count, replace=False, p=self._probabilities)
        return [self.names[index] for index in chosen]

    def __repr__(self) -> str:
        """Return the call that makes this transform."""
        return (
            f"{type(self).__name__}(names={self.names}, severities={self.severities}, "
            f"weights={self.weights}, count={self.counts}, keep_clean={self.keep_clean}, seed={self.seed})"
        )


@TRANSFORMS.register_module()
class MixedCorruption(BaseTransform):
    """Apply several corruptions to one image, the same to an image every time: the -mixed benchmark.

    Which ones, in which order and how severe depends on the seed and the image's path alone
    (:func:`sympie_seg.corruptions.draw_mixture`), and so do the pixels.

    Required keys: ``img`` (BGR uint8, (H, W, 3)); ``img_path`` and ``data_root`` where known.

    Modified keys: ``img``, ``gt_seg_map`` where pixels move.

    Added keys: ``corruption`` (str, such as 'fog+shot_noise'), ``severity`` (tuple of int, in that order).

    Args:
        names (Sequence[str], optional): Corruptions to draw from. Defaults to None, the 23 of training.
        counts (Sequence[int]): How many an image may get. Defaults to (2, 3).
        severities (Sequence[int]): Severities to draw from. Defaults to (1, 2, 3, 4, 5).
        seed (int): Another seed, another mixture. Defaults to 0.

    Raises:
        ValueError: If a name or a severity does not exist, or there are fewer names than counts.
    """

    def __init__(
        self,
        names: Sequence[str] | None = None,
        counts: Sequence[int] = (2, 3),
        severities: Sequence[int] = (1, 2, 3, 4, 5),
        seed: int = 0,
    ) -> None:
        self.names = TRAINING if names is None else tuple(names)
        for name in self.names:
            check_name(name)
        self.counts, self.severities, self.seed = tuple(counts), tuple(severities), seed
        _check_severities(self.severities)
        draw_mixture(self.names, np.random.default_rng(0), self.counts, self.severities)

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Corrupt ``results['img']``.

        Args:
            results (dict): Results of the pipeline so far.

        Returns:
            dict: The same dict with the corrupted image.
        """
        _check_bgr(results.get("img"))
        key = _image_key(results)
        steps = image_mixture(
            self.seed, key, self.names, counts=self.counts, severities=self.severities
        )
        for name, severity in steps:
            # Each step's numbers are those that the corruption has alone.
            own = np.random.default_rng(image_seed(self.seed, key, name, severity))
            _corrupt_results(results, name, severity, own)
        results["corruption"] = "+".join(name for name, _ in steps)
        results["severity"] = tuple(severity for _, severity in steps)
        return results

    def __repr__(self) -> str:
        """Return the call that makes this transform."""
        return (
            f"{type(self).__name__}(names={self.names}, counts={self.counts}, "
            f"severities={self.severities}, seed={self.seed})"
        )


def _check_bgr(image: object) -> None:
    """Raise a TypeError, of whatever kind the mistake is: the pipeline is wrong, not a value."""
    fix = "put this transform after LoadImageFromFile (colour) and before any normalisation"
    if not isinstance(image, np.ndarray):
        raise TypeError(
            f"expected results['img'] as a numpy array, got {type(image).__name__}; {fix}"
        )
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
        raise TypeError(
            "expected results['img'] as BGR uint8 of shape (H, W, 3), "
            f"got {image.dtype} of shape {image.shape}; {fix}"
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
    result: NDArray[np.float64] = values / values.sum()
    return result


def _drawn_rng() -> np.random.Generator:
    """Give random numbers from one seed that is drawn from numpy's global random state."""
    return np.random.default_rng(int(np.random.randint(0, 2**64, dtype=np.uint64)))


def _image_rng(results: Mapping[str, Any], seed: int, *key: object) -> np.random.Generator:
    """Give random numbers that depend on the key and the image's name alone."""
    return np.random.default_rng(image_seed(seed, _image_key(results), *key))


def _image_key(results: Mapping[str, Any]) -> str:
    """Name an image independently of where the dataset lies.

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
    """Corrupt ``results['img']`` (BGR) by a function on RGB, move the labels where pixels move, note what was done."""
    rgb = cv2.cvtColor(results["img"], cv2.COLOR_BGR2RGB)
    if severity and name in MOVES_PIXELS:
        moves = MOVES_PIXELS[name](*rgb.shape[:2], severity, copy.deepcopy(rng))
        _move_labels(results, name, *moves)
        if "clean_img" in results:
            results["clean_map"] = joined_map(results.get("clean_map"), *moves)
    results["img"] = cv2.cvtColor(corrupt(rgb, name, severity, rng), cv2.COLOR_RGB2BGR)
    results["corruption"] = name
    results["severity"] = severity
    return results


def _move_labels(results: dict[str, Any], name: str, map_x: Map, map_y: Map) -> None:
    """Move the label map as the corruption will move the image."""
    labels = results.get("gt_seg_map")
    if labels is None:
        if results.get("seg_map_path") is None:
            return  # there are none: classification, or a test split
        raise ValueError(
            f"{name} moves pixels, and the labels of '{results.get('img_path')}' are not loaded yet: put "
            "LoadAnnotations before the corruption"
        )
    height, width = results["img"].shape[:2]
    if labels.shape != (height, width):
        # Where only the image was resized, the labels' own pixels move by as much as they would then.
        rows, columns = labels.shape
        map_x = cv2.resize((map_x + 0.5) * (columns / width) - 0.5, (columns, rows))
        map_y = cv2.resize((map_y + 0.5) * (rows / height) - 0.5, (columns, rows))
    results["gt_seg_map"] = move_labels(labels, map_x, map_y)
