"""Picture and settings in, result out: what the page shows, without the web.

::

    picture -> corruption -> input -> every enhancer that was asked for -> enhanced
                               |                                             |
                            network: prediction before          network: predictions after
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from threading import Lock
from typing import Protocol, TypeVar

import cv2
import numpy as np
import torch
from torch import nn

from sympie_seg.api import enhance
from sympie_seg.app.enhancers import OfferedEnhancer
from sympie_seg.app.settings import Settings
from sympie_seg.corruptions import corrupt
from sympie_seg.enhancer import SyMPIE, WarpParameters
from sympie_seg.enhancer.dwm import DifferentiableWarpingModule
from sympie_seg.enhancer.sequences import Images, warp_all
from sympie_seg.utils.pictures import decode_rgb

__all__ = [
    *("Enhanced", "EnhancingService", "GivenWarp", "Prediction", "Predicts", "Result"),
    *("apply_enhancer", "break_picture", "with_parameters"),
]

MOST_PIXELS = 24_000_000
_REMEMBERED = 4
_Result = TypeVar("_Result")


@dataclass(frozen=True, eq=False)
class Prediction:
    """What the frozen network says of one picture.

    Attributes:
        labels: class of each pixel, integers (H, W) of the picture's size.
        milliseconds: how long network and data preprocessor took.
    """

    labels: np.ndarray
    milliseconds: float


class Predicts(Protocol):
    """The frozen network, as :class:`sympie_seg.app.prediction.Predictor`."""

    @property
    def classes(self) -> Sequence[str]:
        """Names of the classes."""
        ...

    @property
    def palette(self) -> Sequence[Sequence[int]]:
        """Their colours, RGB 0..255."""
        ...

    def predict(self, image: np.ndarray, enhancer: nn.Module | None = None) -> np.ndarray:
        """Predict the class of each pixel (H, W) of an RGB uint8 picture, behind an enhancer."""
        ...


@dataclass(frozen=True, eq=False)
class Enhanced:
    """What one enhancer made of the picture.

    Attributes:
        name: of the enhancer.
        source: where that comes from.
        image: RGB uint8 (H, W, 3).
        milliseconds: how long it took.
        parameters: one set of the 37 numbers, as they were applied; None for enhancers without.
        is_edited: whether they were given instead of predicted.
        strength: how far the prediction was followed; None without a prediction of the 37 numbers.
        prediction: of the network behind it; None where there is none.
    """

    name: str
    source: str
    image: np.ndarray
    milliseconds: float
    parameters: WarpParameters | None
    is_edited: bool = False
    prediction: Prediction | None = None
    strength: float | None = None


@dataclass(frozen=True, eq=False)
class Result:
    """One picture, and what became of it.

    Attributes:
        name: of the picture.
        settings: that were applied.
        input: the picture after the corruption, RGB uint8 (H, W, 3).
        corruption_milliseconds: how long that took; 0 where it was remembered.
        before: the network's prediction for the input; None where there is none.
        enhanced: one for each enhancer.
    """

    name: str
    settings: Settings
    input: np.ndarray
    corruption_milliseconds: float
    before: Prediction | None
    enhanced: tuple[Enhanced, ...]


class GivenWarp(nn.Module):
    """Applies one given set of the 37 numbers to every image, in place of an enhancer."""

    def __init__(self, parameters: WarpParameters) -> None:
        super().__init__()
        self.parameters_given = parameters
        self.dwm = DifferentiableWarpingModule().eval()

    @torch.no_grad()
    def forward(self, images: Images) -> Images:
        """A batch (N, 3, H, W) or a sequence of (3, H, W), ImageNet-normalised RGB; the same out."""
        device = images[0].device
        every = self.parameters_given.to(device)[[0] * len(images)]
        self.dwm.to(device)
        return warp_all(self.dwm, images, every)


def break_picture(image: np.ndarray, settings: Settings) -> np.ndarray:
    """Apply the corruption of the settings.

    Raises:
        ValueError: if it cannot be applied to a picture of this size.
    """
    if not settings.corruption:
        return image
    generator = np.random.default_rng(settings.seed)
    try:
        return corrupt(image, settings.corruption, settings.severity, generator)
    except (ValueError, IndexError, ZeroDivisionError, cv2.error) as error:
        height, width = image.shape[:2]
        raise ValueError(
            f"the corruption '{settings.corruption}' cannot be applied to a picture of {width} x {height}"
        ) from error


def with_parameters(numbers: Sequence[float]) -> WarpParameters:
    """One set of parameters from 37 numbers in NEM's order."""
    return WarpParameters.from_vector(torch.tensor([list(numbers)], dtype=torch.float32))


