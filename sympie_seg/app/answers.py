"""Results as JSON: pictures as data URLs, the 37 numbers with the colours of their cells, the legend."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np

from sympie_seg.app.enhancing import Enhanced, Prediction, Predicts, Result
from sympie_seg.enhancing.record import NAMES, Row, record_content
from sympie_seg.utils.images import encode_image
from sympie_seg.visualization import diverging, paint, parameter_maps, readable_on, shares_of

__all__ = ["answer", "png_url"]

_QUICK = (cv2.IMWRITE_PNG_COMPRESSION, 1)
_DIGITS = 2


def answer(result: Result, network: Predicts | None) -> dict[str, Any]:
    """Give what the page shows and lets download.

    Args:
        result: of one picture.
        network: whose classes the legend names; None where there is none.
    """
    height, width = result.input.shape[:2]
    predictions = [result.before, *(one.prediction for one in result.enhanced)]
    return dict(
        name=result.name,
        width=width,
        height=height,
        input=png_url(result.input),
        corruption_milliseconds=round(result.corruption_milliseconds, _DIGITS),
        before=_prediction(result.before, None, network),
        enhanced=[_enhanced(one, result, network) for one in result.enhanced],
        legend=[] if network is None else _legend(predictions, network),
    )


def png_url(image: np.ndarray) -> str:
    """Give an RGB or one-channel uint8 image as a data URL of a PNG, which loses nothing."""
    data = base64.b64encode(encode_image(image, ".png", _QUICK)).decode()
    return f"data:image/png;base64,{data}"


def _enhanced(one: Enhanced, result: Result, network: Predicts | None) -> dict[str, Any]:
    return dict(
        name=one.name,
        source=one.source,
        image=png_url(one.image),
        milliseconds=round(one.milliseconds, _DIGITS),
        is_edited=one.is_edited,
        strength=one.strength,
        parameters=_parameters(one, result),
        prediction=_prediction(one.prediction, result.before, network),
    )


def _parameters(one: Enhanced, result: Result) -> dict[str, Any] | None:
    """The numbers, their cells in the order of NEM's vector, and the file to download."""
    if one.parameters is None:
        return None
    row = Row.of(result.name, one.parameters)
    colours = [
        colour
        for grid in parameter_maps(row.parameters).values()
        for colour in diverging(shares_of(grid)).reshape(-1, 3)
    ]
    how = "numbers given by hand" if one.is_edited else one.source
    content = record_content([row], how, one.strength) | dict(
        corruption=result.settings.corruption,
        severity=result.settings.severity,
        seed=result.settings.seed,
    )
    return dict(
        names=list(NAMES),
        numbers=list(row.parameters),
        fills=[_css(colour) for colour in colours],
        inks=[_css(readable_on(colour)) for colour in colours],
        distance=row.distance_to_identity,
        file=content,
    )


def _prediction(
    prediction: Prediction | None, before: Prediction | None, network: Predicts | None
) -> dict[str, Any] | None:
    if prediction is None or network is None:
        return None
    changed = None if before is None else float((prediction.labels != before.labels).mean())
    return dict(
        painted=png_url(paint(prediction.labels, network.palette)),
        labels=png_url(prediction.labels.astype(np.uint8)),
        milliseconds=round(prediction.milliseconds, _DIGITS),
        changed=changed,
    )


def _legend(predictions: Sequence[Prediction | None], network: Predicts) -> list[dict[str, Any]]:
    """The classes that occur: name, colour, and the share of each picture's pixels."""
    count = len(network.palette)
    shares = [
        None if one is None else np.bincount(one.labels.ravel(), minlength=count) / one.labels.size
        for one in predictions
    ]
    occurring = [i for i in range(count) if any(s is not None and s[i] > 0 for s in shares)]
    return [
        dict(
            name=network.classes[i] if i < len(network.classes) else f"class {i}",
            colour=_css(network.palette[i]),
            shares=[None if share is None else float(share[i]) for share in shares],
        )
        for i in occurring
    ]


def _css(colour: Sequence[int] | np.ndarray) -> str:
    red, green, blue = (int(part) for part in colour)
    return f"#{red:02x}{green:02x}{blue:02x}"
