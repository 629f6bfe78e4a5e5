"""Shared by the tests of plugging."""

from __future__ import annotations

from pathlib import Path

import pytest

from sympie_seg.enhancer import SyMPIE, save_enhancer


@pytest.fixture(scope="session")
def identity_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An enhancer file that changes nothing."""
    path = tmp_path_factory.mktemp("identity") / "identity.pth"
    save_enhancer(path, SyMPIE(init="identity"))
    return path
