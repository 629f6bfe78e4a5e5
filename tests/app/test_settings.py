"""Settings as a page, or anybody else, may send them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sympie_seg.app.settings import Settings, read_settings

OFFERED, ADJUSTABLE = ["general", "clahe"], ["general"]
NUMBERS = [float(i) for i in range(37)]


def read(**given: Any) -> Settings:
    return read_settings(json.dumps(given), OFFERED, ADJUSTABLE)


def test_nothing_is_all_enhancers_and_no_change() -> None:
    assert read_settings("", OFFERED, ADJUSTABLE) == Settings(("general", "clahe"))


def test_everything() -> None:
    settings = read(
        enhancers=["clahe"], strength=1.5, corruption="fog", severity=5, seed=7,
        parameters=dict(general=NUMBERS), predict=False,
    )  # fmt: skip
    wanted = dict(general=tuple(NUMBERS))
    assert settings == Settings(("clahe",), 1.5, "fog", 5, 7, wanted, False)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        (dict(enhancers="general"), "'enhancers'"),
        (dict(enhancers=["other"]), "general, clahe"),
        (dict(enhancers=[["clahe"]]), "'enhancers'"),
        (dict(enhancers=["clahe", "clahe"]), "twice"),
        (dict(strength=2.1), "'strength'"),
        (dict(strength="1"), "'strength'"),
        (dict(strength=True), "'strength'"),
        (dict(strength=float("nan")), "'strength'"),
        (dict(corruption="rust"), "'corruption'"),
        (dict(corruption=3), "'corruption'"),
        (dict(severity=6), "'severity' must be a whole number from 0 to 5"),
        (dict(severity=1.0), "'severity'"),
        (dict(severity=True), "'severity'"),
        (dict(seed=-1), "'seed'"),
        (dict(parameters=[1]), "'parameters'"),
        (dict(parameters=dict(clahe=NUMBERS)), "'parameters' is by enhancer, out of general"),
        (dict(parameters=dict(general=NUMBERS[:36])), "must be 37 numbers"),
        (dict(parameters=dict(general=[*NUMBERS[:36], float("nan")])), "parameter 36 of general"),
        (dict(parameters=dict(general=[1e4, *NUMBERS[1:]])), "parameter 0 of general"),
        (dict(parameters=dict(general=[None, *NUMBERS[1:]])), "parameter 0 of general"),
        (dict(predict=1), "'predict'"),
        (dict(strenght=1), "unknown setting 'strenght'"),
    ],
)
def test_what_is_wrong_is_named(given: dict, named: str) -> None:
    with pytest.raises(ValueError, match=named.replace("(", r"\(")):
        read(**given)


@pytest.mark.parametrize("text", ["{", "[]", "1", "[" * 100_000])
def test_no_object(text: str) -> None:
    with pytest.raises(ValueError, match="the settings"):
        read_settings(text, OFFERED, ADJUSTABLE)
