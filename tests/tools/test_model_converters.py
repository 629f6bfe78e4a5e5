"""The converter of the public DeepLabV2 checkpoint, as a command."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from mmseg.models.backbones import ResNet
from torch import Tensor

from sympie_seg.cli.main import main
from sympie_seg.models.conversion.lsr_names import convert_lsr

VERB = ("convert-model", "lsr-deeplabv2-to-mmseg")
State = dict[str, Tensor]


@pytest.fixture(scope="module")
def weights() -> State:
    """Weights in the public layout; the values do not matter here."""
    state = dict(ResNet(depth=50).state_dict())
    for index in range(4):
        state[f"clas.conv2d_list.{index}.weight"] = torch.randn(19, 2048, 3, 3)
        state[f"clas.conv2d_list.{index}.bias"] = torch.randn(19)
    return state


@pytest.fixture
def state(weights: State) -> State:
    return dict(weights)


def run(folder: Path, content: Any) -> tuple[int, Path]:
    source, target = folder / "source.pth", folder / "new" / "target.pth"
    torch.save(content, source)
    return main([*VERB, str(source), str(target)]), target


class TestLayouts:
    @pytest.mark.parametrize(
        "wrap",
        [
            lambda state: state,
            lambda state: {"state_dict": state, "epoch": 3, "best": np.float64(0.5)},
            lambda state: {"state_dict": {f"module.{k}": v for k, v in state.items()}},
        ],
        ids=["bare", "state_dict", "module"],
    )
    def test_writes_the_same_tensors(
        self, state: State, tmp_path: Path, wrap: Callable[[State], Any]
    ) -> None:
        code, target = run(tmp_path, wrap(state))
        assert code == 0
        written = torch.load(target, weights_only=True)
        assert written["state_dict"].pop("decode_head.summed") == 2
        assert len(written["state_dict"]) == len(state)
        for key, value in state.items():
            new = key.replace("clas.conv2d_list.", "decode_head.branches.")
            new = new if new != key else f"backbone.{key}"
            assert torch.equal(written["state_dict"][new], value)

    def test_meta_tells_origin_and_classes(self, state: State, tmp_path: Path) -> None:
        _, target = run(tmp_path, state)
        meta = torch.load(target, weights_only=True)["meta"]
        assert meta["converted_from"] == "source.pth"
        assert len(meta["converted_from_sha256"]) == 64
        assert meta["dataset_meta"]["classes"][0] == "road"
        assert sorted(path.name for path in target.parent.iterdir()) == ["target.pth"]

    def test_other_numbers_of_classes(self, state: State, tmp_path: Path) -> None:
        for key in [key for key in state if key.startswith("clas.")]:
            state[key] = state[key][:13]
        code, target = run(tmp_path, state)
        assert code == 0
        assert "dataset_meta" not in torch.load(target, weights_only=True)["meta"]

    def test_counters_may_be_absent(self, state: State) -> None:
        old = {key: value for key, value in state.items() if "num_batches" not in key}
        assert convert_lsr(old)["backbone.bn1.num_batches_tracked"] == 0


class TestErrors:
    def fails(self, folder: Path, content: Any, capsys: Any) -> str:
        code, target = run(folder, content)
        assert code == 1
        assert not target.exists()
        return self.one_line(capsys)

    def one_line(self, capsys: Any) -> str:
        message = capsys.readouterr().err
        assert message.startswith("error: cannot convert")
        assert message.count("\n") == 1
        return message

    def test_missing_key(self, state: State, tmp_path: Path, capsys: Any) -> None:
        del state["layer3.5.bn2.running_var"]
        assert "no layer3.5.bn2.running_var" in self.fails(tmp_path, state, capsys)

    def test_missing_branch(self, state: State, tmp_path: Path, capsys: Any) -> None:
        del state["clas.conv2d_list.3.bias"]
        assert "no clas.conv2d_list.3.bias" in self.fails(tmp_path, state, capsys)

    def test_unknown_key(self, state: State, tmp_path: Path, capsys: Any) -> None:
        state["layer3.6.conv1.weight"] = torch.zeros(256, 1024, 1, 1)  # ResNet-101 has it
        assert "does not have layer3.6.conv1.weight" in self.fails(tmp_path, state, capsys)

    def test_wrong_shape(self, state: State, tmp_path: Path, capsys: Any) -> None:
        state["conv1.weight"] = torch.zeros(64, 3, 3, 3)
        message = self.fails(tmp_path, state, capsys)
        assert "conv1.weight has shape (64, 3, 3, 3)" in message
        assert "needs (64, 3, 7, 7)" in message

    def test_not_finite(self, state: State, tmp_path: Path, capsys: Any) -> None:
        state["bn1.bias"] = torch.full((64,), float("nan"))
        assert "bn1.bias has NaN" in self.fails(tmp_path, state, capsys)

    @pytest.mark.parametrize(
        "content", [[1, 2], {"state_dict": 3}, {"fc.weight": torch.zeros(3)}, {1: 2}]
    )
    def test_another_kind_of_file(self, tmp_path: Path, capsys: Any, content: Any) -> None:
        message = self.fails(tmp_path, content, capsys)
        assert "it holds no state dict" in message or "so it is no DeepLabV2" in message

    def test_no_such_file(self, tmp_path: Path, capsys: Any) -> None:
        assert main([*VERB, str(tmp_path / "none.pth"), str(tmp_path / "out.pth")]) == 1
        assert "none.pth can not be found" in self.one_line(capsys)

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (b"", "is damaged or cut short, or no file of PyTorch"),
            (b"not a checkpoint", "is damaged or cut short, or no file of PyTorch"),
            (pickle.dumps(print, protocol=2), "it would run code. Nothing was run"),
        ],
    )
    def test_damaged_or_hostile_file(
        self, tmp_path: Path, capsys: Any, content: bytes, words: str
    ) -> None:
        (tmp_path / "bad.pth").write_bytes(content)
        assert main([*VERB, str(tmp_path / "bad.pth"), str(tmp_path / "out.pth")]) == 1
        assert words in self.one_line(capsys)

    def test_keeps_an_older_result(self, state: State, tmp_path: Path, capsys: Any) -> None:
        (tmp_path / "new").mkdir()
        (tmp_path / "new" / "target.pth").write_text("older")
        del state["conv1.weight"]
        code, target = run(tmp_path, state)
        assert code == 1
        assert target.read_text() == "older"
