"""Enhancer and frozen mmseg network as one graph: image in, class scores or class map out."""

from __future__ import annotations

import torch
from mmengine.config import Config
from mmengine.model import BaseModel
from mmengine.registry import MODELS, init_default_scope
from mmengine.runner import CheckpointLoader, load_checkpoint
from mmseg.apis import init_model
from torch import Tensor, nn

from sympie_seg.enhancer import SyMPIE
from sympie_seg.export.colours import Colours, three
from sympie_seg.export.enhancer import ExportableEnhancer
from sympie_seg.export.open_sizes import with_open_sizes
from sympie_seg.models.data_preprocessors import EnhancementMixin, SyMPIESegDataPreProcessor
from sympie_seg.models.frozen.frozen_weights import check_network_weights
from sympie_seg.models.torch_network import FROM_FACTORY, TorchNetwork, complete_preprocessor
from sympie_seg.plugging.places import PLUGGED, kind

__all__ = ["OUTPUTS", "ExportableNetwork", "build_network", "predict_as_mmseg"]

OUTPUTS = ("logits", "classes", "both")


class ExportableNetwork(nn.Module):
    """What mmseg does with the plug-in in front, for whole images of any size.

    Args:
        model: an mmseg segmentor whose data preprocessor is the plug-in with a SyMPIE; copied.
        source: colour space of the input.
        outputs: 'logits' (N, classes, H, W), 'classes' (N, H, W) or 'both'.
        as_operator: see :class:`ExportableEnhancer`.

    Raises:
        ValueError: if the model does something that one graph of any size cannot; the message names the option.
    """

    def __init__(
        self, model: BaseModel, source: Colours, outputs: str = "both", as_operator: bool = False
    ) -> None:
        super().__init__()
        _check(model, outputs)
        self.source, self.target = source, network_colours(model)
        enhancer = model.data_preprocessor.enhancer
        self.enhancer = ExportableEnhancer(enhancer, source, self.target, as_operator)
        self.network = with_open_sizes(model)
        del self.network.data_preprocessor
        self.output_names = ("logits", "classes") if outputs == "both" else (outputs,)
        binary = getattr(model, "out_channels", None) == 1
        self.threshold: float | None = model.decode_head.threshold if binary else None

    def forward(self, images: Tensor, strength: Tensor | None = None) -> tuple[Tensor, ...]:
        """Enhance and segment.

        Args:
            images: shape (N, 3, H, W) in the source's colour space and type.
            strength: of the enhancer, see :class:`ExportableEnhancer`.

        Returns:
            Logits (N, classes, H, W) as mmseg's ``encode_decode`` gives them, and/or the class of every pixel
            (N, H, W), uint8 (int64 beyond 256 classes). A classifier (TorchNetwork) gives (N, classes) and (N,).
        """
        enhanced, _ = self.enhancer(images, strength)
        logits = encode_decode(self.network, enhanced)
        outputs = {"logits": logits}
        if "classes" in self.output_names:
            outputs["classes"] = self.classes(logits)
        return tuple(outputs[name] for name in self.output_names)

    def classes(self, logits: Tensor) -> Tensor:
        """Choose the class of every pixel as mmseg does."""
        if self.threshold is not None:
            return (logits.sigmoid() > self.threshold).squeeze(1).to(torch.uint8)
        classes = logits.argmax(dim=1)
        return classes.to(torch.uint8) if logits.shape[1] <= 256 else classes


def encode_decode(network: BaseModel, inputs: Tensor) -> Tensor:
    """Call mmseg's ``encode_decode`` for images that were not resized or padded."""
    if isinstance(network, TorchNetwork):
        return network.logits(inputs)
    size = inputs.shape[2:]
    metas = [dict(img_shape=size, ori_shape=size, pad_shape=size, padding_size=[0] * 4)]
    result: Tensor = network.encode_decode(inputs, metas)
    return result


@torch.no_grad()
def predict_as_mmseg(
    model: BaseModel, images: Tensor, source: Colours, strength: float | None = None
) -> Tensor:
    """Logits of the model itself, through its own data preprocessor: what an exported file must give.

    Args:
        model: as for :class:`ExportableNetwork`.
        images: shape (N, 3, H, W) in the source's colour space.
        source: colour space of the images.
        strength: of the enhancer. Defaults to None: its own.
    """
    mean, std = (torch.tensor(values).view(3, 1, 1) for values in (source.mean, source.std))
    raw = images.float() * std + mean
    raw = raw if source.order == model.data_preprocessor.input_order else raw.flip(1)
    enhancer = model.data_preprocessor.enhancer
    own = enhancer.strength
    enhancer.strength = own if strength is None else strength
    try:
        return encode_decode(model, model.data_preprocessor(dict(inputs=list(raw)))["inputs"])
    finally:
        enhancer.strength = own


