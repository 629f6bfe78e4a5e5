"""What the page shows of each chosen image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from sympie_seg.comparison.result import ComparisonResult
from sympie_seg.report.comparison import shown_dataset
from sympie_seg.report.examples import Example, View
from sympie_seg.report.parameter_svg import parameter_svgs
from sympie_seg.report.pictures import label_uri, photo_uri, shrink
from sympie_seg.report.wording import number, signed
from sympie_seg.visualization import changed_predictions

__all__ = ["Card", "Figure", "cards"]


@dataclass(frozen=True)
class Figure:
    """A picture and its caption, or (``uri`` empty) a caption with lines of text."""

    caption: str
    alt: str
    uri: str = ""
    lines: Sequence[str] = ()
    tone: str = ""


@dataclass(frozen=True)
class Card:
    """One chosen image: ``figures`` are the reference's and the enhancer's, ``others`` those of further enhancers."""

    row: str
    dataset: str
    image: str
    choice: str
    enhancer: str
    gain: str
    verdict: str
    scores: str
    figures: Sequence[Figure]
    others: Sequence[tuple[str, Sequence[Figure]]]
    parameters: Sequence[tuple[str, Markup]]


def cards(result: ComparisonResult, examples: Sequence[Example], width: int = 640) -> list[Card]:
    """Turn examples into what the template shows.

    Args:
        result: for the classes' names and the reference.
        examples: chosen images.
        width: of pictures in pixels; wider ones are shrunk.
    """
    return [_card(result, example, width) for example in examples]


def _card(result: ComparisonResult, example: Example, width: int) -> Card:
    alone, view = example.views.get(result.reference), example.views[example.enhancer]
    before = None if alone is None else alone.score
    others = [
        (name, _of_view(result, example, name, other, width))
        for name, other in example.views.items()
        if name not in (result.reference, example.enhancer)
    ]
    return Card(
        row=example.row,
        dataset=shown_dataset(result, example.dataset),
        image=example.image,
        choice=example.choice,
        enhancer=example.enhancer,
        gain=signed(example.gain),
        verdict="gain" if example.gain > 0 else "loss" if example.gain < 0 else "unclear",
        scores=f"{number(before)} → {number(view.score)}" if view.score is not None else "",
        figures=_main_figures(result, example, alone, view, width),
        others=others,
        parameters=[] if view.parameters is None else parameter_svgs(view.parameters),
    )


def _main_figures(
    result: ComparisonResult, example: Example, alone: View | None, view: View, width: int
) -> list[Figure]:
    figures = [Figure("Input", f"Input image {example.image}", photo_uri(example.input, width))]
    enhanced, after = _of_view(result, example, example.enhancer, view, width)
    figures.append(enhanced)
    if example.truth is not None:
        figures.append(_truth(result, example, width))
    if alone is not None:
        figures.append(_prediction(result, example, "without enhancer", alone, width))
    figures.append(after)
    changes = _changes(result, example, alone, view, width)
    return figures + ([changes] if changes else [])


def _of_view(
    result: ComparisonResult, example: Example, name: str, view: View, width: int
) -> list[Figure]:
    caption = f"Enhanced by {name}"
    return [
        Figure(caption, f"{example.image}, enhanced by {name}", photo_uri(view.enhanced, width)),
        _prediction(result, example, f"with {name}", view, width),
    ]


def _prediction(
    result: ComparisonResult, example: Example, how: str, view: View, width: int
) -> Figure:
    caption, alt = f"Prediction {how}", f"Prediction of {example.image} {how}"
    if isinstance(view.prediction, np.ndarray):
        score = f" ({number(view.score, 1)} %)" if view.score is not None else ""
        return Figure(caption + score, alt, label_uri(view.prediction, example.palette, width))
    named = _named(result, view.prediction)
    lines = [f"{label}: {number(share, 1)} %" for label, share in view.top] or [named]
    truth = None if example.truth is None else _named(result, example.truth)
    tone = "" if truth is None else "right" if named == truth else "wrong"
    return Figure(caption, alt, lines=lines, tone=tone)


def _truth(result: ComparisonResult, example: Example, width: int) -> Figure:
    if isinstance(example.truth, np.ndarray):
        uri = label_uri(example.truth, example.palette, width)
        return Figure("Ground truth", f"Ground truth of {example.image}", uri)
    return Figure("Label", "", lines=[_named(result, example.truth)])


def _changes(
    result: ComparisonResult, example: Example, alone: View | None, view: View, width: int
) -> Figure | None:
    given = [alone and alone.prediction, view.prediction, example.truth]
    maps = [labels for labels in given if isinstance(labels, np.ndarray)]
    if len(maps) < len(given) or len({labels.shape for labels in maps}) > 1:
        return None
    before, after, truth = (shrink(one.astype(np.int32), width, smooth=False) for one in maps)
    classes = len(result.classes) or len(example.palette or ())
    uri = label_uri(changed_predictions(before, after, truth, classes), None, width)
    return Figure("What changed", f"Corrected and broken pixels of {example.image}", uri)


def _named(result: ComparisonResult, label: np.ndarray | int | str | None) -> str:
    """Name a class; a label that is none of them stays as it is."""
    if label is None or isinstance(label, str):
        return str(label)
    number = int(label)
    return result.classes[number] if 0 <= number < len(result.classes) else str(label)
