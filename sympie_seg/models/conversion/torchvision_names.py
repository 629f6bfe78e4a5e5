"""torchvision's classifiers in mmpretrain's names and layouts.

The networks are the same; names differ, and in Swin the order of the inputs of patch merging. mmpretrain's own defaults
match torchvision (ResNet's style, MobileNetV3's BN eps 0.001, ViT's LayerNorm eps 1e-6, Swin's 1e-5).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor, nn
from torchvision.models import VGG, MobileNetV3, get_model
from torchvision.ops.misc import SqueezeExcitation

from sympie_seg.models.conversion.published import PublishedState, compare_state, published_state

__all__ = ["ARCHITECTURES", "Architecture", "convert_torchvision"]

State = dict[str, Tensor]
Rename = Callable[[State, nn.Module], State]


@dataclass(frozen=True)
class Architecture:
    """A classifier that can be converted.

    Attributes:
        model: torchvision's name.
        config: of the network in ``configs/_base_/models``.
        first_key: one of its weights.
        classifier: the weight whose rows are classes.
        rename: gives mmpretrain's names; called with the state dict and torchvision's network.
    """

    model: str
    config: str
    first_key: str
    classifier: str
    rename: Rename


def convert_torchvision(checkpoint: Any, architecture: str) -> tuple[State, PublishedState]:
    """Rename a checkpoint in torchvision's names.

    Args:
        checkpoint: what the file holds; see :func:`~sympie_seg.models.conversion.published_state` for the wrappings.
        architecture: a key of :data:`ARCHITECTURES`.

    Returns:
        The state dict of mmpretrain's ImageClassifier, and where in the file it was found.

    Raises:
        ValueError: if there is no such architecture, or the weights are those of another one; the message names the
            first missing, unexpected or reshaped weight.
    """
    if architecture not in ARCHITECTURES:
        raise ValueError(
            f"unknown architecture {architecture!r}; known: {', '.join(ARCHITECTURES)}"
        )
    known = ARCHITECTURES[architecture]
    published = published_state(checkpoint, known.first_key)
    weights = {_modern(key): value for key, value in published.weights.items()}
    classifier = weights.get(known.classifier)
    classes = (
        classifier.shape[0] if isinstance(classifier, Tensor) and classifier.ndim == 2 else 1000
    )
    with torch.device("meta"):
        model = get_model(known.model, weights=None, num_classes=classes)
    checked = compare_state(weights, model.state_dict(), known.model)
    return {key: value.clone() for key, value in known.rename(checked, model).items()}, published


def _modern(key: str) -> str:
    """ViT's files of before torchvision 0.12."""
    legacy = re.fullmatch(r"(encoder\.layers\.\w+\.mlp)\.linear_([12])\.(\w+)", key)
    return f"{legacy[1]}.{3 * (int(legacy[2]) - 1)}.{legacy[3]}" if legacy else key


def _by_patterns(patterns: Mapping[str, str]) -> Rename:
    """Rename by regular expressions, the first that matches the beginning of a key."""
    compiled = [(re.compile(pattern), new) for pattern, new in patterns.items()]

    def rename(state: State, model: nn.Module) -> State:
        renamed = {}
        for key, value in state.items():
            pattern, new = next(rule for rule in compiled if rule[0].match(key))
            renamed[pattern.sub(new, key, count=1)] = value
        return renamed

    return rename


def _rename_vgg(state: State, model: VGG) -> State:
    """Torchvision counts every layer; mmpretrain each convolution, with its BN and ReLU, and each pooling."""
    patterns, index = {}, -1
    for layer_index, layer in enumerate(model.features):
        index += isinstance(layer, (nn.Conv2d, nn.MaxPool2d))
        part = "conv" if isinstance(layer, nn.Conv2d) else "bn"
        patterns[rf"features\.{layer_index}\."] = f"backbone.features.{index}.{part}."
    return _by_patterns({**patterns, "classifier": "backbone.classifier"})(state, model)


def _rename_mobilenet_v3(state: State, model: MobileNetV3) -> State:
    """Blocks are sequences in torchvision and have named parts in mmpretrain."""
    patterns = {r"classifier\.0\.": "head.layers.0.fc.", r"classifier\.3\.": "head.layers.1.fc."}
    for layer_index, layer in enumerate(model.features):
        start, new = rf"features\.{layer_index}\.", f"backbone.layer{layer_index}."
        for number, part in enumerate(getattr(layer, "block", ())):
            inside, name = rf"{start}block\.{number}\.", new + _part_name(part, number)
            if isinstance(part, SqueezeExcitation):
                patterns.update({inside + rf"fc{i}\.": f"{name}.conv{i}.conv." for i in (1, 2)})
            else:
                patterns.update({inside + r"0\.": f"{name}.conv.", inside + r"1\.": f"{name}.bn."})
        patterns.update({start + r"0\.": f"{new}conv.", start + r"1\.": f"{new}bn."})
    return _by_patterns(patterns)(state, model)


