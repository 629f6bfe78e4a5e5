"""Examples on disk: a folder of PNG files that one can look at, and ``examples.json``."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sympie_seg.report.examples import Example, View
from sympie_seg.utils.files import replace_bytes
from sympie_seg.utils.foreign import naming, read_json_object
from sympie_seg.utils.images import write_image
from sympie_seg.utils.labels import decode_labels
from sympie_seg.utils.pictures import read_file, read_rgb

__all__ = ["examples_folder", "load_examples", "save_examples"]

_INDEX = "examples.json"
_FORMAT = "sympie_seg.examples"


def examples_folder(comparison: str | os.PathLike[str]) -> Path:
    """Where the examples of a comparison lie: ``results/x_examples`` beside ``results/x.json``."""
    path = Path(comparison)
    return path.with_name(f"{path.stem}_examples")


def save_examples(folder: str | os.PathLike[str], examples: Sequence[Example]) -> None:
    """Write examples; what the folder held before stays, but is no longer listed.

    Pictures are PNG, label maps PNG of one channel (16 bits where a class number needs them).

    Args:
        folder: is made where it is missing.
        examples: what to write, in this order.

    Raises:
        OSError: if a file cannot be written; the former list then stays as it was.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    entries = []
    for number, example in enumerate(examples):
        store = _Writer(folder, f"{number:03}")
        views = {
            name: dict(
                enhanced=store.picture(f"{position}_enhanced", view.enhanced),
                prediction=store.labels(f"{position}_prediction", view.prediction),
                score=_number(view.score),
                parameters=None
                if view.parameters is None
                else [float(value) for value in view.parameters],
                top=[[str(label), float(share)] for label, share in view.top],
            )
            for position, (name, view) in enumerate(example.views.items())
        }
        entries.append(
            dict(
                row=example.row,
                dataset=example.dataset,
                image=example.image,
                choice=example.choice,
                enhancer=example.enhancer,
                gain=float(example.gain),
                input=store.picture("input", example.input),
                truth=store.labels("truth", example.truth),
                palette=None
                if example.palette is None
                else np.asarray(example.palette, int).tolist(),
                views=views,
            )
        )
    content = dict(format=_FORMAT, version=1, examples=entries)
    replace_bytes(folder / _INDEX, json.dumps(content, indent=1).encode())


def load_examples(folder: str | os.PathLike[str]) -> list[Example]:
    """Read what :func:`save_examples` wrote.

    Raises:
        FileNotFoundError: if the folder holds no examples.
        ValueError: if a file is missing or damaged; the message names it.
    """
    index = Path(folder) / _INDEX
    try:
        with naming(index, "is no list of examples", "run sympie-seg compare again"):
            content = read_json_object(index)
            if content["format"] != _FORMAT:
                raise KeyError("format")
            return [_example(Path(folder), entry) for entry in content["examples"]]
    except FileNotFoundError:
        raise FileNotFoundError(
            f"'{folder}' holds no {_INDEX}; run sympie-seg compare again, or render without examples"
        ) from None


def _example(folder: Path, entry: dict[str, Any]) -> Example:
    views = {
        name: View(
            enhanced=_read_picture(folder, view["enhanced"]),
            prediction=_read_prediction(folder, view["prediction"]),
            score=view["score"],
            parameters=view["parameters"],
            top=[tuple(pair) for pair in view["top"]],
        )
        for name, view in entry["views"].items()
    }
    files = dict(
        input=_read_picture(folder, entry["input"]),
        truth=_read_labels(folder, entry["truth"]),
        views=views,
    )
    return Example(**{**entry, **files})


class _Writer:
    """Writes the files of one example and gives what the list says of them."""

    def __init__(self, folder: Path, prefix: str) -> None:
        self.folder, self.prefix = folder, prefix

    def picture(self, name: str, pixels: np.ndarray) -> str:
        file = f"{self.prefix}_{name}.png"
        write_image(self.folder / file, pixels)
        return file

    def labels(self, name: str, labels: np.ndarray | int | str | None) -> Any:
        """A class is written as it is, a map as ``{"file": ...}``."""
        if not isinstance(labels, np.ndarray) or labels.ndim == 0:
            return int(labels) if isinstance(labels, (np.integer, np.ndarray)) else labels
        if labels.min(initial=0) < 0 or labels.max(initial=0) > 65535:
            raise ValueError(f"labels {labels.min()}..{labels.max()} do not fit into a PNG file")
        wide = labels.max(initial=0) > 255
        return {"file": self.picture(name, labels.astype(np.uint16 if wide else np.uint8))}


def _read_picture(folder: Path, name: str) -> np.ndarray:
    return read_rgb(
        folder / Path(name).name
    )  # only a name: a doctored list reads nothing elsewhere


def _read_prediction(folder: Path, entry: Any) -> np.ndarray | int | str:
    labels = _read_labels(folder, entry)
    if labels is None:
        raise ValueError("a view without prediction")
    return labels


def _read_labels(folder: Path, entry: Any) -> np.ndarray | int | str | None:
    if not isinstance(entry, dict):
        result: np.ndarray | int | str | None = entry
        return result
    path = folder / Path(entry["file"]).name
    with naming(path, "cannot be used as a label map"):
        return decode_labels(read_file(path), wide=True).astype(np.int64)


def _number(value: float | None) -> float | None:
    return None if value is None else float(value)
