"""tools/misc/classify_corrupted.py: its figures from known hits, and a network behind an enhancer that does nothing."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import numpy as np
import pytest
import torch
from torch import nn


@pytest.fixture(scope="module")
def tool(load_tool: Callable[[str], ModuleType]) -> ModuleType:
    return load_tool("classify_corrupted")


NAMES = ["clean", "fog-1", "fog-3", "snow-1", "snow-3"]


def test_rows_and_their_intervals(tool: ModuleType) -> None:
    alone = np.array([[1, 1, 0, 0, 0], [1, 0, 0, 1, 0]], dtype=float)
    better = np.array([[1, 1, 1, 0, 0], [1, 1, 0, 1, 0]], dtype=float)
    kl = {"alone": np.full((2, 5), 2.0), "ours": np.full((2, 5), 1.5)}
    rows = tool.summarize({"alone": alone, "ours": better}, kl, NAMES)
    assert list(rows["ours"]) == ["clean", "fog", "snow", "mean"]
    assert rows["alone"]["clean"]["top1"] == 100 and rows["ours"]["clean"]["gain"] == 0
    assert rows["alone"]["fog"]["top1"] == 25 and rows["ours"]["fog"]["gain"] == 50
    assert rows["ours"]["snow"]["gain"] == 0
    assert rows["ours"]["mean"]["gain"] == 25  # 2 of 8 more
    assert rows["ours"]["mean"]["interval"] == (25, 25)  # each image gains as much
    assert rows["ours"]["mean"]["kl"] == 1.5
    text = tool.table(rows)
    assert "| fog | 25.00 | 2.000 | +50.00 (+50.00 .. +50.00) | 1.500 |" in text
    assert "| **mean** | 25.00 |" in text


class Bright(nn.Module):
    """Two classes: bright and dark."""

    def forward(self, inputs: torch.Tensor, mode: str) -> torch.Tensor:
        mean = inputs.mean((1, 2, 3))
        return torch.stack([mean - 0.5, 0.5 - mean], 1)


class Front:
    def __init__(self, factor: float) -> None:
        self.factor = factor

    def __call__(self, data: dict, training: bool) -> dict:
        return {"inputs": self.factor * torch.stack(data["inputs"])}


class Part(list):
    condition = ""


def test_divergence_is_from_the_bare_network_on_the_clean_image(tool: ModuleType) -> None:
    class Network:
        model, plain = Bright(), Front(1)

        def put_in_front(self, name: str) -> Front:
            return Front(2)

    class Label:
        gt_label = torch.tensor([0])

    parts = []
    for name, value in (("clean", 0.9), ("fog-1", 0.45)):
        part = Part([{"inputs": torch.full((3, 2, 2), value), "data_samples": Label()}])
        part.condition = name
        parts.append(part)

    class Grid:
        datasets = parts

    hits, kl, names = tool.measure(Network(), Grid(), ["twice"])
    assert names == ["clean", "fog-1"]
    assert hits["alone"].tolist() == [[1, 0]] and hits["twice"].tolist() == [[1, 1]]
    assert kl["alone"][0, 0] == pytest.approx(0, abs=1e-6)
    assert kl["twice"][0, 1] == pytest.approx(0, abs=1e-6)  # 2 * 0.45 is the clean image
    p = torch.tensor([0.4, -0.4]).log_softmax(0)
    q = torch.tensor([-0.05, 0.05]).log_softmax(0)
    assert kl["alone"][0, 1] == pytest.approx(float((p.exp() * (p - q)).sum()), abs=1e-5)
    parts[0].condition = "fog-3"
    with pytest.raises(ValueError, match=r"must be 'clean', got 'fog-3'"):
        tool.measure(Network(), Grid(), [])
