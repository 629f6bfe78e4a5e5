"""An exported enhancer in two parts, and with weights of 8 bits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

pytest.importorskip("onnx", reason="no onnx: pip install -e '.[export]'")
pytest.importorskip("onnxruntime", reason="no onnxruntime: pip install -e '.[export]'")

from sympie_seg.enhancer import SyMPIE
from sympie_seg.export import export_enhancer
from sympie_seg.export.parts import in_eight_bits, split_enhancer


def run(model: Any, **inputs: np.ndarray) -> list[np.ndarray]:
    import onnxruntime

    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    return session.run(None, inputs)


@pytest.fixture
def whole(tmp_path: Path, perturbed: Callable[..., nn.Module]) -> Any:
    import onnx

    path = tmp_path / "whole.onnx"
    torch.manual_seed(0)
    enhancer = perturbed(SyMPIE(thumbnail_resize=48, thumbnail_crop=44))
    export_enhancer(path, enhancer, sizes=[(60, 90)])
    return onnx.load(path)


def test_the_parts_are_the_whole_and_small_weights_are_near(whole: Any) -> None:
    images = np.random.default_rng(0).integers(0, 256, (1, 3, 70, 90), dtype=np.uint8)
    enhanced, parameters = run(whole, images=images)
    parts = split_enhancer(whole)
    [estimated] = run(parts["estimate"], images=images)
    assert np.array_equal(estimated, parameters)
    [warped] = run(parts["warp"], images=images, parameters=estimated)
    assert np.array_equal(warped, enhanced) and not np.array_equal(warped, images)
    size = len(parts["estimate"].SerializeToString())
    assert len(parts["warp"].SerializeToString()) < 20_000 < size

    small = in_eight_bits(parts["estimate"])
    assert len(small.SerializeToString()) < 0.27 * size
    [rounded] = run(small, images=images)
    assert 0 < np.abs(rounded - parameters).max() < 0.02
    assert len(parts["estimate"].SerializeToString()) == size, "the original is not changed"
