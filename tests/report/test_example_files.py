"""Examples come back from the disk as they were."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from sympie_seg.report import Example, View, load_examples, save_examples


def assert_same(got: list[Example], wanted: list[Example]) -> None:
    assert len(got) == len(wanted)
    for ours, theirs in zip(got, wanted, strict=True):
        for name in ("row", "dataset", "image", "choice", "enhancer", "gain"):
            assert getattr(ours, name) == getattr(theirs, name)
        assert np.array_equal(ours.input, theirs.input)
        assert np.array_equal(ours.truth, theirs.truth)
        assert list(ours.views) == list(theirs.views), "the order too"
        for name, view in theirs.views.items():
            assert np.array_equal(ours.views[name].enhanced, view.enhanced)
            assert np.array_equal(ours.views[name].prediction, view.prediction)
            assert ours.views[name].score == view.score
            assert ours.views[name].parameters == view.parameters
            assert list(ours.views[name].top) == list(view.top)


def test_label_maps_and_pictures(tmp_path: Path, examples: list[Example]) -> None:
    examples[0].views["none"].prediction[5, 5] = 300  # more classes than 8 bits hold
    save_examples(tmp_path / "new", examples)
    assert_same(load_examples(tmp_path / "new"), examples)
    # As another program sees them: RGB, and plain class numbers.
    picture = cv2.imread(str(tmp_path / "new/000_input.png"))[..., ::-1]
    assert np.array_equal(picture, examples[0].input)
    save_examples(tmp_path / "new", examples[1:2])
    assert_same(load_examples(tmp_path / "new"), examples[1:2])


def test_classes(tmp_path: Path, class_examples: list[Example]) -> None:
    save_examples(tmp_path, class_examples)
    assert_same(load_examples(tmp_path), class_examples)


def test_array_parameters_and_numpy_numbers(tmp_path: Path) -> None:
    image = np.zeros((2, 3, 3), np.uint8)
    view = View(image, np.int64(4), np.float32(3.5), np.arange(37, dtype=np.float32))
    save_examples(
        tmp_path,
        [Example("a", "b", "best", "x", np.float64(1), image, np.int64(4), None, {"x": view})],
    )
    (back,) = load_examples(tmp_path)
    assert (
        back.views["x"].parameters == list(range(37)) and back.truth == 4 and back.palette is None
    )


def test_bad_input_is_named(tmp_path: Path, examples: list[Example]) -> None:
    with pytest.raises(FileNotFoundError, match=r"holds no examples\.json"):
        load_examples(tmp_path)
    (tmp_path / "examples.json").write_text("{}")
    with pytest.raises(ValueError, match=r"examples\.json' is no list of examples"):
        load_examples(tmp_path)
    save_examples(tmp_path, examples)
    (tmp_path / "002_truth.png").write_bytes(b"cut off")
    with pytest.raises(ValueError, match=r"002_truth\.png' cannot be used as a label map"):
        load_examples(tmp_path)
    save_examples(tmp_path, examples)
    index = tmp_path / "examples.json"
    content = json.loads(index.read_text())
    secret = tmp_path.parent / "secret.png"
    cv2.imwrite(str(secret), np.zeros((4, 4, 3), np.uint8))
    content["examples"][0]["input"] = str(secret)
    index.write_text(json.dumps(content))
    with pytest.raises(ValueError, match="No such file"):
        load_examples(tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (dict(choice="nicest"), "best, median, worst"),
        (dict(enhancer="other"), "no view of its enhancer 'other', only of none"),
        (
            dict(input=np.zeros((4, 4), np.uint8)),
            r"input as RGB uint8 \(H, W, 3\), got uint8 \(4, 4\)",
        ),
    ],
)
def test_examples_are_checked(change: dict, message: str, examples: list[Example]) -> None:
    with pytest.raises(ValueError, match=message):
        Example(**{**vars(examples[0]), **change})


def test_views_are_checked() -> None:
    with pytest.raises(ValueError, match="expected 37 parameters or None, got 3"):
        View(np.zeros((2, 2, 3), np.uint8), 1, None, [1, 2, 3])
    with pytest.raises(ValueError, match="enhanced as RGB uint8"):
        View(np.zeros((2, 2, 3)), 1)
