"""Several frozen networks, segmenters and classifiers, behind one enhancer that is trained through all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

import torch
from mmengine.model import BaseDataPreprocessor, BaseModel
from mmengine.registry import MODELS, DefaultScope
from torch import Tensor, nn

from sympie_seg.enhancer import IMAGENET_STD
from sympie_seg.models.data_preprocessors.shared_enhancement import NetworkBatch
from sympie_seg.models.frozen.class_scores import score_kind
from sympie_seg.models.frozen.frozen_weights import check_network_weights, load_frozen_weights
from sympie_seg.models.frozen.split_loss import PartLosses, log_part_losses, part_losses
from sympie_seg.utils.extras import require_mmpretrain
from sympie_seg.utils.numbers import is_number

__all__ = ["FrozenNetworks"]

_CHILD = "networks."
_FORBIDDEN = (
    ".",
    "/",
    "loss",
)  # separators of names of weights and metrics; mmengine adds up every "loss"


@MODELS.register_module()
class FrozenNetworks(BaseModel):
    """Several networks as one model of mmengine, for training one enhancer through all of them.

    The loss is the weighted sum of the networks' losses, each computed as for a network alone
    (:func:`~sympie_seg.models.frozen.split_loss.part_losses`). Logged: ``loss1`` and ``loss2`` (weighted sums) and
    ``loss1_<name>``, ``loss2_<name>`` (unweighted). ::

        runner_type = 'FrozenNetworkRunner'
        frozen_checkpoint = ['segmenter.pth', 'classifier.pth']
        model = dict(
            type='FrozenNetworks',
            data_preprocessor=dict(
                type='SharedEnhancement', enhancer=dict(type='SyMPIE'), two_step=True, label_free=True),
            networks=[
                dict(name='segmenter', model=dict(type='mmseg.EncoderDecoder', data_preprocessor=dict(
                    type='SegDataPreProcessor', ...), ...)),
                dict(name='classifier', weight=0.5, model=dict(type='mmpretrain.ImageClassifier', ...))])

    Args:
        networks (Sequence[dict]): for each network ``model``, its config with its stock data preprocessor; ``name``
            (letters, digits, ``_`` and ``-``; 'network0' and so on by default); ``weight`` of its loss, above 0 (1);
            ``pixel_weight``, at least 0, instead of ``label_free.pixel_weight`` where this network's images are meant;
            ``scope``, in whose registry its parts are found: 'mmseg' or 'mmpretrain', by default that of the model's
            type, or what the task of a ``TorchNetwork`` needs.
        data_preprocessor (dict | nn.Module): ``dict(type='SharedEnhancement', ...)``.
        init_cfg, train_cfg, test_cfg: as mmengine's and mmseg's tools pass them; the last two are not used.

    Attributes:
        names (list[str]): of the networks, in order.

    Raises:
        ValueError: if an option cannot be used or has no effect, two networks have one name, or training is
            label-free and a network's predictions are no class scores.
    """

    def __init__(
        self,
        networks: Sequence[Mapping[str, Any]],
        data_preprocessor: dict | nn.Module | None = None,
        init_cfg: dict | None = None,
        train_cfg: dict | None = None,
        test_cfg: dict | None = None,
    ) -> None:
        super().__init__(data_preprocessor, init_cfg)
        if not hasattr(self.data_preprocessor, "set_stock"):
            raise ValueError(
                "FrozenNetworks needs data_preprocessor=dict(type='SharedEnhancement', enhancer=...), got "
                f"{type(self.data_preprocessor).__name__}"
            )
        if isinstance(networks, Mapping) or not networks:
            raise ValueError("networks must be a list with one dict(model=...) for each network")
        entries = [_checked_entry(number, entry) for number, entry in enumerate(networks)]
        self.names: list[str] = [entry["name"] for entry in entries]
        if len(set(self.names)) < len(self.names):
            raise ValueError(f"networks must have different names, got {', '.join(self.names)}")
        self.weights: list[float] = [entry["weight"] for entry in entries]
        self.pixel_weights: list[float | None] = [entry["pixel_weight"] for entry in entries]
        if self.data_preprocessor.label_free is None:
            self._refuse_pixel_weights()
        self.networks = nn.ModuleDict({entry["name"]: _build(entry) for entry in entries})
        self.data_preprocessor.set_stock([one.data_preprocessor for one in self.networks.values()])
        if self.data_preprocessor.label_free is not None:
            for network in self.networks.values():
                score_kind(network)  # say so now, not after the data were read

    def _refuse_pixel_weights(self) -> None:
        for number, weight in enumerate(self.pixel_weights):
            if weight is not None:
                raise ValueError(
                    f"networks[{number}].pixel_weight has no effect without label-free training: set "
                    "data_preprocessor.label_free, or leave pixel_weight out"
                )

    def forward(self, batches: list[NetworkBatch], mode: str = "loss") -> Any:
        """Do as mmengine's runner asks.

        Args:
            batches: of :class:`SharedEnhancement`.
            mode: 'loss' gives the dict of :meth:`loss`; 'predict' the samples with predictions, in the order of the
                whole batch; 'tensor' a list of what each network gives.

        Raises:
            ValueError: if the mode is none of these.
        """
        if mode == "loss":
            return self.loss(batches)
        if mode == "predict":
            return self.predict(batches)
        if mode == "tensor":
            return [self._network(b)(b.inputs, b.data_samples, mode="tensor") for b in batches]
        raise ValueError(f"mode must be 'loss', 'predict' or 'tensor', got {mode!r}")

    def losses_by_network(self, batches: Sequence[NetworkBatch]) -> dict[str, PartLosses]:
        """Compute each network's losses on its own images, by the network's name; nothing is logged."""
        losses = {}
        for batch in batches:
            network = self._network(batch)
            losses[self.names[batch.network]] = part_losses(
                network,
                self.data_preprocessor,
                batch.inputs,
                batch.data_samples,
                network.loss,
                pixel_unit=_pixel_unit(network.data_preprocessor),
                pixel_weight=self.pixel_weights[batch.network],
            )
        return losses

    def weighted(self, losses: Mapping[str, Tensor]) -> Tensor:
        """Add up losses by network, each with the weight of its network."""
        weights = dict(zip(self.names, self.weights, strict=True))
        return torch.stack([weights[name] * loss.float() for name, loss in losses.items()]).sum()

    def loss(self, batches: Sequence[NetworkBatch]) -> dict[str, Any]:
        """Give the total ``loss``, and the networks' own monitors as ``<name>.step1.*``."""
        losses = self.losses_by_network(batches)
        log: dict[str, Tensor] = {}
        for key in ("loss1", "loss2", "clean_loss"):
            named = {name: one.named() for name, one in losses.items()}
            values = {name: one[key] for name, one in named.items() if key in one}
            if values:
                log[key] = self.weighted(values)
                log.update({f"{key}_{name}": value for name, value in values.items()})
        log_part_losses(log)
        monitors = {
            f"{name}.{key}": value
            for name, one in losses.items()
            for key, value in one.monitors.items()
        }
        totals = {name: one.total(self.data_preprocessor) for name, one in losses.items()}
        return dict(loss=self.weighted(totals), **monitors)

    def predict(self, batches: Sequence[NetworkBatch]) -> list[Any]:
        """Predict with each network, and give the samples in the order of the whole batch."""
        predictions: dict[int, Any] = {}
        for batch in batches:
            results = self._network(batch)(batch.inputs, batch.data_samples, mode="predict")
            predictions.update(zip(batch.indices, results, strict=True))
        return [predictions[index] for index in sorted(predictions)]

    def load_weights(self, paths: Sequence[str | None] | None) -> None:
        """Load the weights of every network completely.

        Args:
            paths: a file or URL for each network, in order; None for a ``TorchNetwork`` that has its weights.

        Raises:
            FileNotFoundError: if a file is missing.
            ValueError: if there is not one path for each network, or a file does not fit.
        """
        if not isinstance(paths, (list, tuple)) or len(paths) != len(self.names):
            given = f"{len(paths)} files" if isinstance(paths, (list, tuple)) else repr(paths)
            raise ValueError(
                f"frozen_checkpoint must be a list with one file for each of the {len(self.names)} networks "
                f"({', '.join(self.names)}), got {given}"
            )
        for (name, network), path in zip(self.networks.items(), paths, strict=True):
            try:
                load_frozen_weights(network, path)
            except (FileNotFoundError, ValueError) as error:
                raise type(error)(f"network '{name}': {error}") from error

    def checked_weights(self, checkpoint: Any, path: str) -> dict[str, Tensor]:
        """Give the networks' weights of a checkpoint of this training.

        Args:
            checkpoint: what the file held.
            path: of the file, for messages.

        Raises:
            ValueError: if it is of other networks, or weights do not fit.
        """
        state = checkpoint.get("state_dict", checkpoint)
        state = {key.removeprefix("module."): value for key, value in state.items()}
        kept = [key.removeprefix(_CHILD).split(".")[0] for key in state if key.startswith(_CHILD)]
        names = list(dict.fromkeys(kept))
        if names != self.names:
            raise ValueError(
                f"'{path}' was trained through {len(names)} networks ({', '.join(names) or 'no list of networks'}), "
                f"the config has {len(self.names)} ({', '.join(self.names)}): resume with the same networks in the "
                "same order, or start a new training in another work_dir"
            )
        checked: dict[str, Tensor] = {}
        for name, network in self.networks.items():
            prefix = f"{_CHILD}{name}."
            own = {k.removeprefix(prefix): v for k, v in state.items() if k.startswith(prefix)}
            try:
                own = check_network_weights(network, own, path)
            except ValueError as error:
                raise ValueError(f"network '{name}': {error}") from error
            checked.update({prefix + key: value for key, value in own.items()})
        return checked

    def describe_weights(self, paths: Sequence[str | None] | None) -> str:
        """Say where the weights of each network come from, for an enhancer's provenance.

        Args:
            paths: the config's ``frozen_checkpoint``.
        """
        given = list(paths or [None] * len(self.names))
        sources = [
            path or getattr(network, "weights_source", None)
            for path, network in zip(given, self.networks.values(), strict=True)
        ]
        return "; ".join(
            f"{name}: {source}" for name, source in zip(self.names, sources, strict=True)
        )

    def _network(self, batch: NetworkBatch) -> Any:
        return self.networks[self.names[batch.network]]


