"""The frozen network of a config, behind one enhancer after another."""

from __future__ import annotations

import copy
from functools import cached_property
from typing import Any

import torch
from mmengine.config import Config
from mmengine.registry import MODELS, init_default_scope
from torch import nn

from sympie_seg.enhancer import load_enhancer
from sympie_seg.models.data_preprocessors.config import preprocessor_options
from sympie_seg.models.frozen.fingerprint import network_fingerprint
from sympie_seg.models.frozen.frozen_weights import load_frozen_weights
from sympie_seg.models.frozen.predict_by_size import predict_by_size
from sympie_seg.models.torch_network import FROM_FACTORY, complete_preprocessor, weights_digest
from sympie_seg.plugging import plug
from sympie_seg.plugging.places import PLUGGED, kind

__all__ = ["NetworkUnderTest", "checkpoint_of", "with_enhancer_slot"]


class NetworkUnderTest:
    """Builds the network once, loads its weights, and changes its data preprocessor.

    Args:
        cfg: a test config; a stock data preprocessor is replaced by the one that takes an enhancer.
        checkpoint: file or URL of the network.

    Attributes:
        weights (str): the checkpoint; for weights that come from a TorchNetwork's factory a digest of them.
        model (nn.Module): in eval mode, on the GPU where there is one; takes batches of several sizes.

    Raises:
        ValueError: if the data preprocessor is of another kind, or the checkpoint does not fit.
        FileNotFoundError: if the checkpoint is missing.
    """

    def __init__(self, cfg: Config, checkpoint: str) -> None:
        init_default_scope(cfg.get("default_scope", "mmseg"))
        cfg = with_enhancer_slot(cfg)
        self.cfg = cfg
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.options = dict(preprocessor_options(cfg))
        model = dict(cfg.model, data_preprocessor=self._options(dict(type="NoEnhancer")))
        self.model = MODELS.build(Config(dict(model=model)).model)
        load_frozen_weights(self.model, checkpoint)
        self.weights = checkpoint
        if checkpoint == FROM_FACTORY:
            self.weights = f"{FROM_FACTORY} (sha256 {weights_digest(self.model.network)[:16]})"
        predict_by_size(self.model)
        self.model.to(self.device).eval()
        self.plain = self.model.data_preprocessor

    @cached_property
    def fingerprint(self) -> str:
        """Tells its weights from others (:mod:`sympie_seg.models.frozen.fingerprint`); only comparisons ask for it."""
        return network_fingerprint(self.model)

    def put_in_front(
        self, enhancer: str | dict[str, Any], strength: float | None = None
    ) -> nn.Module:
        """Give the model a data preprocessor with another enhancer.

        Args:
            enhancer: a file, or the config of a registered enhancer.
            strength: of a file's SyMPIE. Defaults to None: the config's, else its own.

        Returns:
            The data preprocessor.
        """
        options = self._options(enhancer)
        if strength is not None:
            options["strength"] = strength
        self.model.data_preprocessor = MODELS.build(options)
        self.model.to(self.device).eval()
        result: nn.Module = self.model.data_preprocessor
        return result

    def strength_of(
        self, enhancer: str | dict[str, Any], strength: float | None = None
    ) -> float | None:
        """Give the strength that :meth:`put_in_front` with the same arguments uses; None for an enhancer without.

        What is given counts before ``strength`` in the config's data preprocessor, and that before the file's own.
        """
        if not isinstance(enhancer, str):
            inner = enhancer.get("enhancer")  # of a RepeatedEnhancer
            return load_enhancer(inner)[0].strength if isinstance(inner, str) else None
        for given in (strength, self.options.get("strength")):
            if given is not None:
                return float(given)
        return load_enhancer(enhancer)[0].strength

    def _options(self, enhancer: str | dict[str, Any]) -> dict[str, Any]:
        options = dict(self.options, enhancer=enhancer, two_step=False)
        if not isinstance(enhancer, str):
            options.pop("strength", None)  # the config's is for its file; others take none
        return options


def checkpoint_of(cfg: Config, given: str | None) -> str:
    """Give the network's checkpoint: as given, else the config's.

    That is ``frozen_checkpoint``, ``load_from`` or, of a TorchNetwork, ``model.checkpoint``.

    Raises:
        ValueError: if there is none.
    """
    checkpoint = given or cfg.get("frozen_checkpoint") or cfg.get("load_from")
    checkpoint = checkpoint or cfg.model.get("checkpoint")
    if not checkpoint:
        raise ValueError(
            "no checkpoint of the network: name it behind the config (the config has neither frozen_checkpoint nor "
            "load_from)"
        )
    return str(checkpoint)


def with_enhancer_slot(cfg: Config) -> Config:
    """Give the config with a data preprocessor that takes an enhancer; a stock one is replaced.

    Raises:
        ValueError: if the data preprocessor is of another kind.
    """
    if kind(preprocessor_options(cfg)) not in PLUGGED.values():
        cfg = plug(cfg, dict(type="NoEnhancer"))
    if kind(cfg.model) == "TorchNetwork":
        cfg = copy.deepcopy(cfg)
        cfg.model.data_preprocessor = complete_preprocessor(cfg.model, preprocessor_options(cfg))
    if kind(preprocessor_options(cfg)) == PLUGGED["ClsDataPreprocessor"]:
        import sympie_seg.classification  # noqa: F401  (registers it; needs mmpretrain)
    return cfg
