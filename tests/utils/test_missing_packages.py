"""What a part of mmseg lacks is named, where mmseg blames an argument."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest
from mmengine.config import Config
from mmseg.registry import MODELS

from sympie_seg.utils.config_parts import unbuilt_part
from sympie_seg.utils.missing_packages import missing_package

HEADS = ["Mask2FormerHead", "MaskFormerHead"]
MODULE = "mmdet.models.dense_heads"


@pytest.mark.parametrize("head", HEADS)
def test_the_package_the_reason_and_the_fix(head: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, MODULE, None)
    message = missing_package(head)
    assert message.startswith("the package mmdet, which cannot be imported (")
    assert "mmdet" in message.partition("(")[2] and message.endswith(
        "): pip install 'mmdet>=3.3,<3.4'"
    )
    assert missing_package(f"mmseg.{head}") == message


def test_what_mmdet_itself_lacks_is_the_reason(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """With six missing, mmseg falls back to its empty class as well."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "mmdet"]:
        monkeypatch.delitem(sys.modules, name)
    (tmp_path / "mmdet").mkdir()
    (tmp_path / "mmdet" / "__init__.py").write_text("import no_such_package_as_six\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert "(No module named 'no_such_package_as_six')" in missing_package("MaskFormerHead")


@pytest.mark.parametrize("head", HEADS)
def test_nothing_is_missing(head: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("mmdet", "mmdet.models", MODULE):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    assert missing_package(head) == ""


@pytest.mark.parametrize("kind", ["", "FCNHead", "mmseg.FCNHead", "BaseModule"])
def test_other_parts_need_nothing(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, MODULE, None)
    assert missing_package(kind) == ""


@pytest.mark.parametrize("head", HEADS)
def test_a_config_with_such_a_head(head: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mmseg's own message is of an unexpected keyword argument."""
    monkeypatch.setitem(sys.modules, MODULE, None)
    cfg = Config(dict(model=dict(decode_head=dict(type=head, in_channels=[8], num_classes=-1))))

    def build(cfg: Config) -> None:
        MODELS.build(cfg.model.decode_head)

    with pytest.raises((TypeError, AttributeError, KeyError, AssertionError)) as caught:
        build(cfg)
    start = f"model.decode_head ({head}) cannot be built: it needs the package mmdet, which cannot"
    assert unbuilt_part(caught.value).startswith(start)
