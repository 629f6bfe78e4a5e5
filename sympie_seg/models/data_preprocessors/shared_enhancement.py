"""One enhancer for the images of several networks, each of which is then normalised as its network wants it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mmengine.model import BaseDataPreprocessor
from mmengine.registry import MODELS
from torch import Tensor, nn

from sympie_seg.models.data_preprocessors.clean_images import needed_clean_images
from sympie_seg.models.data_preprocessors.enhancement import (
    EnhancementMixin,
    copy_samples,
    join_halves,
    replayed_randomness,
)

__all__ = ["NetworkBatch", "SharedEnhancement"]


@dataclass(frozen=True, eq=False)
class NetworkBatch:
    """The images of one network.

    Attributes:
        network: its number.
        indices: which images of the whole batch these are.
        inputs: what the network takes, (N, 3, H, W); in training N for each of ``training_parts``.
        data_samples: one for each of the inputs.
    """

    network: int
    indices: list[int]
    inputs: Tensor
    data_samples: list


@MODELS.register_module()
class SharedEnhancement(EnhancementMixin, BaseDataPreprocessor):
    """The data preprocessor of :class:`~sympie_seg.models.frozen_networks.FrozenNetworks`.

    All raw images of a batch, whatever their network, go through the enhancer as one list, so that NEM's BatchNorm
    meets one mixed batch, as its running statistics do. Then the stock data preprocessor of each network normalises,
    swaps and pads its own images: the student's, those of the second step and the clean ones with the same random
    draws.

    Args:
        enhancer (str | dict | nn.Module, optional): as for ``SyMPIESegDataPreProcessor``.
        two_step (bool | dict): likewise.
        label_free (bool | dict): likewise.
        input_order (str): channel order of all loaded images, 'bgr' or 'rgb'. Defaults to 'bgr', as mmcv loads them.
        strength (float, optional): likewise.
        non_blocking (bool): as in mmengine.

    Raises:
        FileNotFoundError: if the enhancer file is missing.
        ValueError: if it does not hold an enhancer, or an option is out of range.
    """

    swaps_channels = False

    def __init__(
        self,
        enhancer: str | os.PathLike[str] | dict | nn.Module | None = None,
        two_step: bool | dict = False,
        label_free: bool | dict = False,
        input_order: str = "bgr",
        strength: float | None = None,
        non_blocking: bool | None = False,
    ) -> None:
        super().__init__(non_blocking)
        self._init_enhancement(
            enhancer, two_step, input_order, "bgr", label_free=label_free, strength=strength
        )
        self._stock: tuple[nn.Module, ...] = ()

    def set_stock(self, preprocessors: Sequence[nn.Module]) -> None:
        """Take the data preprocessors of the networks; the model owns them.

        Args:
            preprocessors: one for each network.
        """
        self._stock = tuple(preprocessors)  # a tuple, so that their buffers are not counted twice

    def forward(self, data: dict, training: bool = False) -> dict[str, list[NetworkBatch]]:
        """Enhance all images together, then prepare them for their networks.

        Args:
            data (dict): 'inputs', a list of images (3, H, W), 0..255, and 'data_samples', never changed in place,
                with the number of the network in the metainfo ``network``.
            training (bool): whether the images are for the loss. Defaults to False.

        Returns:
            dict: 'batches', one for each network that has images, in the networks' order.

        Raises:
            ValueError: if a sample names no network or one that does not exist, images are not in colour, or
                label-free training misses the clean images.
        """
        indices = self._indices_by_network(data)
        data = self.cast_data(data)
        raw, samples = list(data["inputs"]), data["data_samples"]
        clean = needed_clean_images(samples, raw) if training and self.label_free else ()
        lists = self.enhance_raw(raw, training, clean)
        batches = []
        for network, own in indices.items():
            parts: list[dict] = []
            randomness: list[Any] = []
            for images in lists:
                part = dict(
                    inputs=[images[index] for index in own],
                    data_samples=copy_samples([samples[index] for index in own]),
                )
                with replayed_randomness(randomness):
                    parts.append(self._stock[network](part, training))
            batches.append(NetworkBatch(network, own, **join_halves(parts)))
        return dict(batches=batches)

    def _indices_by_network(self, data: Any) -> dict[int, list[int]]:
        """Find which images are for which network."""
        if not isinstance(data, dict) or not data.get("data_samples"):
            raise ValueError(
                "several networks need batches with 'inputs' and 'data_samples': set "
                "train_dataloader.collate_fn=dict(type='network_mix_collate') where the dataset is a NetworkMix"
            )
        indices: dict[int, list[int]] = {}
        for index, sample in enumerate(data["data_samples"]):
            network = sample.get("network")
            if network not in range(len(self._stock)):
                raise ValueError(
                    f"image '{sample.get('img_path')}' is for network {network!r}, the model has the networks 0 to "
                    f"{len(self._stock) - 1}: give NetworkMix (training) and NetworkSequence (validation) one part "
                    "for each of model.networks"
                )
            indices.setdefault(network, []).append(index)
        return dict(sorted(indices.items()))
