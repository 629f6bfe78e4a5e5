"""mmpretrain's multimodal models are left out where transformers lacks what they import."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest

from sympie_seg.upstream import mmpretrain_multimodal
from sympie_seg.upstream.mmpretrain_multimodal import leave_out_multimodal_models

NAMES = [
    "PreTrainedModel",
    "apply_chunking_to_forward",
    "find_pruneable_heads_and_indices",
    "prune_linear_layer",
]


@pytest.fixture
def dependency(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """mmpretrain's module that says what is installed, as if pycocotools and transformers were."""
    module = pytest.importorskip("mmpretrain.utils.dependency", reason="needs mmpretrain")
    monkeypatch.setattr(module, "WITH_MULTIMODAL", True)
    monkeypatch.delitem(sys.modules, "mmpretrain.models", raising=False)
    monkeypatch.setattr(mmpretrain_multimodal, "find_spec", lambda name: name)
    return module


def transformers_with(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    for name in ("transformers", "transformers.modeling_utils"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    for name in names:
        monkeypatch.setattr(sys.modules["transformers.modeling_utils"], name, 1, raising=False)


def test_they_stay_where_transformers_has_all(
    dependency: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    transformers_with(monkeypatch, *NAMES)
    assert not leave_out_multimodal_models() and dependency.WITH_MULTIMODAL


@pytest.mark.parametrize("missing", NAMES)
def test_one_name_is_missing(
    dependency: ModuleType, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    transformers_with(monkeypatch, *(name for name in NAMES if name != missing))
    assert leave_out_multimodal_models() and not dependency.WITH_MULTIMODAL


def test_transformers_cannot_be_imported(
    dependency: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "transformers", None)
    monkeypatch.setitem(sys.modules, "transformers.modeling_utils", None)
    assert leave_out_multimodal_models() and not dependency.WITH_MULTIMODAL


@pytest.mark.parametrize("package", ["mmpretrain", "pycocotools", "transformers"])
def test_nothing_is_imported_where_a_package_is_missing(
    dependency: ModuleType, monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    """Without one of them mmpretrain leaves them out by itself."""
    monkeypatch.setitem(sys.modules, "transformers.modeling_utils", None)
    monkeypatch.setattr(
        mmpretrain_multimodal, "find_spec", lambda name: None if name == package else name
    )
    assert not leave_out_multimodal_models() and dependency.WITH_MULTIMODAL


def test_too_late(dependency: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once they are imported, they were importable."""
    monkeypatch.setitem(sys.modules, "mmpretrain.models", ModuleType("mmpretrain.models"))
    monkeypatch.setitem(sys.modules, "transformers.modeling_utils", None)
    assert not leave_out_multimodal_models() and dependency.WITH_MULTIMODAL
