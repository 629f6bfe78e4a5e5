"""A comparison and examples, made by arithmetic on random label maps, with names that need escaping."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from sympie_seg.report import Example, View

CLASSES = ["road", "sky & <cloud>", "car"]
PALETTE = [(128, 64, 128), (70, 130, 180), (0, 0, 142)]
NAMES = ["none", "clahe", "<b>SyMPIE</b> & co"]
SYMPIE = NAMES[2]
IDENTITY = [1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, *[0] * 12, 1, *[0] * 12]
COST = {"parameters": 4_700_000, "gmac": 0.26, "milliseconds": 4.2}
NETWORK_COST = {"parameters": 2_800_000, "gmac": 1.8, "milliseconds": 22.0}


def scores(metrics: tuple[str, ...], value: float, classes: list[str]) -> dict[str, Any]:
    by_class = {name: min(100.0, value + 3 * i - 3) for i, name in enumerate(classes)}
    return {**{metric: value + 5 * i for i, metric in enumerate(metrics)}, "classes": by_class}


def row(name: str, kind: str, values: list[float], metrics: tuple[str, ...], **more: Any) -> dict:
    made = dict(zip(NAMES, values, strict=True))
    differences = {
        other: {
            m: dict(value=v - values[0], low=v - values[0] - 1, high=v - values[0] + 1)
            for m in metrics
        }
        for other, v in made.items()
        if other != "none"
    }
    activity = {
        "clahe": dict(distance=None, parameters=None, visibly_changed=9),
        SYMPIE: dict(distance=0.51, parameters=[v + 0.01 for v in IDENTITY], visibly_changed=7),
    }
    return dict(
        name=name, kind=kind, dataset="ACDC" if kind == "condition" else "all sets",
        members=None, split="val", test_size="24x16", images=10,
        scores={other: scores(metrics, v, CLASSES) for other, v in made.items()},
        differences=differences, activity=activity, **more,
    )  # fmt: skip


def comparison_of(task: str, metrics: tuple[str, ...]) -> dict[str, Any]:
    rows = [
        row("clean", "condition", [70.0, 62.0, 69.5], metrics),
        row("fog", "condition", [44.2, 54.3, 58.3], metrics),
        row("night & <rain>", "condition", [41.2, 36.7, 46.0], metrics),
        row("snow", "condition", [52.6, 44.0, 50.1], metrics),
    ]
    rows.append(row("mean of three", "mean", [46.0, 45.0, 51.5], metrics))
    rows[-1]["members"] = [r["name"] for r in rows[1:4]]
    cells = {
        "none": [[40.0, None], [30.0, 20.0]],
        "clahe": [[41.0, None], [29.0, 21.0]],
        SYMPIE: [[45.0, None], [33.0, 20.5]],
    }
    grid = dict(
        corruptions=["fog", "gaussian_noise"], severities=[1, 5], values=cells,
        summary={name: {"mean": float(np.nanmean(np.array(v, float)))} for name, v in cells.items()},
    )  # fmt: skip
    return dict(
        format="sympie_seg.comparison", version=1, task=task, title="Streets <script>alert(1)</script>",
        command="python tools/compare.py 'a & b.py' --enhancer <file>", config="a & b.py", machine="2 x86 cores",
        date="2026-11-25", scoring="original size (mmseg)", metric=metrics[0],
        network=dict(name="DeepLabV2", backbone="R18", checkpoint="a/b.pth", clean=70.0, cost=NETWORK_COST),
        classes=CLASSES, bootstrap=dict(resamples=1000, level=0.95, seed=0),
        enhancers=[
            dict(name="none", source="NoEnhancer", cost=dict(parameters=0, gmac=0.0, milliseconds=0.0)),
            dict(name="clahe", source="ClaheEnhancer", cost=None),
            dict(name=SYMPIE, source="x.pth", cost=dict(COST)),
        ],
        rows=rows, grid=grid,
    )  # fmt: skip


@pytest.fixture
def comparison() -> dict[str, Any]:
    """Segmentation."""
    return comparison_of("segmentation", ("mIoU", "mAcc", "aAcc"))


@pytest.fixture
def classification() -> dict[str, Any]:
    """The same numbers as accuracies."""
    return comparison_of("classification", ("top1", "top5"))


@pytest.fixture
def examples() -> list[Example]:
    """Three choices of two rows, 24 x 16 pixels."""
    draw = np.random.default_rng(0)
    made = []
    for name in ("fog", "night & <rain>"):
        for choice, gain in (("best", 9.0), ("median", 2.0), ("worst", -4.0)):
            made.append(street_example(draw, name, choice, gain))
    return made


def street_example(draw: np.random.Generator, name: str, choice: str, gain: float) -> Example:
    image = draw.integers(0, 256, (16, 24, 3), dtype=np.uint8)
    truth = draw.integers(0, 3, (16, 24))
    truth[:2] = 255

    def view(**more: Any) -> View:
        prediction = np.where(
            draw.random((16, 24)) < 0.6, truth % 255 % 3, draw.integers(0, 3, (16, 24))
        )
        enhanced = np.clip(image.astype(int) + 20, 0, 255).astype(np.uint8)
        return View(enhanced, prediction, **more)

    views = {
        "none": view(score=40.0),
        "clahe": view(score=38.0),
        SYMPIE: view(score=40.0 + gain, parameters=[v + 0.05 for v in IDENTITY]),
    }
    return Example(
        name, f"a<b>&{choice}.png", choice, SYMPIE, gain, image, truth, PALETTE, views, "ACDC"
    )


@pytest.fixture
def class_examples() -> list[Example]:
    """Images with classes instead of maps: corrected, broken."""
    image = np.zeros((8, 8, 3), np.uint8)
    top = [(CLASSES[2], 71.0), (CLASSES[0], 20.0)]
    views = {"none": View(image, 0, 12.0), SYMPIE: View(image, 2, 71.0, IDENTITY, top)}
    return [Example("fog", "x.JPEG", "best", SYMPIE, 59.0, image, 2, [], views)]


@pytest.fixture
def made_row() -> Callable[..., dict]:
    """Hand out :func:`row`."""
    return row
