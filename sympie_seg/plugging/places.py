"""Where the data preprocessor stands in a config, of which kind it is, and in which channel order images come to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

__all__ = ["PLUGGED", "find_preprocessor", "input_order", "kind", "pipelines", "value_at"]

PLUGGED = {
    "SegDataPreProcessor": "SyMPIESegDataPreProcessor",
    "ClsDataPreprocessor": "SyMPIEClsDataPreprocessor",
}
"""Data preprocessor of mmseg or mmpretrain -> the same with an enhancer."""

# mmpretrain's classes that make a ClsDataPreprocessor of a data_preprocessor without type, or of none.
_CLASSIFIERS = (
    "ImageClassifier",
    "TimmClassifier",
    "HuggingFaceClassifier",
    "ImageToImageRetriever",
)
# Ours, which makes the library's own of the same.
_BY_TASK = {"segmentation": "SegDataPreProcessor", "classification": "ClsDataPreprocessor"}
_RGB_LOADERS = ("LoadSingleRSImageFromFile", "LoadMultipleRSImageFromFile")  # GDAL


def kind(config: dict[str, Any] | None) -> str:
    """The bare name of ``config['type']``: no scope, no module path; '' if there is none."""
    name = (config or {}).get("type", "")
    return getattr(name, "__name__", str(name)).rsplit(".", 1)[-1]


def value_at(config: dict[str, Any], keys: tuple[str, ...]) -> Any:
    """Follow keys into nested dicts; None where one is missing."""
    value: Any = config
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def find_preprocessor(cfg: dict[str, Any]) -> tuple[tuple[str, ...], str]:
    """Find the data preprocessor that takes effect.

    A model wrapped for test-time augmentation (``SegTTAModel``) is looked into. mmpretrain's configs state it at the
    top level, which counts where the model itself states none.

    Args:
        cfg: the config as nested dicts.

    Returns:
        Its keys, such as ``('model', 'data_preprocessor')``, and its bare type.

    Raises:
        ValueError: if this is no config of mmseg or mmpretrain, has no data preprocessor, one of an unknown type, or
            one with an enhancer already.
    """
    keys, model = _find_model(cfg)
    own, top = model.get("data_preprocessor"), cfg.get("data_preprocessor")
    implied = _implied(model)
    if isinstance(own, dict):
        keys = (*keys, "data_preprocessor")
    elif isinstance(top, dict):
        keys = ("data_preprocessor",)
    elif implied:
        keys = (*keys, "data_preprocessor")
    else:
        raise ValueError(
            "the config has no data preprocessor (neither model.data_preprocessor nor data_preprocessor), so mean, std "
            "and channel order are unknown: add model.data_preprocessor=dict(type='SegDataPreProcessor', mean=..., "
            "std=..., bgr_to_rgb=True)"
        )
    name = kind(value_at(cfg, keys)) or implied
    _check_kind(name, ".".join(keys))
    return keys, name


def _implied(model: dict[str, Any]) -> str:
    """The data preprocessor that a model makes of a config without type, or of none; '' if it makes none."""
    if kind(model) == "TorchNetwork":
        return _BY_TASK.get(model.get("task", "segmentation"), "")
    return "ClsDataPreprocessor" if kind(model) in _CLASSIFIERS else ""


def _find_model(cfg: dict[str, Any]) -> tuple[tuple[str, ...], dict[str, Any]]:
    keys: tuple[str, ...] = ("model",)
    model = cfg.get("model")
    while isinstance(model, dict) and isinstance(model.get("module"), dict):
        keys, model = (*keys, "module"), model["module"]
    if not isinstance(model, dict) or not kind(model):
        raise ValueError("not a config of mmseg or mmpretrain: it has no model.type")
    return keys, model


def _check_kind(name: str, where: str) -> None:
    if name in PLUGGED.values():
        raise ValueError(
            f"{where} is a {name} already; to change the enhancer: --cfg-options {where}.enhancer=FILE"
        )
    if name not in PLUGGED:
        raise ValueError(
            f"{where} is of type {name or 'none at all'!r}; an enhancer goes into {' and '.join(PLUGGED)}, that is, "
            "into segmentors of mmseg and classifiers of mmpretrain"
        )


def pipelines(config: Any) -> Iterator[list[dict[str, Any]]]:
    """Every pipeline below a data loader or dataset, wrapped datasets included; not copied."""
    if isinstance(config, dict):
        if isinstance(config.get("pipeline"), list):
            yield config["pipeline"]
        config = list(config.values())
    if isinstance(config, (list, tuple)):
        for item in config:
            yield from pipelines(item)


def input_order(cfg: dict[str, Any]) -> str | None:
    """The order in which the pipelines load channels, where it is not the data preprocessor's default.

    mmcv's loader gives BGR, whatever the file; GDAL and tifffile give the file's own order, RGB; so do pictures that
    went through PIL and did not come back as BGR.

    Returns:
        'rgb', or None: what the data preprocessor takes by itself.

    Raises:
        ValueError: if images are normalised in the pipeline or loaded without colour.
    """
    orders = set()
    for part in ("test_dataloader", "val_dataloader", "train_dataloader"):
        for pipeline in pipelines(cfg.get(part)):
            orders.add(_order_of(pipeline))
    orders.discard(None)
    return orders.pop() if orders else None


def _order_of(pipeline: list[dict[str, Any]]) -> str | None:
    order = None
    for step in pipeline:
        name = kind(step)
        if name == "Normalize":
            raise ValueError(
                "the pipeline normalises images itself (Normalize), before an enhancer could see them: take it out and "
                "give mean and std to the data preprocessor"
            )
        if (
            step.get("color_type", "color") in ("grayscale", "unchanged")
            and name == "LoadImageFromFile"
        ):
            raise ValueError(
                f"the pipeline loads images with color_type={step['color_type']!r}; an enhancer takes colour images: "
                "color_type='color'"
            )
        if name in _RGB_LOADERS or step.get("imdecode_backend") == "tifffile":
            order = "rgb"
        elif name == "PILToNumpy":
            order = None if step.get("to_bgr") else "rgb"
    return order