def _checked_entry(number: int, entry: Mapping[str, Any]) -> dict[str, Any]:
    options = dict(entry)
    settings = dict(
        model=options.pop("model", None),
        name=options.pop("name", f"network{number}"),
        weight=options.pop("weight", 1.0),
        pixel_weight=options.pop("pixel_weight", None),
        scope=options.pop("scope", None),
    )
    if options or settings["model"] is None:
        raise ValueError(
            f"networks[{number}] must be dict(model=..., name=..., weight=..., pixel_weight=..., scope=...), got the "
            f"keys {sorted(entry)}"
        )
    name, weight = settings["name"], settings["weight"]
    if not isinstance(name, str) or not name or any(part in name for part in _FORBIDDEN):
        raise ValueError(
            f"networks[{number}].name must be a word without {', '.join(map(repr, _FORBIDDEN))}, got {name!r}"
        )
    if not is_number(weight) or weight <= 0:
        raise ValueError(f"networks[{number}].weight must be a number above 0, got {weight!r}")
    pixel_weight = settings["pixel_weight"]
    if pixel_weight is not None and (not is_number(pixel_weight) or pixel_weight < 0):
        raise ValueError(
            f"networks[{number}].pixel_weight must be a number not below 0, got {pixel_weight!r}"
        )
    settings["weight"] = float(weight)
    return settings


