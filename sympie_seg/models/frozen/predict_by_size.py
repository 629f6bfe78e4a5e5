"""Batches of images of different sizes, as at the border of two test sets, without padding."""

from __future__ import annotations

from types import MethodType
from typing import Any

from torch import nn

__all__ = ["predict_by_size"]


def predict_by_size(model: nn.Module) -> nn.Module:
    """Let ``model.test_step`` and ``val_step`` take batches whose images differ in size.

    The images of one size go through the network together, and the predictions come back in the batch's order. So
    they are those of batch size 1; padding to a common size would change what the network sees at the border.
    The model's class is not touched; the instance is changed and returned.
    """
    for name in ("test_step", "val_step"):
        setattr(model, f"_own_{name}", getattr(model, name))
        setattr(model, name, MethodType(_by_size(f"_own_{name}"), model))
    return model


def _by_size(own: str) -> Any:
    def step(model: nn.Module, data: Any) -> list:
        predict = getattr(model, own)
        inputs = data.get("inputs") if isinstance(data, dict) else None
        if not isinstance(inputs, (list, tuple)):
            whole: list = predict(data)
            return whole
        groups: dict[tuple, list[int]] = {}
        for index, image in enumerate(inputs):
            groups.setdefault(tuple(image.shape), []).append(index)
        if len(groups) <= 1:
            result: list = predict(data)
            return result
        predictions: list = [None] * len(inputs)
        for group in groups.values():
            part = {key: _pick(value, group, len(inputs)) for key, value in data.items()}
            for index, prediction in zip(group, predict(part), strict=True):
                predictions[index] = prediction
        return predictions

    return step


def _pick(value: Any, group: list[int], count: int) -> Any:
    per_image = isinstance(value, (list, tuple)) and len(value) == count
    return [value[index] for index in group] if per_image else value
