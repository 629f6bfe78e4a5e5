"""What the mmseg and the mmpretrain data preprocessors share: enhance raw images, twice in training.

::

    raw images (list of (3, H, W), 0..255, the loader's channel order)
      -> RGB, ImageNet-normalised -> enhancer E -------------------> raw again -> parent: swap,
      `-> teacher T, no gradient -> enhancer E (training only) ----> raw again    normalise, pad

In testing on the CPU, `sympie_seg.fast.enhance_pixels` does all of it in one pass.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeGuard, cast

import numpy as np
import torch
from mmengine.logging import print_log
from mmengine.registry import MODELS
from mmengine.structures import BaseDataElement
from torch import Tensor, nn

from sympie_seg.enhancer import (
    IMAGENET_MEAN,
    IMAGENET_STD,
    MeanTeacher,
    SyMPIE,
    file_sha256,
    load_enhancer,
)
from sympie_seg.enhancer.shipped import resolve_enhancer
from sympie_seg.fast import PixelFormat, enhance_pixels
from sympie_seg.models.frozen.label_free import LabelFree

__all__ = ["EnhancementMixin", "copy_samples", "join_halves", "replayed_randomness"]

MODELS.register_module(module=SyMPIE)  # here, so that the method itself knows nothing of mmengine


class EnhancementMixin:
    """Adds an enhancer to a data preprocessor; mixed in before mmseg's or mmpretrain's class.

    The host class calls :meth:`_init_enhancement` after its own constructor, then :meth:`enhance_raw`.
    """

    enhancer: nn.Module
    teacher: MeanTeacher | None
    norm_mean: Tensor
    norm_std: Tensor
    # What the host class has.
    training: bool
    mean: Tensor
    std: Tensor
    _enable_normalize: bool
    register_buffer: Callable[..., None]
    register_load_state_dict_pre_hook: Callable[..., Any]

    @property
    def swaps_channels(self) -> bool:
        """Whether the host class reverses the channels; it says so itself."""
        raise NotImplementedError

    def _init_enhancement(
        self,
        enhancer: str | os.PathLike[str] | dict | nn.Module | None,
        two_step: bool | dict,
        input_order: str | None,
        default_order: str,
        fast_path: bool = True,
        label_free: bool | dict | LabelFree | None = False,
        strength: float | None = None,
    ) -> None:
        order = default_order if input_order is None else input_order
        if order not in ("bgr", "rgb"):
            raise ValueError(f"input_order must be 'bgr', 'rgb' or None, got {input_order!r}")
        self.input_order = order
        self.enhancer, self.enhancer_source = _build_enhancer(enhancer)
        self.fast_path = fast_path
        self.strength_is_given = strength is not None
        if strength is not None:
            _set_strength(self.enhancer, strength)
        self.teacher, self.second_step_weight = None, 0.0
        if two_step:
            options = dict(two_step) if isinstance(two_step, dict) else {}
            self.second_step_weight = float(options.pop("weight", 0.5))
            self.teacher = MeanTeacher(self.enhancer, **options)
        self.label_free = LabelFree.from_option(label_free)
        view = (3, 1, 1)
        self.register_buffer("norm_mean", 255 * torch.tensor(IMAGENET_MEAN).view(view), False)
        self.register_buffer("norm_std", 255 * torch.tensor(IMAGENET_STD).view(view), False)
        self.names_enhancer_file = enhancer_is_file(enhancer)
        self.record_next = False  # a visualisation hook sets it and reads `recorded`
        self.recorded: dict[str, Any] = {}
        self.follows_checkpoint = False  # set by the runner where training is resumed
        self.register_load_state_dict_pre_hook(_check_incoming_enhancer)

    @property
    def trains_two_steps(self) -> bool:
        """Whether the next training batch holds the images of both steps."""
        return self.teacher is not None and self.training

    @property
    def training_parts(self) -> tuple[str, ...]:
        """What the next training batch holds, one after another, as many images each; () outside of training.

        'step1': enhanced by the student. 'step2': enhanced from the teacher's output. In label-free training also
        'enhanced_clean' where the clean term has a weight, 'clean': the clean images as they are, and 'target' where
        the network sees them otherwise for the target.
        """
        if not self.training:
            return ()
        parts: tuple[str, ...] = ("step1", "step2") if self.trains_two_steps else ("step1",)
        if self.label_free is None:
            return parts
        if self.label_free.clean_weight:
            parts += ("enhanced_clean",)
        parts += ("clean",)
        if self.label_free.target_gains is not None:
            parts += ("target",)
        return parts

    def enhance_raw(
        self, raw: Sequence[Tensor], training: bool, clean: Sequence[Tensor] = ()
    ) -> list[list[Tensor]]:
        """Enhance raw images.

        Args:
            raw: images (3, H, W), 0..255, in ``input_order``; sizes may differ.
            training: whether the images are for the loss; predictions take no second step.
            clean: in label-free training the images from before the corruption, of the same sizes.

        Returns:
            One list of enhanced raw images, float32, not rounded; in training one list for each of
            :attr:`training_parts`.
        """
        images = [self._to_normalized(image) for image in raw]
        strength = self._strength_of_step(training)
        if not training:
            enhanced = self._enhance(_stack_if_equal(images), strength)
            # The way to the enhancer's space and back would round.
            return [list(raw) if strength == 0 else self._all_to_raw(enhanced)]
        parts = self.training_parts
        batch, shown = _stack_if_equal(images), images
        if "enhanced_clean" in parts:  # in one pass, so that BatchNorm meets both
            shown = [*images, *(self._to_normalized(image) for image in clean)]
        enhanced = self._all_to_raw(self._enhance(_stack_if_equal(shown), strength))
        lists = {"step1": enhanced[: len(raw)], "enhanced_clean": enhanced[len(raw) :]}
        if "step2" in parts:
            lists["step2"] = self._all_to_raw(self._enhance(self._teach(batch), strength))
        lists["clean"] = [image.float() for image in clean]
        gains = self.label_free.target_gains if self.label_free is not None else None
        if gains is not None:
            lists["target"] = [self._multiplied(image, gains) for image in lists["clean"]]
        return [lists[part] for part in parts or ("step1",)]

    def _all_to_raw(self, images: Tensor | list[Tensor]) -> list[Tensor]:
        return [self._to_raw(image) for image in images]

    def may_go_fast(self, raw: Sequence[Tensor]) -> bool:
        """Whether to ask :meth:`enhance_for_network`, in testing: colour images, and no picture is to be recorded."""
        colour = all(image.dim() == 3 and image.size(0) == 3 for image in raw)
        return self.fast_path and not self.record_next and colour

    def enhance_for_network(
        self, raw: Sequence[Tensor], size: tuple[int, int], pad_value: float
    ) -> Tensor | None:
        """Enhance, swap channels, normalise, pad and stack in one pass.

        Args:
            raw: as for :meth:`enhance_raw`.
            size: height and width to pad to, at the right and at the bottom.
            pad_value: what to pad with.

        Returns:
            The network's input (N, 3, H, W), float32: within 1e-4 of what the host class makes of
            :meth:`enhance_raw`, in normalised units. None where the plain modules have to do it.
        """
        source, target = PixelFormat(rgb=self.input_order == "rgb"), self.network_format()
        enhanced = enhance_pixels(
            self.enhancer, list(raw), source, target, size=size, pad_value=pad_value
        )
        return None if enhanced is None else cast("Tensor", enhanced.pixels)  # of one size

    def network_format(self) -> PixelFormat:
        """Give channel order and normalisation of what the host class makes of the images."""
        rgb = (self.input_order == "rgb") != self.swaps_channels
        if not self._enable_normalize:
            return PixelFormat(rgb=rgb)
        mean, std = (part.flatten().expand(3).tolist() for part in (self.mean, self.std))
        return PixelFormat(tuple(mean), tuple(std), rgb)

    def _to_normalized(self, image: Tensor) -> Tensor:
        if image.dim() != 3 or image.size(0) != 3:
            raise ValueError(
                f"the enhancer takes colour images (3, H, W), got {tuple(image.shape)}; load them with "
                "LoadImageFromFile(color_type='color')"
            )
        return (self._swap(image).float() - self.norm_mean) / self.norm_std

    def _to_raw(self, image: Tensor) -> Tensor:
        return self._swap(image.float() * self.norm_std + self.norm_mean)

    def _multiplied(self, image: Tensor, gains: Sequence[float]) -> Tensor:
        """Multiply a raw image by the gains of red, green and blue, clipped at white."""
        return (image * self._swap(image.new_tensor(gains).view(3, 1, 1))).clamp(max=255)

    def _swap(self, image: Tensor) -> Tensor:
        return image.flip(0) if self.input_order == "bgr" else image

    def _strength_of_step(self, training: bool) -> float:
        """Give how far the enhancer's prediction is followed: 1 for the loss, whatever its own default."""
        own = self.enhancer.strength if isinstance(self.enhancer, SyMPIE) else 1.0
        return 1.0 if training or self.enhancer.training else own

    def _enhance(self, batch: Tensor | list[Tensor], strength: float) -> Tensor | list[Tensor]:
        if self.record_next:
            return self._record(batch, strength)
        result: Tensor | list[Tensor] = self.enhancer(batch, **self._told(strength))
        return result

    def _teach(self, batch: Tensor | list[Tensor]) -> Tensor | list[Tensor]:
        # The teacher is in eval mode, yet part of the training.
        assert self.teacher is not None
        result: Tensor | list[Tensor] = self.teacher(batch, **self._told(1.0))
        return result

    def _told(self, strength: float) -> dict[str, float]:
        """Name the strength only where it is not the enhancer's own: other enhancers know of none."""
        knows = isinstance(self.enhancer, SyMPIE) and self.enhancer.strength != strength
        return {"strength": strength} if knows else {}

    def _record(self, batch: Tensor | list[Tensor], strength: float) -> Tensor | list[Tensor]:
        """Enhance as before, and keep the first image and its parameters."""
        self.record_next = False
        # The parts of the enhancer's own forward: a second one would move its BatchNorm statistics.
        enhancer: Any = self.enhancer  # a SyMPIE: only its hook asks for pictures
        parameters = enhancer.estimate(batch, **self._told(strength))
        enhanced = batch if strength == 0 else enhancer.enhance(batch, parameters)
        self.recorded = dict(
            input=batch[0], enhanced=enhanced[0].detach(), parameters=parameters[0].detach()
        )
        if self.teacher is not None:
            self.recorded["teacher"] = self._teach(batch[:1])[0]
        return enhanced