def _part_name(part: nn.Sequential | SqueezeExcitation, number: int) -> str:
    if isinstance(part, SqueezeExcitation):
        return "se"
    if cast("nn.Conv2d", part[0]).groups > 1:
        return "depthwise_conv"
    return "linear_conv" if number else "expand_conv"


_rename_resnet = _by_patterns({r"fc\.": "head.fc.", "": "backbone."})

_rename_vit = _by_patterns(
    {
        "class_token": "backbone.cls_token",
        r"encoder\.pos_embedding": "backbone.pos_embed",
        r"conv_proj\.": "backbone.patch_embed.projection.",
        r"encoder\.layers\.encoder_layer_(\d+)\.ln_": r"backbone.layers.\1.ln",
        r"encoder\.layers\.encoder_layer_(\d+)\.self_attention\.in_proj_": r"backbone.layers.\1.attn.qkv.",
        r"encoder\.layers\.encoder_layer_(\d+)\.self_attention\.out_proj\.": r"backbone.layers.\1.attn.proj.",
        r"encoder\.layers\.encoder_layer_(\d+)\.mlp\.0\.": r"backbone.layers.\1.ffn.layers.0.0.",
        r"encoder\.layers\.encoder_layer_(\d+)\.mlp\.3\.": r"backbone.layers.\1.ffn.layers.1.",
        r"encoder\.ln\.": "backbone.ln1.",
        r"heads\.head\.": "head.layers.head.",
    }
)

_swin_names = _by_patterns(
    {
        r"features\.0\.0\.": "backbone.patch_embed.projection.",
        r"features\.0\.2\.": "backbone.patch_embed.norm.",
        r"stages(\.\d\.blocks\.\d\.)attn\.": r"backbone.stages\1attn.w_msa.",
        r"stages(\.\d\.blocks\.\d\.)mlp\.0\.": r"backbone.stages\1ffn.layers.0.0.",
        r"stages(\.\d\.blocks\.\d\.)mlp\.3\.": r"backbone.stages\1ffn.layers.1.",
        "stages": "backbone.stages",
        r"norm\.": "backbone.norm3.",
        r"head\.": "head.fc.",
    }
)


def _rename_swin(state: State, model: nn.Module) -> State:
    """Blocks and mergings alternate in torchvision; a merging's four neighbours are in another order."""
    staged = {_staged(key): value for key, value in state.items()}
    for key, value in staged.items():
        if key.endswith("relative_position_index"):
            side = round(value.numel() ** 0.5)
            staged[key] = value.view(side, side)
        elif ".downsample." in key:
            staged[key] = _as_unfolded(value)
    return _swin_names(staged, model)


def _staged(key: str) -> str:
    match = re.match(r"features\.([1-7])\.", key)
    if not match:
        return key
    stage, merges = divmod(int(match[1]) - 1, 2)
    return f"stages.{stage}.{'downsample' if merges else 'blocks'}.{key[match.end() :]}"


def _as_unfolded(value: Tensor) -> Tensor:
    """From torchvision's order of merged neighbours to that of nn.Unfold.

    torchvision has a block of channels for each of the neighbours at (row, column) (0,0), (1,0), (0,1), (1,1); Unfold
    has the four neighbours, row by row, for each channel. Reduction weights have them along the last dimension.
    """
    blocks = value.unflatten(-1, (4, -1))[..., [0, 2, 1, 3], :]
    result: Tensor = blocks.transpose(-1, -2).flatten(-2)
    return result


def _resnet(depth: int) -> Architecture:
    name = f"resnet{depth}"
    return Architecture(name, f"{name}_cls.py", "conv1.weight", "fc.weight", _rename_resnet)


def _vgg(depth: int, norm: str = "") -> Architecture:
    config = f"vgg{depth}{norm.replace('_', '')}_cls.py"
    key = "classifier.6.weight"
    return Architecture(f"vgg{depth}{norm}", config, "features.0.weight", key, _rename_vgg)


#: What can be converted, by torchvision's names.
ARCHITECTURES: dict[str, Architecture] = {
    known.model: known
    for known in (
        *(_resnet(depth) for depth in (18, 34, 50)),
        *(_vgg(depth, norm) for depth in (13, 16) for norm in ("", "_bn")),
        Architecture(
            "mobilenet_v3_large", "mobilenet-v3-large_cls.py", "features.0.0.weight", "classifier.3.weight",
            _rename_mobilenet_v3,
        ),
        Architecture("vit_b_16", "vit-base-p16_cls.py", "class_token", "heads.head.weight", _rename_vit),
        Architecture("swin_t", "swin-tiny_cls.py", "features.0.0.weight", "head.weight", _rename_swin),
    )
}  # fmt: skip
