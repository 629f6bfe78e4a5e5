"""The expected images come from the data on disk."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from sympie_seg.submission import expected_images, get_server

ACDC = get_server("acdc")


def touch(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()


@pytest.fixture
def official(tmp_path: Path) -> Path:
    for condition, sequence in (("fog", "GOPR0475"), ("snow", "GOPR0607")):
        start = tmp_path / f"acdc/rgb_anon/{condition}"
        touch(start / f"test/{sequence}/{sequence}_frame_000001_rgb_anon.png")
        touch(start / f"test_ref/{sequence}/{sequence}_frame_000001_rgb_ref_anon.png")
        touch(start / f"val/{sequence}/{sequence}_frame_000002_rgb_anon.png")
    return tmp_path / "acdc"


def test_test_images_and_their_conditions(official: Path) -> None:
    assert expected_images(ACDC, official, subset=True) == {
        "GOPR0475_frame_000001": ("fog", "GOPR0475_frame_000001_rgb_anon"),
        "GOPR0607_frame_000001": ("snow", "GOPR0607_frame_000001_rgb_anon"),
    }


def test_a_part_needs_subset(official: Path) -> None:
    with pytest.raises(ValueError, match="holds 2 test images of ACDC, 2000 are published"):
        expected_images(ACDC, official)


@pytest.mark.parametrize("subset", [False, True])
def test_more_than_published_are_refused(official: Path, subset: bool) -> None:
    with pytest.raises(ValueError, match="holds 2 test images of ACDC, 1 are published"):
        expected_images(replace(ACDC, images=1), official, subset=subset)


def test_flat_copy_takes_conditions_from_lists(tmp_path: Path) -> None:
    for number in (1, 2):
        touch(tmp_path / f"rgb_anon/test/GOPR0475/GOPR0475_frame_00000{number}_rgb_anon.png")
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists/fog_test.txt").write_text("GOPR0475_frame_000002\n")
    images = expected_images(ACDC, tmp_path, subset=True)
    assert [condition for condition, _ in images.values()] == ["test", "fog"]


def test_dark_zurich_leaves_references_out(tmp_path: Path) -> None:
    start = tmp_path / "rgb_anon/test/night/GOPR0364"
    touch(start / "GOPR0364_frame_000001_rgb_anon.png")
    touch(start / "GOPR0364_frame_000001_ref_rgb_anon.png")
    images = expected_images(get_server("dark_zurich"), tmp_path, subset=True)
    assert images == {"GOPR0364_frame_000001": ("night", "GOPR0364_frame_000001_rgb_anon")}


def test_no_image(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="holds no test image of Cityscapes"):
        expected_images(get_server("cityscapes"), tmp_path)


def test_unknown_server() -> None:
    with pytest.raises(ValueError, match="use one of: acdc, dark_zurich, cityscapes"):
        get_server("kitti")
