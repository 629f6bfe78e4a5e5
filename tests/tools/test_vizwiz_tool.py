"""The check of VizWiz-Classification and of its submission, as a command."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from sympie_seg.cli.main import main
from sympie_seg.datasets.preparation import vizwiz

VERB = ("convert-dataset", "vizwiz-classification")
NAMES = ["VizWiz_val_00000.jpg", "VizWiz_test_00001.jpg"]


@pytest.fixture
def run(capsys: pytest.CaptureFixture) -> Callable[..., tuple[int, str]]:
    def start(*words: object) -> tuple[int, str]:
        return main([*VERB, *map(str, words)]), "".join(capsys.readouterr())

    return start


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in NAMES:
        path = tmp_path / name.split("_")[1] / name
        path.parent.mkdir()
        path.write_bytes(cv2.imencode(".jpg", np.zeros((8, 9, 3), np.uint8))[1].tobytes())
    categories = [dict(id=291, wordnet_id="n02129165")]
    (tmp_path / "annotations.json").write_text(
        json.dumps(dict(categories=categories, images=NAMES))
    )
    return tmp_path


def test_good(run: Callable, root: Path) -> None:
    (root / "mine.json").write_text(json.dumps(dict.fromkeys(NAMES, 291)))
    code, output = run(root, "--subset", "--submission", root / "mine.json")
    assert code == 0 and "is ready: 2 images, 1 categories" in output
    assert "mine.json' can be submitted: 2 images" in output


def test_a_part(run: Callable, root: Path) -> None:
    code, output = run(root)
    assert code == 1 and "lists 2 images and 1 categories, 8900 and 200 are published" in output


@pytest.mark.parametrize("published", [(1, 1), (2, 0)])
@pytest.mark.parametrize("subset", [(), ("--subset",)])
def test_more_than_published_are_refused(
    run: Callable,
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
    published: tuple[int, int],
    subset: tuple[str, ...],
) -> None:
    monkeypatch.setattr(vizwiz, "PUBLISHED", published)
    code, output = run(root, *subset)
    assert code == 1 and "lists 2 images and 1 categories" in output
    assert output.endswith("are published; it lists others too: get it again\n")


def test_bad_submissions(run: Callable, root: Path) -> None:
    for content, words in (
        ({NAMES[0]: 291}, "1 images are missing, the first 'VizWiz_test_00001.jpg'"),
        (dict.fromkeys(NAMES, 3), "2 categories are none of the 1, the first 3"),
        ("{", "is no whole JSON file"),
    ):
        text = content if isinstance(content, str) else json.dumps(content)
        (root / "mine.json").write_text(text)
        code, output = run(root, "--subset", "--submission", root / "mine.json")
        assert code == 1 and words in output


def test_a_file_that_is_cut_off(run: Callable, root: Path) -> None:
    bad = root / "val" / NAMES[0]
    bad.write_bytes(bad.read_bytes()[:-20])
    code, output = run(root, "--subset")
    assert code == 1 and "VizWiz_val_00000.jpg' is cut off (1 such files)" in output
