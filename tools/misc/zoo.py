"""Does a config of mmseg's zoo work the same with an identity enhancer in front? One at a time, on the CPU, offline."""

from __future__ import annotations

import copy
import hashlib
import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any
from urllib.error import URLError

import cv2
import numpy as np
import torch
from mmengine.config import ConfigDict
from mmengine.model import BaseModel, revert_sync_batchnorm
from mmengine.registry import MODELS, DefaultScope
from mmengine.utils import import_modules_from_strings
from mmseg.structures import SegDataSample
from torch import Tensor, nn

from sympie_seg.plugging.places import find_preprocessor, value_at
from sympie_seg.plugging.plug import plug_source
from sympie_seg.plugging.sources import find_config, read_config, zoo_folder
from sympie_seg.upstream.mmcv_ops import MissingOpError
from sympie_seg.utils.missing_packages import HEADS_OF_MMDET, missing_package

__all__ = [
    *(
        "SIZES",
        "SMALL",
        "TOLERANCE",
        "Check",
        "check_config",
        "check_packages",
        "draw_weights",
        "explain",
    ),
    *("model_key", "no_initialisation", "offline", "sample_batch", "with_one_prompt", "zoo_names"),
]

TOLERANCE = 1e-3
"""Largest accepted difference of the scores, as a share of what another image changes in them."""

SMALL = (32, 64)
"""Height and width of the images to begin with: multiples of 32, not square."""

SIZES = (SMALL, (64, 96), (128, 160), (416, 512))
"""In the order in which networks that refuse small images get them."""

REDUCED = 64
"""Height and width where a backbone takes one size only."""

_POOL = 1 << 22  # random numbers that all weights are cut from
# Of no account when a network predicts; models that differ in these alone give the same.
_TRAINING_ONLY = re.compile(
    r"loss_|(train_cfg|pretrained|sampler|init_cfg|requires_grad|num_classes|drop\w*_rate|dropout_ratio|\w*size_divisor"
    r"|seg_pad_val|size)$"
)


@dataclass
class Check:
    """What came of one config; a row of the table.

    Attributes:
        config: its name, ``mmseg::family/file.py``.
        plugged, built, ran: whether the plugged config was made, its model built, and its prediction made.
        stock: whether stock mmseg gets as far: 'ran', 'built' or 'failed'.
        size: height and width of the image.
        parameters: of the stock network.
        input_difference: largest absolute difference of the network's normalised input.
        difference: largest difference of the scores, as a share of what another image changes in them.
        labels: share of pixels with the same predicted class.
        equal: whether both differences are within tolerance; None where stock does not run.
        reason: why it went no further.
        seconds: of this process.
        reduced: whether ``backbone.img_size`` was made smaller, since the network takes no other size than that.
        same_as: config of an identical model, whose result this is.
    """

    config: str
    plugged: bool = False
    built: bool = False
    ran: bool = False
    stock: str = "failed"
    size: tuple[int, int] | None = None
    parameters: int | None = None
    input_difference: float | None = None
    difference: float | None = None
    labels: float | None = None
    equal: bool | None = None
    reason: str = ""
    seconds: float = 0.0
    reduced: bool = False
    same_as: str = ""

    @property
    def family(self) -> str:
        """The folder of the config."""
        return self.config.split("::")[-1].split("/")[0]


def zoo_names(library: str = "mmseg") -> list[str]:
    """The names of all configs inside an installed library, without the parts under ``_base_``."""
    folder = zoo_folder(library)
    files = sorted(file.relative_to(folder) for file in folder.rglob("*.py"))
    return [f"{library}::{file.as_posix()}" for file in files if "_base_" not in file.parts]


def offline(value: Any) -> Any:
    """Copy a model's config without the checkpoints that it would load or download."""
    if isinstance(value, dict):
        kept = {k: offline(v) for k, v in value.items() if not (k == "init_cfg" and _loads(v))}
        if "pretrained" in kept:
            kept["pretrained"] = None
        return kept
    if isinstance(value, (list, tuple)):
        return type(value)(offline(item) for item in value)
    return value


def with_one_prompt(model: dict[str, Any]) -> dict[str, Any]:
    """Let a text encoder read each class in one sentence instead of dozens: minutes a model, and no other network."""
    if isinstance(model.get("text_encoder"), dict):
        model["text_encoder"]["templates"] = ["a photo of a {}."]
    return model


def _loads(init: Any) -> bool:
    return isinstance(init, dict) and init.get("type") == "Pretrained"


