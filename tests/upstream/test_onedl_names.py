"""mmengine's table of distributions names the forks where only they are installed."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError

import pytest

from sympie_seg.upstream import onedl_names
from sympie_seg.upstream.onedl_names import name_onedl_forks

STOCK = {"mmseg": "mmsegmentation", "mmpretrain": "mmpretrain", "mmdet": "mmdet"}


@pytest.fixture
def table(monkeypatch) -> dict[str, str]:
    """mmengine's table, as it is after installation."""
    fresh = dict(STOCK)
    monkeypatch.setattr(onedl_names, "MODULE2PACKAGE", fresh)
    return fresh


def install(monkeypatch, *installed: str) -> None:
    def version(distribution: str) -> str:
        if distribution in installed:
            return "1"
        raise PackageNotFoundError(distribution)

    monkeypatch.setattr(onedl_names, "version", version)


def test_forks_are_found_by_their_module(table: dict[str, str], monkeypatch):
    install(monkeypatch, "onedl-mmsegmentation", "onedl-mmpretrain")
    assert name_onedl_forks() == ["mmseg"]
    assert table == STOCK | {"mmseg": "mmseg"}
    assert name_onedl_forks() == []


@pytest.mark.parametrize(
    "installed",
    [
        ("mmsegmentation", "mmpretrain"),
        ("mmsegmentation", "onedl-mmsegmentation"),
        (),
    ],
)
def test_the_stock_table_stays(table: dict[str, str], monkeypatch, installed: tuple[str, ...]):
    install(monkeypatch, *installed)
    assert name_onedl_forks() == []
    assert table == STOCK
