"""The plug-in for classification: SyMPIE as an mmpretrain data preprocessor. Needs mmpretrain."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import torch
from mmengine.model import stack_batch
from mmpretrain.models import ClsDataPreprocessor
from mmpretrain.registry import MODELS
from torch import Tensor, nn

from sympie_seg.models.data_preprocessors.clean_images import needed_clean_images
from sympie_seg.models.data_preprocessors.enhancement import (
    EnhancementMixin,
    copy_samples,
    join_halves,
    replayed_randomness,
)

__all__ = ["SyMPIEClsDataPreprocessor"]


@MODELS.register_module()
class SyMPIEClsDataPreprocessor(EnhancementMixin, ClsDataPreprocessor):
    """mmpretrain's ``ClsDataPreprocessor`` that enhances the images before it normalises them.

    Set ``type='SyMPIEClsDataPreprocessor'`` in any mmpretrain config's ``data_preprocessor`` and name an enhancer
    file; every option of the parent keeps its meaning, and the enhancer file is the one that mmseg's plug-in takes.
    Padding comes after enhancement and never reaches NEM. Batch augments (mixup, CutMix) come before it: NEM sees the
    mixed images, both steps get the same mixture, and with an identity enhancer the network gets what the parent
    would have given it.

    In training with ``two_step`` the batch that comes out holds the student's images followed by its images of the
    teacher-cleaned inputs, with copies of the samples; :func:`sympie_seg.models.frozen.split_loss` weighs the two.

    Args:
        enhancer (str | dict | nn.Module, optional): an enhancer file, the config of a registered enhancer, for
            instance ``dict(type='SyMPIE')``, or a module. Defaults to None: an untrained SyMPIE.
        two_step (bool | dict): train with the mean teacher; a dict sets ``keep`` (0.9) and ``weight`` of the
            second loss (0.5). Defaults to False.
        label_free (bool | dict): as for ``SyMPIESegDataPreProcessor``; the packing transform is PackInputs. Defaults
            to False.
        input_order (str, optional): channel order of the loaded images, 'bgr' or 'rgb'. Defaults to None: 'bgr', as
            mmcv loads them, whatever ``to_rgb`` makes of them for the network.
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
        fast: bool = True,
        strength: float | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._init_enhancement(enhancer, two_step, input_order, "bgr", fast, label_free, strength)

    def forward(self, data: dict, training: bool = False) -> dict[str, Any]:
        """Mix where batch augments are set, enhance, then do what the parent does.

        Args:
            data (dict): 'inputs', a list of (3, H, W) images 0..255 (or one (N, 3, H, W) tensor), and
                'data_samples', never changed in place.
            training (bool): as in the parent. Defaults to False.

        Returns:
            dict: 'inputs' (N, 3, H, W), in training N for each of ``training_parts``, and 'data_samples'.

        Raises:
            ValueError: if images are not in colour, sizes differ where batch augments mix them, or label-free training
                misses the clean images.
        """
        raw, samples = self.cast_data(data["inputs"]), copy_samples(data.get("data_samples"))
        if not training and self.may_go_fast(raw):
            batch = self._test_in_one_pass(raw, samples)
            if batch is not None:
                return batch
        clean: Sequence[Tensor] = ()
        if training and self.label_free:
            clean = needed_clean_images(samples, raw)
        if training and self.batch_augments is not None:
            randomness: list[Any] = []
            if clean:  # with the same draw as the corrupted images
                with replayed_randomness(randomness):
                    clean, _ = self._mix(clean, copy_samples(samples))
            with replayed_randomness(randomness):
                raw, samples = self._mix(raw, samples)
        halves = []
        for images in self.enhance_raw(raw, training, clean):
            half = dict(inputs=images, data_samples=copy_samples(samples))
            # All that the parent does in training alone is to mix, which is done.
            halves.append(super().forward(half, training=False))
        return join_halves(halves)

    def without_enhancement(self, data: dict) -> dict[str, Any]:
        """Do what the parent does in testing, with the images as they are; arguments and result as of ``forward``."""
        half = dict(inputs=data["inputs"], data_samples=copy_samples(data.get("data_samples")))
        result: dict[str, Any] = super().forward(half, training=False)
        return result

    @property
    def swaps_channels(self) -> bool:
        """Whether the parent reverses the channels."""
        result: bool = self.to_rgb
        return result

    def _test_in_one_pass(
        self, raw: Sequence[Tensor], samples: list | None
    ) -> dict[str, Any] | None:
        """Do all of a test batch's ``forward`` at once; None where the fast path does not apply."""
        shapes = [torch.empty_like(image, device="meta") for image in raw]
        size = tuple(stack_batch(shapes, self.pad_size_divisor).shape[-2:])
        inputs = self.enhance_for_network(raw, size, self.pad_value)
        if inputs is None:
            return None
        return dict(inputs=inputs, data_samples=self._labelled(len(raw), samples))

    def _labelled(self, count: int, samples: list | None) -> list | None:
        """Let the parent prepare the samples' labels and scores; it looks at no image, so one pixel will do."""
        pixels = self.norm_mean.new_zeros(count, 3, 1, 1)
        result: list | None = super().forward(dict(inputs=pixels, data_samples=samples))[
            "data_samples"
        ]
        return result

    def _mix(self, raw: Sequence[Tensor], samples: list | None) -> tuple[Sequence[Tensor], Any]:
        """Let the parent's batch augments mix raw images and scores; the samples are changed."""
        samples = self._labelled(len(raw), samples)
        if not samples or "gt_score" not in samples[0]:
            return raw, samples  # as the parent: without scores nothing is mixed
        if len({image.shape for image in raw}) > 1:
            raise ValueError(
                f"batch_augments mix images of one size, got {[tuple(i.shape) for i in raw]}; crop them to one "
                "size in train_pipeline"
            )
        scores = torch.stack([sample.gt_score for sample in samples])
        mixed, scores = self.batch_augments(torch.stack(list(raw)).float(), scores)
        for sample, score in zip(samples, scores, strict=True):
            sample.set_gt_score(score)
        return mixed, samples