def apply_enhancer(
    image: np.ndarray,
    enhancer: OfferedEnhancer,
    settings: Settings,
    network: Predicts | None = None,
) -> Enhanced:
    """Enhance a picture with one enhancer, and let the network look at it.

    Args:
        image: RGB uint8 (H, W, 3).
        enhancer: whose strength is as before afterwards.
        settings: strength and edited numbers.
        network: to predict with; it gets the enhancer as its data preprocessor applies it, at its own size.

    Raises:
        FloatingPointError: if the enhancer's prediction is not finite.
    """
    numbers = (settings.parameters or {}).get(enhancer.name)
    given = None if numbers is None else with_parameters(numbers)
    strength = settings.strength if enhancer.has_parameters and given is None else None
    (enhanced, parameters), milliseconds = _timed(
        lambda: enhance(image, enhancer.module, parameters=given, strength=strength)
    )
    prediction = None
    if network is not None and settings.predict:
        if given is None:
            prediction = _predicted(network, image, enhancer.module, strength)
        else:
            prediction = _predicted(network, image, GivenWarp(given))
    return Enhanced(
        enhancer.name,
        enhancer.source,
        enhanced,
        milliseconds,
        parameters,
        given is not None,
        prediction,
        _strength_used(enhancer, strength) if given is None else None,
    )


def _strength_used(enhancer: OfferedEnhancer, given: float | None) -> float | None:
    if not isinstance(enhancer.module, SyMPIE):
        return None
    return enhancer.module.strength if given is None else given


class EnhancingService:
    """Does what the page asks for, one request after another.

    Args:
        enhancers: that are offered, at least one.
        network: behind them. Defaults to None: no predictions.
        most_pixels: that a picture may have.
    """

    def __init__(
        self,
        enhancers: Sequence[OfferedEnhancer],
        network: Predicts | None = None,
        most_pixels: int = MOST_PIXELS,
    ) -> None:
        self.enhancers = {enhancer.name: enhancer for enhancer in enhancers}
        self.network = network
        self.most_pixels = most_pixels
        # Enhancers and network change while they work (strength, data preprocessor): one request at a time.
        self._lock = Lock()
        self._recent: OrderedDict[object, _Start] = OrderedDict()

    @property
    def adjustable(self) -> list[str]:
        """Names of the enhancers that have the 37 numbers."""
        return [name for name, enhancer in self.enhancers.items() if enhancer.has_parameters]

    def warm_up(self) -> None:
        """Run everything once, so that the first visitor's milliseconds are like the later ones."""
        image = np.full((256, 512, 3), 128, np.uint8)
        for enhancer in self.enhancers.values():
            apply_enhancer(image, enhancer, Settings((enhancer.name,)), self.network)

    def run(self, data: bytes, name: str, settings: Settings) -> Result:
        """Decode, break and enhance a picture.

        Args:
            data: content of a picture file.
            name: of the file, for messages and downloads.
            settings: what to do.

        Raises:
            ValueError: if the file cannot be read or is too large, or the corruption cannot be applied.
            FloatingPointError: if an enhancer's prediction is not finite.
        """
        with self._lock:
            start, milliseconds = self._start(data, name, settings)
            network = self.network if settings.predict else None
            if network is not None and start.before is None:
                start.before = _predicted(network, start.input, None)
            chosen = [self.enhancers[one] for one in settings.enhancers]
            enhanced = tuple(apply_enhancer(start.input, e, settings, network) for e in chosen)
        before = start.before if network is not None else None
        return Result(name, settings, start.input, milliseconds, before, enhanced)

    def _start(self, data: bytes, name: str, settings: Settings) -> tuple[_Start, float]:
        """Decode and break; a slider asks for the same again and again, so that the last few are kept."""
        key = sha256(data).digest(), settings.corruption, settings.severity, settings.seed
        milliseconds = 0.0
        if key not in self._recent:
            image = decode_rgb(data, name, self.most_pixels)
            broken, milliseconds = _timed(lambda: break_picture(image, settings))
            self._recent[key] = _Start(broken)
        self._recent.move_to_end(key)
        while len(self._recent) > _REMEMBERED:
            self._recent.popitem(last=False)
        return self._recent[key], milliseconds


@dataclass(eq=False)
class _Start:
    """A broken picture, and the prediction for it once there is one."""

    input: np.ndarray
    before: Prediction | None = None


def _predicted(
    network: Predicts,
    image: np.ndarray,
    enhancer: nn.Module | None,
    strength: float | None = None,
) -> Prediction:
    own = getattr(enhancer, "strength", None)
    if strength is not None:
        enhancer.strength = strength  # type: ignore[union-attr]  # only a SyMPIE comes here
    try:
        labels, milliseconds = _timed(lambda: network.predict(image, enhancer))
    finally:
        if strength is not None:
            enhancer.strength = own  # type: ignore[union-attr]  # as above
    return Prediction(labels, milliseconds)


def _timed(work: Callable[[], _Result]) -> tuple[_Result, float]:
    begin = time.perf_counter()
    result = work()
    return result, 1000 * (time.perf_counter() - begin)