def build_network(
    config: Config, checkpoint: str | None = None, enhancer: str | None = None
) -> BaseModel:
    """Build the segmentor of a config, with the plug-in where the config has mmseg's own preprocessor.

    Args:
        config: an mmseg config, or one with a TorchNetwork of any task.
        checkpoint: the network's weights. Defaults to None: random ones.
        enhancer: an enhancer file. Defaults to None: what the config or the checkpoint has.

    Raises:
        ValueError: if the config has another preprocessor, or no enhancer and none is given.
    """
    if kind(config.model) == "TorchNetwork":
        return _build_torch_network(config, checkpoint, enhancer)
    preprocessor = config.model.data_preprocessor
    if preprocessor.type == "SegDataPreProcessor" and enhancer:
        preprocessor.type = "SyMPIESegDataPreProcessor"
    if preprocessor.type != "SyMPIESegDataPreProcessor":
        raise ValueError(
            f"the config's data preprocessor is {preprocessor.type}; give --enhancer FILE with SegDataPreProcessor, "
            "or plug the enhancer in first"
        )
    if enhancer:
        preprocessor.enhancer = str(enhancer)
    preprocessor.two_step = False
    return init_model(config, checkpoint, device="cpu").eval()


def _build_torch_network(config: Config, checkpoint: str | None, enhancer: str | None) -> BaseModel:
    options = complete_preprocessor(config.model)
    options["type"] = PLUGGED.get(kind(options), kind(options)) if enhancer else kind(options)
    if options["type"] not in PLUGGED.values():
        raise ValueError(
            f"the config's data preprocessor is {options['type']}; give --enhancer FILE, or plug the enhancer in first"
        )
    if enhancer:
        options["enhancer"] = str(enhancer)
    options["two_step"] = False
    init_default_scope(config.get("default_scope", "mmseg"))
    model = MODELS.build(dict(config.model, data_preprocessor=options))
    if checkpoint == FROM_FACTORY:
        model.load_weights(checkpoint)
    elif checkpoint:
        content = CheckpointLoader.load_checkpoint(checkpoint, map_location="cpu")
        check_network_weights(model, content, checkpoint)
        load_checkpoint(model, checkpoint, map_location="cpu")
        model.dataset_meta = (content.get("meta") or {}).get("dataset_meta")
    return model.eval()


def network_colours(model: BaseModel) -> Colours:
    """What the network reads: order, mean and standard deviation after its data preprocessor."""
    preprocessor = model.data_preprocessor
    order = preprocessor.input_order
    if preprocessor.swaps_channels:
        order = order[::-1]
    mean, std = (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)
    if preprocessor._enable_normalize:
        mean, std = (three(v.flatten().tolist()) for v in (preprocessor.mean, preprocessor.std))
    return Colours(order, "float32", mean, std)


def _check(model: BaseModel, outputs: str) -> None:
    if outputs not in OUTPUTS:
        raise ValueError(f"outputs must be one of {OUTPUTS}, got {outputs!r}")
    if not _is_plugged(model):
        raise ValueError("the model's data preprocessor is not SyMPIESegDataPreProcessor")
    enhancer = type(model.data_preprocessor.enhancer).__name__
    if not isinstance(model.data_preprocessor.enhancer, SyMPIE):
        raise ValueError(
            f"only a SyMPIE can be exported, the config has {enhancer}; give --enhancer FILE"
        )
    if getattr(model.data_preprocessor, "test_cfg", None):
        raise ValueError(
            "data_preprocessor.test_cfg pads images in testing, which a graph does not; pad before the graph and add "
            "--cfg-options model.data_preprocessor.test_cfg=None"
        )
    if getattr(model.data_preprocessor, "pad_size_divisor", 1) > 1:
        raise ValueError(
            "data_preprocessor.pad_size_divisor pads images, which a graph does not; pad before the graph and add "
            "--cfg-options model.data_preprocessor.pad_size_divisor=1"
        )
    mode = model.test_cfg.get("mode", "whole")
    if mode != "whole":
        raise ValueError(
            f"model.test_cfg.mode is '{mode}': windows cannot be exported; add --cfg-options "
            "model.test_cfg.mode=whole, or cut the image into windows yourself"
        )
    if not hasattr(model, "encode_decode") and not isinstance(model, TorchNetwork):
        raise ValueError(f"{type(model).__name__} has no encode_decode; export an EncoderDecoder")


def _is_plugged(model: BaseModel) -> bool:
    """Whether an enhancer stands in front: of an mmseg network, or of a TorchNetwork of any task."""
    kinds = EnhancementMixin if isinstance(model, TorchNetwork) else SyMPIESegDataPreProcessor
    return isinstance(model.data_preprocessor, kinds)
