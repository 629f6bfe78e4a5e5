"""File lists: ACDC by condition, and those that come with CamVid."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from sympie_seg.datasets.preparation import ACDC, ACDC_FLAT, CAMVID
from sympie_seg.datasets.preparation.camvid_lists import check_lists
from sympie_seg.datasets.preparation.condition_lists import (
    collect_lists,
    compare_with_flat_copy,
    write_lists,
)
from sympie_seg.datasets.preparation.counting import count_part
from sympie_seg.datasets.preparation.published import Part

Write = Callable[..., Path]
OFFICIAL = replace(ACDC, parts=(Part("val", "fog", 1), Part("val", "rain", 2)))
NAMES = {"fog": ["GOPR0475_frame_000041"], "rain": ["GOPR0400_frame_01", "GOPR0400_frame_02"]}
LISTS = {(condition, "val"): names for condition, names in NAMES.items()}


@pytest.fixture
def official(tmp_path: Path, write: Write) -> Path:
    for condition, names in NAMES.items():
        for name in names:
            stem = f"{name[:8]}/{name}"
            write(f"official/rgb_anon/{condition}/val/{stem}_rgb_anon.png")
            write(f"official/rgb_anon/{condition}/val_ref/{stem}_rgb_ref_anon.png")
            write(f"flat/rgb_anon/val/{name}_rgb_anon.png")
    return tmp_path / "official"


def test_lists_of_an_official_tree(official: Path) -> None:
    assert collect_lists(official, OFFICIAL) == LISTS


def test_short_tree_makes_no_lists_unless_wanted(official: Path) -> None:
    parts = (Part("val", "fog", 100), Part("val", "rain", 2))
    layout = replace(ACDC, parts=parts)
    with pytest.raises(ValueError, match="has 1 images of val fog, 100 are published"):
        collect_lists(official, layout)
    assert collect_lists(official, layout, subset=True) == LISTS


@pytest.mark.parametrize("subset", [False, True])
def test_more_images_than_published_make_no_lists(official: Path, subset: bool) -> None:
    """Such a tree is mixed with another; no part of the published one."""
    layout = replace(ACDC, parts=(Part("val", "fog", 1), Part("val", "rain", 1)))
    with pytest.raises(ValueError, match="has 2 images of val rain, 1 are published"):
        collect_lists(official, layout, subset=subset)


@pytest.mark.parametrize("splits", [None, ["test"]])
def test_no_image_makes_no_lists(tmp_path: Path, splits: list[str] | None) -> None:
    with pytest.raises(ValueError, match="has no image in ACDC's official tree"):
        collect_lists(tmp_path, ACDC, splits)


def test_written_once(tmp_path: Path) -> None:
    folder = tmp_path / "lists"
    paths = [folder / "fog_val.txt", folder / "rain_val.txt"]
    assert write_lists(folder, LISTS, dry_run=True) == paths
    assert not folder.exists()
    assert write_lists(folder, LISTS) == paths
    assert paths[1].read_text() == "GOPR0400_frame_01\nGOPR0400_frame_02\n"
    assert write_lists(folder, LISTS) == []
    paths[0].write_text("other\n")
    assert write_lists(folder, LISTS) == paths[:1]


def test_flat_copy_is_compared(official: Path, write: Write) -> None:
    flat = official.parent / "flat"

    def compare() -> list[str]:
        return compare_with_flat_copy(LISTS, [count_part(flat, ACDC_FLAT, Part("val"))])

    assert compare() == []
    (flat / "rgb_anon/val/GOPR0400_frame_02_rgb_anon.png").unlink()
    write("flat/rgb_anon/val/other_rgb_anon.png")
    (problem,) = compare()
    assert (
        "val: lists and flat copy differ (1 images only in the lists, 1 only in the copy" in problem
    )


@pytest.fixture
def camvid(tmp_path: Path, write: Write) -> Callable[[str], list[str]]:
    """Check a list of two frames."""
    for name in ("a", "b"):
        write(f"val/{name}.jpg")
        write(f"valannot/{name}.png")

    def check(text: str) -> list[str]:
        (tmp_path / "val.txt").write_text(text)
        parts = (Part("train"), Part("val"))
        return check_lists(tmp_path, [count_part(tmp_path, CAMVID, part) for part in parts])

    return check


LINE = "/SegNet/CamVid/val/{0}.png /SegNet/CamVid/valannot/{0}.png\n"


def test_prefix_and_suffix_of_camvid_lists_do_not_count(camvid: Callable) -> None:
    assert camvid(LINE.format("a") + LINE.format("b") + "\n") == []
    assert camvid("val/a.png valannot/a.png\n" + LINE.format("b")) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (LINE.format("a"), "0 listed images are missing, 1 are not listed, the first 'b'"),
        (LINE.format("a") + LINE.format("c"), "1 listed images are missing, 1 are not listed"),
        (LINE.format("a") + "val/b.png\n", "line 2: expected '<...>/val/X.png"),
        ("train/a.png trainannot/a.png\n", "line 1: expected '<...>/val/X.png"),
        ("val/a.png valannot/b.png\n", "line 1: expected"),
    ],
)
def test_camvid_lists_that_do_not_fit(camvid: Callable, text: str, message: str) -> None:
    (problem,) = camvid(text)
    assert "val.txt'" in problem and message in problem


def test_a_name_that_no_list_can_hold(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"a list cannot hold 'a\\udcdf'.*rename the file"):
        write_lists(tmp_path, {("fog", "val"): ["a\udcdf"]})
    assert not list(tmp_path.iterdir())
