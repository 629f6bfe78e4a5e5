"""Which labels are made, and how."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from sympie_seg.datasets.preparation import CITYSCAPES
from sympie_seg.datasets.preparation.conversion import (
    Conversion,
    clean_up,
    convert,
    plan_conversions,
)
from sympie_seg.datasets.preparation.counting import count_part
from sympie_seg.datasets.preparation.published import Part

Write = Callable[..., Path]
ALL = [[0, 0], [7, 0], [7, 5], [0, 5]]
FOLDER = "gtFine/val/ulm"


def plan(root: Path, **options: object) -> list[Conversion]:
    return plan_conversions(root, CITYSCAPES, count_part(root, CITYSCAPES, Part("val")), **options)


def test_label_ids_before_polygons(tmp_path: Path, write: Write, write_polygons: Write) -> None:
    for name in ("a", "b"):
        write_polygons(("car", ALL), name=f"{FOLDER}/{name}_gtFine_polygons.json")
    ids = write(f"{FOLDER}/a_gtFine_labelIds.png")
    planned = plan(tmp_path)
    assert [c.source.name for c in planned] == [ids.name, "b_gtFine_polygons.json"]
    assert [c.target.name for c in planned] == [f"{n}_gtFine_labelTrainIds.png" for n in "ab"]
    ids.write_bytes(ids.read_bytes()[:30])
    assert plan(tmp_path)[0].source.name == "a_gtFine_polygons.json"


def test_only_missing_and_broken_labels(tmp_path: Path, write: Write) -> None:
    for name in ("a", "b", "c"):
        write(f"{FOLDER}/{name}_gtFine_labelIds.png")
    there = [write(f"{FOLDER}/{name}_gtFine_labelTrainIds.png") for name in ("a", "b")]
    assert [c.key for c in plan(tmp_path)] == ["ulm/c"]
    assert [c.key for c in plan(tmp_path, broken=there[:1])] == ["ulm/a", "ulm/c"]
    assert [c.key for c in plan(tmp_path, overwrite=True)] == ["ulm/a", "ulm/b", "ulm/c"]


def test_both_sources(tmp_path: Path, write: Write, write_polygons: Write) -> None:
    ids = write("ids.png", np.full((6, 8), 26, np.uint8))
    polygons = write_polygons(("car", ALL))
    for source in (ids, polygons):
        target = tmp_path / f"{source.stem}_target.png"
        assert convert(Conversion("a", source, target)) == ""
        made = cv2.imread(str(target), cv2.IMREAD_UNCHANGED)
        assert made.shape == (6, 8) and made.dtype == np.uint8 and (made == 13).all()


def test_failure_is_told_and_leaves_nothing(tmp_path: Path, write: Write) -> None:
    source = write("src/ids.png", np.full((2, 2), 77, np.uint8))
    target = tmp_path / "out" / "target.png"
    assert "holds the value 77" in convert(Conversion("a", source, target))
    assert not target.exists() and not target.parent.exists()


def test_a_full_disk_leaves_the_former_label(
    tmp_path: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = write("ids.png"), write("target.png", np.full((4, 6), 9, np.uint8))
    former = target.read_bytes()

    def no_space(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "replace", no_space)
    assert "No space left" in convert(Conversion("a", source, target))
    assert target.read_bytes() == former
    assert sorted(p.name for p in tmp_path.iterdir()) == ["ids.png", "target.png"]


def test_what_a_killed_run_left_is_removed(tmp_path: Path, write: Write) -> None:
    source = write(f"{FOLDER}/a_gtFine_labelIds.png")
    left = source.with_name(f".a_gtFine_labelTrainIds.png.{'0123456789abcdef' * 2}.tmp")
    left.write_bytes(b"half")
    clean_up(plan(tmp_path))
    assert not left.exists() and source.exists()
