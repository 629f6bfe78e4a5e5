"""The curves are written whole or not at all."""

from __future__ import annotations

import errno
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from matplotlib.figure import Figure

from sympie_seg.comparison.rows import MEAN
from sympie_seg.comparison.stability import Stability, plot

POINTS = [SimpleNamespace(times=n, score={MEAN: 40.0 + n}, drift=float(n)) for n in range(3)]
CONTENT = cast(
    "Stability", SimpleNamespace(curves={"a": POINTS}, alone={MEAN: 41.0}, metric="mIoU")
)


@pytest.mark.parametrize(("suffix", "head"), [(".svg", b"<?xml"), (".png", b"\x89PNG")])
def test_the_suffix_names_the_format(suffix: str, head: bytes, tmp_path: Path) -> None:
    path = tmp_path / f"new/curves{suffix}"
    plot(CONTENT, path)
    assert path.read_bytes().startswith(head)
    if suffix == ".svg":
        assert (
            path.read_bytes().rstrip().endswith(b"</svg>") and b"dc:date" not in path.read_bytes()
        )


def test_a_full_disk_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Figure, target: Any, **_: Any) -> None:
        half = b"<svg"
        Path(target).write_bytes(half) if isinstance(target, (str, Path)) else target.write(half)
        raise OSError(errno.ENOSPC, "No space left on device")

    (tmp_path / "curves.svg").write_bytes(b"whole")
    monkeypatch.setattr(Figure, "savefig", full)
    with pytest.raises(OSError, match="No space left"):
        plot(CONTENT, tmp_path / "curves.svg")
    assert [one.read_bytes() for one in tmp_path.iterdir()] == [b"whole"]
