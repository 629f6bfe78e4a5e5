"""The table of the demo for classification."""

from __future__ import annotations

from sympie_seg.comparison.result import parse_result
from sympie_seg.demos.crops import summary

NAMES = ("none", "enhancer_last")


def test_the_table_has_means_over_severities() -> None:
    def row(name: str, *scores: float | None) -> dict:
        return dict(
            name=name,
            kind="condition",
            images=1,
            scores={n: dict(top1=s) for n, s in zip(NAMES, scores, strict=True)},
        )

    content = dict(
        format="sympie_seg.comparison",
        version=1,
        task="classification",
        title="",
        metric="top1",
        network={},
        classes=[],
        enhancers=[dict(name=name) for name in NAMES],
        rows=[row("clean", 80.0, 78.0), row("fog-1", 1.0, 1.0)],
        grid=dict(
            corruptions=["fog", "snow"],
            severities=[1, 3],
            values=dict(
                none=[[60.0, 20.0], [50.0, 30.0]], enhancer_last=[[70.0, 40.0], [None, 9.0]]
            ),
        ),
    )
    assert summary(parse_result(content)).splitlines()[2:] == [
        "| clean | 80.00 | 78.00 (-2.00) |",
        "| fog | 40.00 | 55.00 (+15.00) |",
        "| snow | 40.00 | - |",
        "| mean over corruptions | 40.00 | - |",
    ]
