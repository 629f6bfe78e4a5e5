"""One label-free training step behind a head of a zoo: on the CPU, offline, with random weights."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from mmengine.config import Config, ConfigDict
from mmengine.model import revert_sync_batchnorm
from mmengine.registry import MODELS, DefaultScope
from mmengine.utils import import_modules_from_strings
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm
from zoo import (
    REDUCED,
    SIZES,
    check_packages,
    draw_weights,
    explain,
    no_initialisation,
    offline,
    sample_batch,
    with_one_prompt,
)

from sympie_seg.models.frozen.class_scores import score_kind
from sympie_seg.models.frozen.freezing import freeze_network
from sympie_seg.models.frozen.split_loss import split_loss
from sympie_seg.plugging.plug import plug_source
from sympie_seg.plugging.sources import find_config, read_config
from sympie_seg.upstream.mmcv_ops import MissingOpError

__all__ = ["HeadStep", "head_of", "heads_of_zoo", "step_behind"]

ENHANCER = dict(type="SyMPIE", thumbnail_resize=48, thumbnail_crop=44)
IMAGENET = (224, 224)  # of classifiers that do not say which size they take
LABEL_FREE = dict(clean_weight=0.5)  # so that the third part of a batch is there too
_SIZE_WORDS = dict(
    nano=1, atto=1, pico=1, tiny=2, t=2, b0=2, small=3, s=3, s0=3, lite=2, medium=5, m=5, base=6, b=6,
    large=8, l=8, xlarge=9, xl=9, huge=9, giant=9,
)  # fmt: skip
_COMPARED = ("type", "use_sigmoid", "num_classes", "out_channels")


@dataclass
class HeadStep:
    """What came of one head; a row of the table.

    Attributes:
        head: its type, the last of a cascade.
        config: the smallest config that has it, ``mmseg::family/file.py``.
        read_as: 'softmax', 'sigmoid', 'probabilities', 'refused', or '' where the model could not be built.
        reason: why it is refused, or why there is no step.
        size: height and width of the images.
        loss: of the step.
        gradient: norm at NEM's last layer.
        seconds: for all of it.
    """

    head: str
    config: str
    read_as: str = ""
    reason: str = ""
    size: tuple[int, int] | None = None
    loss: float | None = None
    gradient: float | None = None
    seconds: float = 0.0

    @property
    def trained(self) -> bool:
        """Whether the step was made, with a loss and a gradient to follow."""
        return bool(self.loss and self.gradient)


def head_of(model: dict[str, Any]) -> dict[str, Any]:
    """The head that predicts: the last of a cascade; an empty dict where a model has none."""
    head = model.get("decode_head") or model.get("head") or {}
    return head[-1] if isinstance(head, (list, tuple)) else head


def heads_of_zoo(names: Sequence[str]) -> dict[tuple[str, str], str]:
    """Give, by type of head and how its loss reads the scores, the config that looks smallest.

    Args:
        names: of configs; those that cannot be read, or have no head, are left out.
    """
    configs: dict[tuple[str, str], list[str]] = {}
    for name in names:
        try:
            head = head_of(read_config(find_config(name), imports=False).model.to_dict())
        except (
            Exception
        ):  # no model in it, or a package that is not there; sweep_zoo.py names those
            continue
        if head.get("type"):
            configs.setdefault((str(head["type"]), _reading(head)), []).append(name)
    return {key: min(configs[key], key=_looks_large) for key in sorted(configs)}


def _reading(head: dict[str, Any]) -> str:
    losses = head.get("loss_decode") or head.get("loss") or {}
    losses = losses if isinstance(losses, (list, tuple)) else [losses]
    single = 1 in (head.get("out_channels"), head.get("num_classes"))
    return "sigmoid" if single or any(one.get("use_sigmoid") for one in losses) else ""


def _looks_large(name: str) -> tuple[float, str]:
    """A guess from the file's name: depth of a ResNet, then words such as 'tiny'."""
    if (
        "/deploy/" in name
    ):  # mmpretrain's configs for inference alone, some of which cannot be built
        return 100.0, name
    stem = name.rsplit("/", 1)[-1]
    size = 4.0
    if depth := re.search(r"(?:^|[_-])(?:r|resnet|s|mobilenet-v)(\d+)", stem):
        size = min(size, int(depth[1]) / 20)
    words = [_SIZE_WORDS[word] for word in re.split(r"[^a-z0-9]+", stem) if word in _SIZE_WORDS]
    return max([size, *words] if "r" in stem and words else words or [size]), stem


def step_behind(head: str, name: str) -> HeadStep:
    """Build the network of a config behind an enhancer, and make one label-free step without the optimiser.

    Args:
        head: its type, for the row.
        name: of the config.

    Returns:
        The row; whatever goes wrong is in its ``reason``.
    """
    step, start = HeadStep(head, name), time.perf_counter()
    try:
        cfg = read_config(find_config(name), imports=False)
        if cfg.get("custom_imports"):
            import_modules_from_strings(**cfg.custom_imports)
        with DefaultScope.overwrite_default_scope(cfg.get("default_scope", "mmseg")):
            _make(step, cfg)
    except Exception as error:  # the table names it, and the sweep continues
        step.reason = explain(error)
    step.seconds = round(time.perf_counter() - start, 1)
    return step