def enhancer_is_file(enhancer: Any) -> TypeGuard[str | os.PathLike[str]]:
    """Whether the config names an enhancer file."""
    return isinstance(enhancer, (str, os.PathLike))


def _build_enhancer(
    enhancer: str | os.PathLike[str] | dict | nn.Module | None,
) -> tuple[nn.Module, str | None]:
    """Give the enhancer and where its weights come from (None: it was not trained yet)."""
    if enhancer is None:
        return SyMPIE(), None
    if enhancer_is_file(enhancer):
        path = resolve_enhancer(enhancer)
        loaded, provenance = load_enhancer(path)
        source = f"{os.fspath(enhancer)} (sha256 {file_sha256(path)[:16]})"
        print_log(
            f"Enhancer loaded from {source}; its own strength: {loaded.strength:g}; provenance: {provenance}",
            logger="current",
        )
        return loaded, source
    if not isinstance(enhancer, (dict, nn.Module)):
        raise TypeError(
            f"expected enhancer as a file, a config or a module, got {enhancer!r} (--cfg-options makes a list of a "
            "path with a comma in it: rename the folder, or set it in the config)"
        )
    module = enhancer if isinstance(enhancer, nn.Module) else MODELS.build(dict(enhancer))
    trainable = any(True for _ in module.parameters())
    return module, None if trainable else type(module).__name__


