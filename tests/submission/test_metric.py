"""The metric writes what the server wants, in the middle of a test run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from mmseg.registry import METRICS

from sympie_seg.submission import SubmissionWriter


def sample(name: str, prediction: torch.Tensor, logits: torch.Tensor | None = None) -> dict:
    content: dict[str, Any] = dict(
        img_path=f"a/{name}.png", pred_sem_seg=dict(data=prediction[None])
    )
    if logits is not None:
        content["seg_logits"] = dict(data=logits)
    return content


def read(path: Path) -> np.ndarray:
    return cv2.imread(str(path), cv2.IMREAD_UNCHANGED)


def build(folder: Path, **options: Any) -> SubmissionWriter:
    return METRICS.build(dict(type="SubmissionWriter", output_dir=str(folder), **options))


def test_acdc(tmp_path: Path) -> None:
    metric = build(tmp_path, server="acdc", keep_results=True)
    prediction = torch.arange(12).reshape(3, 4)
    metric.process({}, [sample("x", prediction)])
    assert (read(tmp_path / "labelTrainIds/x.png") == prediction.numpy()).all()
    assert metric.evaluate(1) == {}


def test_dark_zurich_has_the_networks_own_confidence(tmp_path: Path) -> None:
    metric = build(tmp_path, server="dark_zurich", invalid_below=0.5)
    probabilities = torch.tensor([[[0.9, 0.4]], [[0.05, 0.3]], [[0.05, 0.3]]])
    metric.process({}, [sample("x", probabilities.argmax(0), probabilities.log())])
    confidence = read(tmp_path / "confidence/x.png")
    assert confidence.dtype == np.uint16
    assert np.allclose(confidence / 65535, [[0.9, 0.4]], atol=1e-4)
    assert read(tmp_path / "labelTrainIds_invalid/x.png").tolist() == [[0, 255]]
    assert read(tmp_path / "labelTrainIds/x.png").tolist() == [[0, 0]]


def test_cityscapes_gets_label_ids(tmp_path: Path) -> None:
    metric = build(tmp_path, server="cityscapes")
    metric.process({}, [sample("x", torch.tensor([[0, 18]]))])
    assert read(tmp_path / "x.png").tolist() == [[7, 33]]


def test_bad_use_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="output_dir is missing"):
        SubmissionWriter("acdc")
    with pytest.raises(ValueError, match="not public"):
        build(tmp_path, server="acdc", format_only=False)
    with pytest.raises(ValueError, match="run without --tta"):
        build(tmp_path, server="dark_zurich").process({}, [sample("x", torch.zeros(1, 1).long())])
    with pytest.raises(ValueError, match=r"class 19 was predicted for 'a/x\.png'"):
        build(tmp_path, server="acdc").process({}, [sample("x", torch.full((1, 1), 19))])


def test_two_images_of_one_name(tmp_path: Path) -> None:
    metric, prediction = build(tmp_path, server="acdc"), torch.zeros(1, 1).long()
    metric.process({}, [sample("x", prediction)])
    with pytest.raises(ValueError, match=r"would both be 'x\.png'"):
        metric.process({}, [dict(sample("x", prediction), img_path="b/x.png")])