def _make(step: HeadStep, cfg: Config) -> None:
    check_packages(cfg.model.to_dict())
    try:
        plugged = plug_source(cfg, dict(ENHANCER))[0].to_dict()
    except ValueError as error:  # nothing to put an enhancer into
        step.read_as, step.reason = "refused", str(error).split("; ")[0]
        return
    new = plugged["model"]
    # mmpretrain's configs have it at the top level.
    preprocessor = new.setdefault("data_preprocessor", plugged.get("data_preprocessor"))
    preprocessor.update(two_step=True, label_free=dict(LABEL_FREE))
    preprocessor.pop("batch_augments", None)  # mixed labels have no place without labels
    if "size" in preprocessor:  # in training mmseg pads to it
        preprocessor.update(size=None, size_divisor=32)
    model = with_one_prompt(offline(new))
    classifies = "ImageClassifier" in str(model["type"]) or "head" in model
    channels = len(model["data_preprocessor"].get("mean") or (0, 0, 0))
    for size, reduced in _attempts(model, classifies):
        network = _built(_with_image_size(model, size) if reduced else model)
        try:
            step.read_as = score_kind(network).name.lower()
        except ValueError as error:
            step.read_as, step.reason = "refused", str(error).split(". ")[0].split(": ", 1)[1]
            return
        split_loss(freeze_network(network)).train()
        try:
            if classifies:
                _set_batch_norms(network, size, channels)
            _backward(step, network, size, channels, classifies)
        except MissingOpError:
            raise
        except (AssertionError, RuntimeError, ValueError) as error:
            step.reason = explain(error)
        else:
            step.size, step.reason = size, ""
            return


def _attempts(model: dict[str, Any], classifies: bool) -> Iterator[tuple[tuple[int, int], bool]]:
    """Sizes of the images, small ones first, and whether the backbone is told; some take one size only."""
    own = (model.get("backbone") or {}).get("img_size")
    if own is None:
        yield from ((size, False) for size in ((SIZES[0], IMAGENET) if classifies else SIZES))
        return
    yield SIZES[0], False
    yield (REDUCED, REDUCED), True
    yield ((own, own) if isinstance(own, int) else tuple(own)), False


def _with_image_size(model: dict[str, Any], size: tuple[int, int]) -> dict[str, Any]:
    backbone = model["backbone"]
    own = size[0] if isinstance(backbone["img_size"], int) else size  # LeViT's takes no pair
    return dict(model, backbone=dict(backbone, img_size=own))


def _built(model: dict[str, Any]) -> nn.Module:
    options = dict(model["data_preprocessor"])
    plain = dict(options, enhancer=dict(type="NoEnhancer"), two_step=False)
    with no_initialisation():
        # The enhancer begins as it does in training.
        network = MODELS.build(ConfigDict(dict(model, data_preprocessor=plain)))
    network = revert_sync_batchnorm(network)
    with torch.no_grad():
        draw_weights(network)
    network.data_preprocessor = MODELS.build(options)
    result: nn.Module = network
    return result


@torch.no_grad()
def _set_batch_norms(network: Any, size: tuple[int, int], channels: int) -> None:
    """Let the frozen BatchNorms take the statistics of two images.

    In a deep classifier with random weights and no statistics the scores grow until one class has it all, whatever the
    image is.
    """
    norms = [
        module
        for name, module in network.named_modules()
        if isinstance(module, _BatchNorm) and not name.startswith("data_preprocessor")
    ]
    before = [norm.momentum for norm in norms]
    images = torch.stack(sample_batch(size, channels)["inputs"]).float()
    preprocessor = network.data_preprocessor
    for norm in norms:
        norm.momentum = 1.0
        nn.Module.train(norm)  # a frozen one stays in eval otherwise
    network((images - preprocessor.norm_mean) / preprocessor.norm_std, mode="tensor")
    for norm, momentum in zip(norms, before, strict=True):
        norm.momentum = momentum
        nn.Module.train(norm, False)


def _backward(
    step: HeadStep, network: Any, size: tuple[int, int], channels: int, classifies: bool
) -> None:
    batch = sample_batch(size, channels)
    for image, sample in zip(batch["inputs"], batch["data_samples"], strict=True):
        clean = (image.permute(1, 2, 0).float() / 2 + 60).byte().numpy()
        sample.set_metainfo(dict(clean_img=clean))
    if classifies:
        from mmpretrain.structures import DataSample

        batch["data_samples"] = [DataSample(metainfo=s.metainfo) for s in batch["data_samples"]]
    data = network.data_preprocessor(batch, training=True)
    loss, _ = network.parse_losses(network.loss(**data))
    loss.backward()
    out = network.data_preprocessor.enhancer.nem.out.weight
    step.loss, step.gradient = loss.item(), float(out.grad.norm())
    frozen = [p for n, p in network.named_parameters() if not n.startswith("data_preprocessor")]
    if any(parameter.grad is not None for parameter in frozen):
        raise ValueError("the frozen network got gradients")
    if not torch.isfinite(out.grad).all() or not step.trained:
        raise ValueError(
            f"loss {step.loss:g} and gradient {step.gradient:g} leave nothing to follow"
        )
