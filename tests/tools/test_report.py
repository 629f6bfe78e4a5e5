"""sympie-seg report as a user runs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sympie_seg.cli.main import main
from sympie_seg.report import Example, View, save_examples


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """A small comparison on disk, and one example beside it."""
    import numpy as np

    names = ["none", "SyMPIE"]
    row = dict(
        name="fog",
        kind="condition",
        images=3,
        scores={n: {"mIoU": 50.0 + i} for i, n in enumerate(names)},
    )
    content = dict(
        format="sympie_seg.comparison", version=1, task="segmentation", title="Fog", metric="mIoU",
        network={}, classes=["road"], enhancers=[dict(name=n) for n in names], rows=[row],
    )  # fmt: skip
    path = tmp_path / "run.json"
    path.write_text(json.dumps(content))
    image = np.zeros((4, 6, 3), np.uint8)
    view = View(image, np.zeros((4, 6), int))
    example = Example(
        "fog",
        "a.png",
        "best",
        "SyMPIE",
        1.0,
        image,
        None,
        [(1, 2, 3)],
        {"none": view, "SyMPIE": view},
    )
    save_examples(tmp_path / "run_examples", [example])
    return path


def test_examples_beside_the_comparison_are_found(
    written: Path, capsys: pytest.CaptureFixture
) -> None:
    main(["report", str(written)])
    page = written.with_suffix(".html")
    assert f"report with 1 images: '{page}'" in capsys.readouterr().out
    text = page.read_text("utf-8")
    assert text.count("<article") == 1 and "a.png" in text and "+1.00" in text
    main(
        [
            "report",
            str(written),
            "-o",
            str(written.parent / "bare.html"),
            "--no-examples",
            "--title",
            "R & D",
        ]
    )
    text = (written.parent / "bare.html").read_text("utf-8")
    assert "<article" not in text and "<h1>R &amp; D</h1>" in text


def test_what_is_wrong_is_said_in_one_line(written: Path) -> None:
    with pytest.raises(
        SystemExit, match=r"error: '.*none\.json' does not exist; sympie-seg compare writes it"
    ):
        main(["report", str(written.with_name("none.json"))])
    with pytest.raises(SystemExit, match=r"error: '.*nowhere' holds no examples\.json"):
        main(["report", str(written), "--examples", str(written.with_name("nowhere"))])
    written.write_text("{}")
    with pytest.raises(SystemExit, match=r"error: '.*run\.json': no comparison"):
        main(["report", str(written)])
