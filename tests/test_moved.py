"""Old names of modules that moved."""

from __future__ import annotations

import importlib
import re
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

import sympie_seg
from sympie_seg.moved import KEPT, LEFT, MOVED, install

CHANGELOG = Path(__file__).resolve().parents[1] / "CHANGELOG.md"


@pytest.mark.parametrize(("old", "new"), MOVED.items())
def test_the_error_of_an_old_name_names_the_new_one(old: str, new: str) -> None:
    assert find_spec(new) is not None
    with pytest.raises(ImportError) as error:
        importlib.import_module(old)
    # Python imports a module's package first, which may have moved as a whole.
    asked = str(error.value.name)
    message = str(error.value)
    assert message.startswith(f"{asked} has moved: import {MOVED[asked]} instead")
    assert f"{new} instead of {old}" in message or new == old.replace(asked, MOVED[asked], 1)


@pytest.mark.parametrize(("old", "successor"), LEFT.items())
def test_the_error_of_a_module_that_left_names_its_successor(old: str, successor: str) -> None:
    with pytest.raises(
        ImportError, match=re.escape(f"{old} is no longer part of the package: use {successor}")
    ):
        importlib.import_module(old)
    for path in re.findall(r"tools/[\w./]+", successor):
        assert (CHANGELOG.parent / path).exists()
    assert f"`{old}`" in CHANGELOG.read_text(encoding="utf-8")


def test_every_form_of_import_gets_the_error() -> None:
    with pytest.raises(ImportError, match=r"import sympie_seg\.utils\.files instead"):
        from sympie_seg import files  # noqa: F401
    with pytest.raises(ImportError, match=r"import sympie_seg\.report\.markdown instead"):
        from sympie_seg.evaluation import tables  # noqa: F401
    with pytest.raises(ImportError, match=r"import sympie_seg\.models\.frozen\.split_loss instead"):
        from sympie_seg.engine.split_loss import split_loss  # noqa: F401


@pytest.mark.parametrize(("old", "new"), KEPT.items())
def test_names_that_the_docs_showed_still_work(
    monkeypatch: pytest.MonkeyPatch, old: str, new: tuple[str, ...]
) -> None:
    monkeypatch.delitem(sys.modules, old, raising=False)
    with pytest.warns(
        DeprecationWarning, match=rf"^{re.escape(old)} has moved .* {re.escape(new[0])}"
    ):
        module = importlib.import_module(old)
    for target in map(importlib.import_module, new):
        for name in target.__all__:
            assert getattr(module, name) is getattr(target, name)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = module.nothing


def test_the_old_package_is_an_attribute_too() -> None:
    assert sympie_seg.evaluation.ConditionIoUMetric is sympie_seg.metrics.ConditionIoUMetric


def test_what_was_public_by_another_name_is_still_there() -> None:
    from sympie_seg.engine import freeze_network, load_frozen_weights, split_loss
    from sympie_seg.models import DeepLabV2Head

    public = (freeze_network, load_frozen_weights, split_loss, DeepLabV2Head)
    assert all(map(callable, public))


def test_installed_once() -> None:
    before = list(sys.meta_path)
    install()
    assert sys.meta_path == before


def test_the_changelog_lists_all() -> None:
    text = CHANGELOG.read_text(encoding="utf-8")
    rows = {old: (new,) for old, new in MOVED.items()} | KEPT
    for old, new in rows.items():
        assert f"| `{old}` | {', '.join(f'`{name}`' for name in new)} |" in text
