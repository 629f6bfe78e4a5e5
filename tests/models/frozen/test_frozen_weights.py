from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn

from sympie_seg.enhancer import save_enhancer
from sympie_seg.models.frozen.frozen_weights import load_frozen_weights

FIRST = "backbone.conv1.weight"


@pytest.fixture
def write(frozen_file: Path, tmp_path: Path) -> Callable[[Callable[[dict], None]], str]:
    """Write a changed copy of the frozen network's state."""

    def make(change: Callable[[dict], None]) -> str:
        state = dict(torch.load(frozen_file, weights_only=True)["state_dict"])
        change(state)
        path = tmp_path / "changed.pth"
        torch.save(dict(state_dict=state), path)
        return str(path)

    return make


def assert_loaded(model: nn.Module, frozen_file: Path) -> None:
    wanted = torch.load(frozen_file, weights_only=True)["state_dict"]
    own = model.state_dict()
    compared = [key for key in wanted if not key.startswith("data_preprocessor.")]
    assert FIRST in compared and all(torch.equal(own[key], wanted[key]) for key in compared)


def test_loads_everything_and_not_the_enhancer(
    enhanced_network: Callable, frozen_file: Path, write: Callable
) -> None:
    model = enhanced_network()
    before = {k: v.clone() for k, v in model.data_preprocessor.state_dict().items()}
    assert before
    foreign = {f"data_preprocessor.{k}": v + 1 for k, v in before.items()}
    load_frozen_weights(model, write(lambda state: state.update(foreign)))
    assert_loaded(model, frozen_file)
    after = model.data_preprocessor.state_dict()
    assert all(torch.equal(after[key], value) for key, value in before.items())


def test_takes_a_plain_state_dict_of_a_wrapped_model(
    enhanced_network: Callable, frozen_file: Path, tmp_path: Path
) -> None:
    state = torch.load(frozen_file, weights_only=True)["state_dict"]
    torch.save({f"module.{k}": v for k, v in state.items()}, tmp_path / "plain.pth")
    model = enhanced_network()
    load_frozen_weights(model, str(tmp_path / "plain.pth"))
    assert_loaded(model, frozen_file)


def damage(kind: str) -> Callable[[dict], None]:
    def change(state: dict) -> None:
        if kind == "missing":
            del state[FIRST]
        elif kind == "statistics":
            del state["backbone.bn1.running_mean"]
        elif kind == "shape":
            state[FIRST] = state[FIRST][:, :1]
        elif kind == "nan":
            state[FIRST] = state[FIRST] * float("nan")
        elif kind == "public":
            state["clas.conv2d_list.0.weight"] = state[FIRST]

    return change


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("missing", r"1 of \d+ weights are missing \['backbone.conv1.weight'\]"),
        ("statistics", r"1 of \d+ weights are missing \['backbone.bn1.running_mean'\]"),
        ("shape", r"1 have another shape \['backbone.conv1.weight'\]"),
        ("nan", r"NaN or infinite weights: \['backbone.conv1.weight'\]"),
        ("public", "lsr-deeplabv2-to-mmseg .*changed.pth OUT.pth"),
    ],
)
def test_refuses_what_would_leave_the_network_wrong(
    kind: str, message: str, enhanced_network: Callable, write: Callable
) -> None:
    model = enhanced_network()
    before = {k: v.clone() for k, v in model.state_dict().items()}
    with pytest.raises(ValueError, match=message) as error:
        load_frozen_weights(model, write(damage(kind)))
    assert "changed.pth" in str(error.value)
    assert all(torch.equal(model.state_dict()[k], v) for k, v in before.items())


@pytest.mark.parametrize("path", [None, ""])
def test_no_path_names_the_option(path: str | None, enhanced_network: Callable) -> None:
    with pytest.raises(ValueError, match=r"frozen_checkpoint is not set.*sympie-seg train"):
        load_frozen_weights(enhanced_network(), path)


def test_missing_file_is_named(enhanced_network: Callable, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"absent\.pth' does not exist.*convert"):
        load_frozen_weights(enhanced_network(), str(tmp_path / "absent.pth"))


def test_a_published_file_names_its_converter(enhanced_network: Callable, tmp_path: Path) -> None:
    torch.save({"module.conv1.weight": torch.zeros(3)}, tmp_path / "resnet50.pth")
    with pytest.raises(
        ValueError,
        match=r"has no 'backbone.' weights but 'conv1.weight'.*torchvision-to-mmpretrain",
    ):
        load_frozen_weights(enhanced_network(), tmp_path / "resnet50.pth")


def test_an_enhancer_file_names_its_option(enhanced_network: Callable, tmp_path: Path) -> None:
    model = enhanced_network()
    enhancer = model.data_preprocessor.enhancer
    save_enhancer(tmp_path / "enhancer.pth", enhancer, {})
    with pytest.raises(
        ValueError,
        match=r"enhancer\.pth' is an enhancer file .* belongs to model\.data_preprocessor\.enhancer=FILE",
    ):
        load_frozen_weights(model, tmp_path / "enhancer.pth")
