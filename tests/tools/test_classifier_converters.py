"""The converters of classifiers as commands; what they convert is tested in tests/models/conversion."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torchvision.models import resnet18

from sympie_seg.cli.main import main


@pytest.fixture
def run(capsys: pytest.CaptureFixture) -> Callable[..., tuple[int, str]]:
    """Run a tool's ``main`` and give its exit status and what it printed."""

    def start(tool: str, *words: object) -> tuple[int, str]:
        code = main(["convert-model", tool.replace("_", "-"), *map(str, words)])
        return code, "".join(capsys.readouterr())

    return start


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("published") / "augmix.pth.tar"
    state = {f"module.{key}": value for key, value in resnet18(num_classes=10).state_dict().items()}
    torch.save({"epoch": 1, "model": "resnet18", "state_dict": state, "best_acc1": 0.5}, path)
    return path


def test_torchvision(published: Path, tmp_path: Path, run: Callable) -> None:
    code, output = run(
        "torchvision_to_mmpretrain", "resnet18", published, tmp_path / "new" / "out.pth"
    )
    assert code == 0, output
    assert (
        "the network is configs/_base_/models/resnet18_cls.py; the weights were under 'state_dict', 'module.'"
        in output
    )
    written = torch.load(tmp_path / "new" / "out.pth", weights_only=True)
    assert written["state_dict"]["head.fc.weight"].shape == (10, 512)
    assert written["meta"]["converted_from"] == "augmix.pth.tar"
    assert len(written["meta"]["converted_from_sha256"]) == 64


def test_wrong_architecture(published: Path, tmp_path: Path, run: Callable) -> None:
    code, output = run("torchvision_to_mmpretrain", "resnet34", published, tmp_path / "out.pth")
    assert code == 1 and not (tmp_path / "out.pth").exists()
    assert "augmix.pth.tar': it is no resnet34: it lacks 'layer1.2.conv1.weight'" in output


def test_clip_wants_its_own(published: Path, tmp_path: Path, run: Callable) -> None:
    code, output = run("clip_to_mmpretrain", published, tmp_path / "out.pth")
    assert code == 1 and "it is no CLIP RN50: it lacks 'visual.conv1.weight'" in output
    code, output = run("clip_to_mmpretrain", tmp_path / "none.pt", tmp_path / "out.pth")
    assert code == 1 and "can not be found" in output