def _build(entry: Mapping[str, Any]) -> nn.Module:
    """Build a network in its own scope: the default scope of the config is another library's for some of them."""
    model = entry["model"]
    if isinstance(model, nn.Module):
        network = model
    else:
        scope = entry["scope"] or _scope_of(model)
        if scope == "mmpretrain":
            require_mmpretrain(f"network '{entry['name']}'")
        with DefaultScope.overwrite_default_scope(scope):
            network = MODELS.build(model)
    preprocessor = getattr(network, "data_preprocessor", None)
    if preprocessor is None or hasattr(preprocessor, "enhancer"):
        raise ValueError(
            f"network '{entry['name']}' must have its library's own data preprocessor "
            f"(SegDataPreProcessor, ClsDataPreprocessor), got {type(preprocessor).__name__}: the enhancer is that of "
            "model.data_preprocessor"
        )
    return network


def _scope_of(model: Mapping[str, Any]) -> str:
    kind = str(model.get("type"))
    scope, dot, _ = kind.partition(".")
    if dot and scope in ("mmseg", "mmpretrain"):
        return scope
    return "mmpretrain" if model.get("task") == "classification" else "mmseg"


def _pixel_unit(preprocessor: BaseDataPreprocessor) -> float:
    """The unit of a network's input in that of ImageNet's normalisation, so that the pixel term weighs alike in all.

    It is 1 for the usual normalisation, and 0.017 for a network that takes grey levels minus a mean.
    """
    if not getattr(preprocessor, "_enable_normalize", False):
        return 1 / (255 * fmean(IMAGENET_STD))
    return float(preprocessor.std.float().mean()) / (255 * fmean(IMAGENET_STD))