def _set_strength(enhancer: nn.Module, strength: float) -> None:
    if not isinstance(enhancer, SyMPIE):
        raise ValueError(
            f"strength={strength!r} goes with a SyMPIE, the enhancer is {type(enhancer).__name__}; "
            "leave strength out"
        )
    enhancer.strength = strength


def _check_incoming_enhancer(
    module: Any, state_dict: dict[str, Tensor], prefix: str, *args: Any
) -> None:
    """Decide what a checkpoint may do to the enhancer while it is loaded.

    Without enhancer keys (a stock network checkpoint) the enhancer stays as it is. A part of the keys, or other
    shapes, is an error: mmengine would continue with half an enhancer. Where the config names a file, that file
    takes precedence, unless training is resumed.
    """
    start = prefix + "enhancer."
    own = {start + key: value for key, value in module.enhancer.state_dict().items()}
    incoming = {key for key in state_dict if key.startswith(start)}
    if not own:
        return
    if module.names_enhancer_file and not module.follows_checkpoint:
        if any(not torch.equal(state_dict[k].cpu(), own[k].cpu()) for k in incoming & own.keys()):
            print_log(
                f"The checkpoint holds another enhancer; {module.enhancer_source}, named in the config, "
                "takes precedence",
                logger="current",
            )
        state_dict.update(own)
        if module.teacher is not None:
            state_dict.update(module.teacher.state_dict(prefix=prefix + "teacher."))
        return
    if not incoming:
        return
    wrong = sorted(incoming ^ own.keys())
    wrong += [k for k in incoming & own.keys() if state_dict[k].shape != own[k].shape]
    if wrong:
        raise ValueError(
            f"the checkpoint's enhancer does not fit the config's: {wrong[:3]} ({len(wrong)} in all); "
            "use the config that the checkpoint was trained with"
        )
    module.enhancer_source = "the checkpoint"


