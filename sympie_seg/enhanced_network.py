"""Any PyTorch network with an enhancer inside, in plain PyTorch: no config, no mmseg.

::

    what the bare network takes (its own normalisation and channel order)
      -> RGB, ImageNet-normalised -> NEM -> 37 numbers x strength -> DWM -> as it came -> network
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from sympie_seg.api import default_enhancer
from sympie_seg.enhancer import IMAGENET_MEAN, IMAGENET_STD, load_enhancer
from sympie_seg.enhancer.parameters import check_strength
from sympie_seg.utils.network_colours import NetworkColours

__all__ = ["EnhancedNetwork"]

_PIXELS = "pixel_values"  # what transformers calls its images, whatever else a model takes


class EnhancedNetwork(nn.Module):
    """Put an enhancer in front of a network; the result takes exactly what the network takes.

    The images' normalisation is undone, the enhancer does its work, and the normalisation is redone. Everything else,
    arguments and results, is the network's. The images are the argument `pixel_values` if there is one, else the first
    argument, also by its name; other arguments are passed on.

    Train and eval mode are those of the network when it is wrapped, for both; `train()` and `eval()` then change both.
    To train the enhancer, freeze the network: `model.freeze_network()`, and optimise `model.enhancer.parameters()`.

    Args:
        network: the bare network; used, not copied.
        enhancer: an enhancer file, or a module that maps ImageNet-normalised RGB to the same, such as
            :class:`~sympie_seg.enhancer.SyMPIE`. Defaults to None: the enhancer that the project ships.
        mean: of the network's channels, in the network's order and units. Defaults to ImageNet's.
        std: likewise.
        order: of the network's channels, 'rgb' or 'bgr'.
        max_pixel_value: full intensity in the units of mean and std, 1 or 255.
        strength: how far the 37 numbers go from identity (0) through the prediction (1), in 0..2. With 0 the images
            reach the network as they are, bit for bit. May be changed later: `model.strength = 0.5`. Defaults to
            None: the enhancer's own, which is 1 unless its file says otherwise.

    Raises:
        FileNotFoundError: if there is no such enhancer file.
        TypeError: if the strength is no number.
        ValueError: if an option is wrong, or the file holds no enhancer.

    Example:
        >>> from sympie_seg.enhancer import SyMPIE
        >>> network = nn.Conv2d(3, 2, 1)
        >>> model = EnhancedNetwork(network, SyMPIE(), (0.5, 0.5, 0.5), (0.5, 0.5, 0.5)).eval()
        >>> images = torch.rand(1, 3, 50, 60) * 2 - 1
        >>> torch.allclose(model(images), network(images), atol=1e-5)
        True
    """

    scale: Tensor
    shift: Tensor

    def __init__(
        self,
        network: nn.Module,
        enhancer: str | os.PathLike[str] | nn.Module | None = None,
        mean: Sequence[float] = IMAGENET_MEAN,
        std: Sequence[float] = IMAGENET_STD,
        order: str = "rgb",
        *,
        max_pixel_value: float = 1.0,
        strength: float | None = None,
    ) -> None:
        super().__init__()
        self.network = network
        self.enhancer = _module(enhancer)
        self.colours = NetworkColours(mean, std, order, max_pixel_value)
        self.strength = strength
        self.is_frozen = False
        self._add_colours()
        self.train(network.training)

    @property
    def strength(self) -> float | None:
        """How far the 37 numbers go from identity, 0..2; None: as far as the enhancer itself says."""
        return self._strength

    @strength.setter
    def strength(self, value: float | None) -> None:
        value = None if value is None else check_strength(value)
        if value not in (None, 0, 1) and not self._takes_strength():
            raise ValueError(
                f"{type(self.enhancer).__name__} takes no strength, so it is 0 or 1, got {value:g}"
            )
        self._strength = value

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Enhance the images among the arguments, then call the network.

        Raises:
            FloatingPointError: in eval mode, if the enhancer's prediction is not finite.
            TypeError: if the images are not floating tensors.
            ValueError: if there are no images, or not (N, 3, H, W); (3, H, W) each in a list.
        """
        if self.strength == 0:
            return self.network(*args, **kwargs)
        name = self._image_argument(len(args), kwargs)
        if name is None:
            return self.network(self.enhance(args[0]), *args[1:], **kwargs)
        return self.network(*args, **{**kwargs, name: self.enhance(kwargs[name])})

    def enhance(self, images: Any) -> Any:
        """Enhance images in the network's own normalisation.

        Args:
            images: (N, 3, H, W), or a list of (3, H, W).

        Returns:
            The same, enhanced.

        Raises:
            FloatingPointError, TypeError, ValueError: as for :meth:`forward`.
        """
        _check(images)
        if self.strength == 0:
            return images
        if isinstance(images, Tensor):
            return self._restored(self._enhanced(self._normalized(images)), images)
        enhanced = self._enhanced([self._normalized(image) for image in images])
        pairs = zip(enhanced, images, strict=True)
        return type(images)(self._restored(one, image) for one, image in pairs)

    def freeze_network(self) -> EnhancedNetwork:
        """Keep the network constant and in eval mode, also under `train()`; gradients still reach the enhancer.

        Returns:
            Itself.
        """
        self.network.requires_grad_(False)
        self.is_frozen = True
        return self.train(self.training)

    def train(self, mode: bool = True) -> EnhancedNetwork:
        """Change the mode of enhancer and network; a frozen network stays in eval mode."""
        super().train(mode)
        if self.is_frozen:
            self.network.eval()
        return self

    def extra_repr(self) -> str:
        """Show the options when printed."""
        return f"{self.colours}, strength={self.strength}"

    def _add_colours(self) -> None:
        """ImageNet-normalised = value * scale + shift, in RGB; rounded once."""
        (mean, std), imagenet = self.colours.in_rgb(), (IMAGENET_MEAN, IMAGENET_STD)
        ours, theirs = (
            [torch.tensor(v, dtype=torch.float64).view(3, 1, 1) for v in pair]
            for pair in (imagenet, (mean, std))
        )
        scale, shift = theirs[1] / ours[1], (theirs[0] - ours[0]) / ours[1]
        self.register_buffer("scale", scale.float(), persistent=False)
        self.register_buffer("shift", shift.float(), persistent=False)

    def _image_argument(self, positional: int, kwargs: dict[str, Any]) -> str | None:
        """The name of the images among the keyword arguments; None: the first positional argument."""
        if _PIXELS in kwargs:
            return _PIXELS
        if positional:
            return None
        name = next(iter(inspect.signature(self.network.forward).parameters), None)
        if name not in kwargs:
            raise ValueError(
                f"{type(self.network).__name__} got no images: give them first, or as {_PIXELS}= or {name}="
            )
        return name

    def _normalized(self, images: Tensor) -> Tensor:
        weight = next(self.enhancer.parameters(), self.scale)
        values = images.to(weight.dtype)
        rgb = values.flip(-3) if self.colours.order == "bgr" else values
        return rgb * self.scale.to(weight.dtype) + self.shift.to(weight.dtype)

    def _enhanced(self, normalized: Any) -> Any:
        if self.strength is None or not self._takes_strength():
            return self.enhancer(normalized)
        return self.enhancer(normalized, strength=self.strength)

    def _takes_strength(self) -> bool:
        return "strength" in inspect.signature(self.enhancer.forward).parameters

    def _restored(self, enhanced: Tensor, images: Tensor) -> Tensor:
        values = (enhanced - self.shift.to(enhanced.dtype)) / self.scale.to(enhanced.dtype)
        values = values.flip(-3) if self.colours.order == "bgr" else values
        return values.to(images.dtype)


def _module(enhancer: str | os.PathLike[str] | nn.Module | None) -> nn.Module:
    if isinstance(enhancer, nn.Module):
        return enhancer
    return load_enhancer(default_enhancer() if enhancer is None else enhancer)[0]


def _check(images: Any) -> None:
    several = isinstance(images, (list, tuple))
    for image in images if several else [images]:
        if not isinstance(image, Tensor) or not image.is_floating_point():
            got = image.dtype if isinstance(image, Tensor) else type(image).__name__
            raise TypeError(
                f"expected the normalised images that the network takes, floating tensors, got {got}"
            )
        if image.dim() != (3 if several else 4) or image.shape[-3] != 3:
            expected = "(3, H, W) in a list" if several else "(N, 3, H, W)"
            raise ValueError(
                f"expected colour images of shape {expected}, got {tuple(image.shape)}"
            )
