"""The plug-in: SyMPIE as an mmseg data preprocessor."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

import torch
from mmengine.registry import MODELS as ROOT_MODELS
from mmengine.structures import BaseDataElement
from mmseg.models import SegDataPreProcessor
from mmseg.registry import MODELS
from mmseg.utils import stack_batch
from torch import Tensor, nn

from sympie_seg.models.data_preprocessors.clean_images import needed_clean_images
from sympie_seg.models.data_preprocessors.enhancement import (
    EnhancementMixin,
    copy_samples,
    join_halves,
    replayed_randomness,
)

__all__ = ["SyMPIESegDataPreProcessor"]


@MODELS.register_module()
class SyMPIESegDataPreProcessor(EnhancementMixin, SegDataPreProcessor):
    """mmseg's ``SegDataPreProcessor`` that enhances the images before it normalises them.

    Replace ``type='SegDataPreProcessor'`` in any mmseg config and name an enhancer file; every option of the
    parent keeps its meaning, and the network behind gets the normalisation and channel order that it was
    trained with. Enhancement comes before padding, so that padding never reaches NEM.

    In training with ``two_step`` the batch that comes out holds the student's images followed by its
    images of the teacher-cleaned inputs, with copies of the samples; :func:`sympie_seg.models.frozen.split_loss` weighs
    the two (method.md, "Training").

    Args:
        enhancer (str | dict | nn.Module, optional): an enhancer file (loaded here, so that it is in
            force in training, testing and inference alike), the config of a registered enhancer,
            for instance ``dict(type='SyMPIE')``, or a module. Defaults to None: an untrained SyMPIE.
        two_step (bool | dict): train with the mean teacher; a dict sets ``keep`` (0.9) and ``weight`` of
            the second loss (0.5). Defaults to False.
        label_free (bool | dict): train towards the frozen network's prediction on the clean image, without labels; a
            dict sets the options of :class:`sympie_seg.models.frozen.label_free.LabelFree`. The pipeline keeps
            the clean image: ``RandomCorruption(keep_clean=True)``, 'clean_img' and 'clean_map' packed. Defaults to
            False.
        input_order (str, optional): channel order of the loaded images, 'bgr' or 'rgb'. Defaults to None:
            'rgb' with ``rgb_to_bgr=True``, else 'bgr', as mmcv loads them.
        batch_augments (callable | list, optional): called with ``(inputs, data_samples)`` in training; a list
            (or one config) is built from MODELS and called in order. Both steps get the same draw.
        fast (bool): in testing on the CPU, take SyMPIE's fast path (`sympie_seg.fast`), equal within 1e-4 of
            normalised units (docs/speed.md). Defaults to True.
        strength (float, optional): how far SyMPIE's prediction is followed outside training, in [0, 2]; with 0 the
            network gets what the parent would give it, bit for bit. Training takes 1. Defaults to None: the enhancer
            file's own, 1 unless it says otherwise.
        **kwargs: as in the parent.

    Raises:
        FileNotFoundError: if the enhancer file is missing.
        ValueError: if it does not hold an enhancer, or an option is out of range.
    """

    def __init__(
        self,
        *args: Any,
        enhancer: str | os.PathLike[str] | dict | nn.Module | None = None,
        two_step: bool | dict = False,
        label_free: bool | dict = False,
        input_order: str | None = None,
        batch_augments: Callable | Sequence | dict | None = None,
        fast: bool = True,
        strength: float | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, batch_augments=_build_augments(batch_augments), **kwargs)
        if self.test_cfg and (self.test_cfg.get("size") is None) == (
            self.test_cfg.get("size_divisor") is None
        ):
            raise ValueError(
                f"data_preprocessor.test_cfg pads by size or by size_divisor, give one of the two; got {self.test_cfg}"
            )
        default_order = "rgb" if kwargs.get("rgb_to_bgr", False) else "bgr"
        self._init_enhancement(
            enhancer, two_step, input_order, default_order, fast, label_free, strength
        )

    def forward(self, data: dict, training: bool = False) -> dict[str, Any]:
        """Enhance, then do what the parent does.

        Args:
            data (dict): 'inputs', a list of (3, H, W) images 0..255 (or one (N, 3, H, W) tensor), and
                'data_samples', never changed in place. Where a network compares K images of a place, they come as
                (3 K, H, W) and are enhanced one by one.
            training (bool): as in the parent. Defaults to False.

        Returns:
            dict: 'inputs' (N, 3, H, W), in training N for each of ``training_parts``, and 'data_samples'.

        Raises:
            ValueError: if images are not in colour, sizes differ in testing, or label-free training misses the clean
                images.
        """
        data = self.cast_data(data)
        raw, samples = data["inputs"], data.get("data_samples")
        if not training and len({image.shape for image in raw}) > 1:
            raise ValueError(
                f"images of one test batch must have one size, got {[tuple(i.shape) for i in raw]}; "
                "set test_dataloader.batch_size=1"
            )
        if not training and self.may_go_fast(raw):
            batch = self._test_in_one_pass(raw, samples)
            if batch is not None:
                return batch
        halves: list[dict] = []
        randomness: list[Any] = []
        clean = needed_clean_images(samples, raw) if training and self.label_free else ()
        for images in self.enhance_raw(_single_images(raw), training, clean):
            with replayed_randomness(randomness):
                inputs = _joined_images(images, len(raw))
                half = dict(inputs=inputs, data_samples=copy_samples(samples))
                halves.append(super().forward(half, training))
        return join_halves(halves)

    @property
    def swaps_channels(self) -> bool:
        """Whether the parent reverses the channels."""
        result: bool = self.channel_conversion
        return result

    def _test_in_one_pass(
        self, raw: Sequence[Tensor], samples: Sequence[BaseDataElement] | None
    ) -> dict[str, Any] | None:
        """Do all of a test batch's ``forward`` at once; None where the fast path does not apply."""
        size, padding = self._padded_for_test(raw)
        inputs = self.enhance_for_network(raw, size, self.pad_val)
        if inputs is None:
            return None
        samples = copy_samples(samples)
        for sample, pad_info in zip(samples or (), padding, strict=False):
            sample.set_metainfo({**pad_info})
        return dict(inputs=inputs, data_samples=samples)

    def _padded_for_test(self, raw: Sequence[Tensor]) -> tuple[tuple[int, int], list[dict]]:
        """Give the padded size of a test batch, and what the parent notes of the padding in the samples."""
        if not self.test_cfg:
            return (raw[0].shape[-2], raw[0].shape[-1]), []
        shapes = [torch.empty_like(image, device="meta") for image in raw]
        options = {key: self.test_cfg.get(key) for key in ("size", "size_divisor")}
        batch, padding = stack_batch(inputs=shapes, **options)
        return (batch.shape[-2], batch.shape[-1]), padding


def _single_images(raw: Sequence[Tensor]) -> Sequence[Tensor]:
    """Split inputs that hold several colour images; others are left to be judged later."""
    if all(image.size(0) == 3 or image.size(0) % 3 for image in raw):
        return raw
    return [single for image in raw for single in image.split(3)]


def _joined_images(images: list[Tensor], count: int) -> list[Tensor]:
    """Join what was split: ``count`` inputs."""
    if len(images) == count:
        return images
    several = len(images) // count
    return [torch.cat(images[i : i + several]) for i in range(0, len(images), several)]


def _build_augments(augments: Callable | Sequence | dict | None) -> Callable | None:
    if augments is None or callable(augments):
        return augments
    configs = [augments] if isinstance(augments, dict) else list(augments)
    built = [step if callable(step) else ROOT_MODELS.build(step) for step in configs]

    def in_order(inputs: Any, data_samples: Any) -> tuple[Any, Any]:
        for step in built:
            inputs, data_samples = step(inputs, data_samples)
        return inputs, data_samples

    return in_order