def model_key(model: dict[str, Any]) -> str:
    """Give models the same key that predict in the same way, whatever the number of classes.

    What only training reads is left out, and so is the difference between BN and SyncBN.
    """

    def kept(value: Any) -> Any:
        if isinstance(value, dict):
            return {str(k): kept(v) for k, v in value.items() if not _TRAINING_ONLY.match(str(k))}
        if isinstance(value, (list, tuple)):
            return [kept(item) for item in value]
        return "BN" if value == "SyncBN" else value

    text = json.dumps(kept(model), sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def check_config(name: str, enhancer: str) -> Check:
    """Plug one config and compare it with the stock one, on the same random weights.

    Args:
        name: of the config.
        enhancer: an enhancer file that changes nothing.

    Returns:
        The row; whatever goes wrong is in its ``reason``.
    """
    check, start = Check(name), time.perf_counter()
    try:
        cfg = read_config(find_config(name), imports=False)
        plugged, _ = plug_source(cfg, enhancer)
        check.plugged = True
        if cfg.get("custom_imports"):
            import_modules_from_strings(**cfg.custom_imports)
        with (
            DefaultScope.overwrite_default_scope(cfg.get("default_scope", "mmseg")),
            torch.no_grad(),
        ):
            _compare(check, cfg.to_dict(), plugged.to_dict())
    except Exception as error:  # the table names it, and the sweep continues
        check.reason = explain(error)
    check.seconds = round(time.perf_counter() - start, 1)
    return check


def _compare(check: Check, cfg: dict[str, Any], plugged: dict[str, Any]) -> None:
    """Build both models and let them predict; one that takes a single size is built smaller."""
    check_packages(cfg["model"])
    models = [with_one_prompt(offline(c["model"])) for c in (cfg, plugged)]
    channels = len(value_at(cfg, find_preprocessor(cfg)[0]).get("mean") or (0, 0, 0))
    try:
        _compare_models(check, models, channels, SIZES)
    except (AssertionError, RuntimeError, ValueError):
        backbones = [model.get("backbone") or {} for model in models]
        if check.stock == "failed" or check.ran or "img_size" not in backbones[0]:
            raise
        for backbone in backbones:
            backbone["img_size"] = (REDUCED, REDUCED)
        check.reduced = True
        _compare_models(check, models, channels, ((REDUCED, REDUCED),))


def _compare_models(
    check: Check, models: list[dict], channels: int, sizes: tuple[tuple[int, int], ...]
) -> None:
    with no_initialisation():
        stock, check.stock = _build(models[0]), "built"
        twin, check.built = _build(models[1]), True
    draw_weights(stock)
    check.parameters = sum(p.numel() for p in stock.parameters())
    _share_weights(stock, twin)
    _compare_inputs(check, stock, twin, channels)
    _compare_scores(check, stock, twin, channels, sizes)
    differences = (check.input_difference, check.difference)
    check.equal = all(value is not None and value <= TOLERANCE for value in differences)


def check_packages(model: dict[str, Any]) -> None:
    """Say by name what mmseg says by odd errors."""
    text = json.dumps(model, default=str)
    for head in HEADS_OF_MMDET:
        if f'"{head}"' in text and (missing := missing_package(head)):
            raise ModuleNotFoundError(missing)
    if '"VPD"' in text and find_spec("ldm") is None:
        raise ModuleNotFoundError("No module named 'ldm'")


def _build(model: dict[str, Any]) -> nn.Module:
    result: nn.Module = revert_sync_batchnorm(MODELS.build(ConfigDict(copy.deepcopy(model)))).eval()
    return result


@contextmanager
def no_initialisation() -> Iterator[None]:
    """Leave weights as the memory has them: they are drawn or shared at once, and the usual draws take long."""
    names = [n for n in dir(nn.init) if n.endswith("_") and not n.startswith("_")]
    originals = {name: getattr(nn.init, name) for name in names}
    try:
        for name in names:
            setattr(nn.init, name, lambda tensor, *args, **kwargs: tensor)
        yield
    finally:
        for name, function in originals.items():
            setattr(nn.init, name, function)


def draw_weights(model: nn.Module) -> None:
    """Give every parameter random numbers of a size that keeps signals alive; norms begin as they do in training."""
    pool = torch.randn(_POOL, generator=torch.Generator().manual_seed(0))
    start = 0
    for name, parameter in model.named_parameters():
        if parameter.dim() < 2:
            # Beside norms there are scales of residual branches, which begin small.
            parameter.fill_(dict(bias=0.0, weight=1.0).get(name.rsplit(".")[-1], 0.01))
            continue
        scale = (2 / max(1, parameter[0].numel())) ** 0.5
        flat, done = parameter.view(-1), 0
        while done < flat.numel():
            piece = min(_POOL - start, flat.numel() - done)
            torch.mul(pool[start : start + piece], scale, out=flat[done : done + piece])
            start, done = (start + piece) % _POOL, done + piece


def _share_weights(stock: nn.Module, twin: nn.Module) -> None:
    """Load a stock checkpoint into the plugged model; the enhancer is all that it may lack."""
    result = twin.load_state_dict(stock.state_dict(), strict=False, assign=True)
    wrong = [k for k in result.missing_keys if not k.startswith("data_preprocessor.enhancer.")]
    wrong += result.unexpected_keys
    if wrong:
        raise ValueError(f"a stock checkpoint does not fit the plugged model: {wrong[:3]}")


def _compare_inputs(check: Check, stock: BaseModel, twin: BaseModel, channels: int) -> None:
    first, second = (
        model.data_preprocessor(sample_batch(SMALL, channels), False)["inputs"]
        for model in (stock, twin)
    )
    check.input_difference = float((first - second).abs().max())


def _compare_scores(
    check: Check,
    stock: nn.Module,
    twin: nn.Module,
    channels: int,
    sizes: tuple[tuple[int, int], ...],
) -> None:
    """Predict with both; networks that refuse small images get larger ones."""
    for index, size in enumerate(sizes):
        try:
            expected = _predict(stock, sample_batch(size, channels))
            break
        except MissingOpError:
            raise
        except (AssertionError, RuntimeError, ValueError):
            if index == len(sizes) - 1:
                raise
    check.stock, check.size = "ran", size
    actual = _predict(twin, sample_batch(size, channels, 1))
    check.ran = True
    influence = float((expected[0] - expected[1]).abs().max())
    difference = float((expected[0] - actual[0]).abs().max())
    if not np.isfinite(influence) or influence == 0:
        raise ValueError(
            f"with random weights the scores say nothing: the image changes them by {influence}"
        )
    check.difference = difference / influence
    check.labels = float((expected[0].argmax(0) == actual[0].argmax(0)).float().mean())


def _predict(model: BaseModel, batch: dict[str, list]) -> list[Tensor]:
    """Give the scores of each image alone; SegNeXt's head draws random numbers when it predicts."""
    scores = []
    for image, sample in zip(batch["inputs"], batch["data_samples"], strict=True):
        torch.manual_seed(0)
        (prediction,) = model.test_step(dict(inputs=[image], data_samples=[sample]))
        scores.append(
            (
                prediction.seg_logits if "seg_logits" in prediction else prediction.pred_depth_map
            ).data.float()
        )
    return scores


def sample_batch(size: tuple[int, int], channels: int = 3, count: int = 2) -> dict[str, list]:
    """Raw images (channels, H, W), uint8, all different, black and white included; and their samples."""
    height, width = size
    images, samples = [], []
    for seed in range(count):
        coarse = np.random.default_rng(seed).integers(0, 256, (8, 8, 3), dtype=np.uint8)
        image = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
        image[: height // 8], image[-(height // 8) :] = 0, 255
        images.append(torch.from_numpy(image.transpose(2, 0, 1).copy()).repeat(channels // 3, 1, 1))
        sample = SegDataSample()
        sample.set_metainfo(
            dict(
                img_path="a.png",
                ori_shape=size,
                img_shape=size,
                pad_shape=size,
                padding_size=[0] * 4,
                flip=False,
            )
        )
        samples.append(sample)
    return dict(inputs=images, data_samples=samples)


def explain(error: BaseException) -> str:
    """Say in a few words what a config lacks here."""
    while error.__cause__ is not None:
        error = error.__cause__
    text = " ".join(str(error).split())
    if isinstance(error, MissingOpError):
        return f"needs the compiled mmcv op {text.split(chr(39))[1]}"
    missing = re.search(r"No module named '([\w.]+)'", text) or re.search(r"'?(mmdet|ldm)\.", text)
    if isinstance(error, (ImportError, KeyError)) and missing:
        return f"needs the package {missing[1].split('.')[0]}"
    if (
        isinstance(error, (URLError, ConnectionError))
        or "http" in text
        or "download" in text.lower()
    ):
        return f"needs a download: {text[:120]}"
    return f"{type(error).__name__}: {text[:160]}"