def _stack_if_equal(images: list[Tensor]) -> Tensor | list[Tensor]:
    equal = all(image.shape == images[0].shape for image in images)
    return torch.stack(images) if equal else images


def copy_samples(samples: Sequence[BaseDataElement] | None) -> list[BaseDataElement] | None:
    """Copy samples and their fields, not the tensors: the host classes replace fields of what they are given."""
    if samples is None:
        return None
    copies = [sample.clone() for sample in samples]
    for copy in copies:
        for name, field in list(copy.items()):
            if isinstance(field, BaseDataElement):
                setattr(copy, name, field.clone())
    return copies


def join_halves(halves: list[dict]) -> dict[str, Any]:
    """Make one batch of what the host class gave for each part of it: 'inputs' and 'data_samples'."""
    if len(halves) == 1:
        return halves[0]
    samples = [sample for half in halves for sample in half["data_samples"]]
    return dict(inputs=torch.cat([half["inputs"] for half in halves]), data_samples=samples)


@contextmanager
def replayed_randomness(states: list[Any]) -> Iterator[None]:
    """Draw the same random numbers each time this is entered with the same list.

    Covers Python, NumPy, torch on the CPU and torch on the current CUDA device.

    Args:
        states: an empty list at first; the states are kept in it.
    """
    import random

    cuda = torch.cuda.is_available()
    if states:
        random.setstate(states[0])
        np.random.set_state(states[1])
        torch.set_rng_state(states[2])
        if cuda:
            torch.cuda.set_rng_state(states[3])
    else:
        states += [random.getstate(), np.random.get_state(), torch.get_rng_state()]
        if cuda:
            states.append(torch.cuda.get_rng_state())
    yield
