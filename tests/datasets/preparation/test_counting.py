"""Which files belong to a part, and which do not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sympie_seg.datasets.preparation import ACDC, ACDC_FLAT, CAMVID, CITYSCAPES, DARK_ZURICH, Layout
from sympie_seg.datasets.preparation.counting import count_part
from sympie_seg.datasets.preparation.published import Part
from sympie_seg.datasets.preparation.report import PartReport

Write = Callable[..., Path]


def test_published_numbers() -> None:
    """Sums that the publishers give, too."""

    def total(layout: Layout, **where: str) -> int:
        chosen = [p for p in layout.parts if all(getattr(p, k) == v for k, v in where.items())]
        return sum(part.images or 0 for part in chosen)

    assert [total(CITYSCAPES, split=split) for split in CITYSCAPES.splits] == [2975, 500, 1525]
    assert [total(ACDC, split=split) for split in ACDC.splits] == [1600, 406, 2000]
    assert total(ACDC) == total(ACDC_FLAT) == 4006
    assert total(ACDC, condition="night") == 400 + 106 + 500
    assert sum(part.references or 0 for part in ACDC.parts) == 4006
    assert sum(part.images or 0 for part in ACDC.parts if part.labelled) == 2006
    assert total(DARK_ZURICH, split="train") == 2416 + 2920 + 3041
    assert total(DARK_ZURICH, condition="night") == 2416 + 50 + 151
    assert total(CAMVID) == 701


def test_references_of_dark_zurich_are_not_images(tmp_path: Path, write: Write) -> None:
    """They end with the suffix of the images; one here even lies among them."""
    night = "rgb_anon/val/night/GOPR0356"
    write(f"{night}/GOPR0356_frame_000321_rgb_anon.png")
    write(f"{night}/GOPR0356_frame_000321_ref_rgb_anon.png")
    write("rgb_anon/val_ref/day/GOPR0356_ref/GOPR0356_frame_000321_ref_rgb_anon.png")
    write("rgb_anon/val_ref/day/GOPR0356_ref/GOPR0356_frame_000322_ref_rgb_anon.png")
    count = count_part(tmp_path, DARK_ZURICH, Part("val", "night"))
    assert list(count.images) == ["GOPR0356/GOPR0356_frame_000321"]
    assert count.references == 2


def test_kinds_of_acdc_files(tmp_path: Path, write: Write) -> None:
    stem = "GOPR0475/GOPR0475_frame_000041"
    write(f"rgb_anon/fog/val/{stem}_rgb_anon.png")
    write(f"rgb_anon/fog/val_ref/{stem}_rgb_ref_anon.png")
    write(f"rgb_anon/fog/train/{stem}_rgb_anon.png")
    for kind in ("labelTrainIds", "labelIds", "labelColor", "invIds", "invGray"):
        write(f"gt/fog/val/{stem}_gt_{kind}.png")
    count = count_part(tmp_path, ACDC, Part("val", "fog"))
    assert list(count.images) == list(count.labels) == list(count.label_ids) == [stem]
    assert (count.references, count.polygons) == (1, {})
    assert count_part(tmp_path, ACDC, Part("val", "rain")).is_absent


def test_dummy_labels_of_the_test_split_are_not_labels(tmp_path: Path, write: Write) -> None:
    write("leftImg8bit/test/berlin/berlin_000000_000019_leftImg8bit.png")
    write("gtFine/test/berlin/berlin_000000_000019_gtFine_labelIds.png")
    count = count_part(tmp_path, CITYSCAPES, Part("test", labelled=False))
    assert (len(count.images), count.labels, count.label_ids) == (1, {}, {})


def test_hidden_and_unfinished_files_are_left_out(tmp_path: Path, write: Write) -> None:
    write("val/a.png").rename(tmp_path / "val" / f".a.png.{'0' * 32}.tmp")
    write("val/._b.png")
    write("val/c.jpg")
    count = count_part(tmp_path, CAMVID, Part("val"))
    assert list(count.images) == ["c"]
    assert len(count.remarks) == 2 and "hidden ('.a.png." in count.remarks[0]
    assert "of an operating system or an editor ('._b.png')" in count.remarks[1]
    assert count.lost == ()


def test_links_to_nothing_are_lost(tmp_path: Path, write: Write) -> None:
    """They were left out without a word, and the dataset was called ready."""
    write("val/a.png")
    write("valannot/a.png")
    (tmp_path / "val/b.png").symlink_to(tmp_path / "nothing.png")
    (tmp_path / "val/c.txt").symlink_to(tmp_path / "nothing.txt")
    (tmp_path / "val/d.heic").touch()
    count = count_part(tmp_path, CAMVID, Part("val"))
    assert list(count.images) == ["a"] and count.lost == (tmp_path / "val/b.png",)
    assert any(
        "2 left out" in r and "links to nothing ('b.png', 'c.txt')" in r for r in count.remarks
    )
    assert any("not read here; convert them ('d.heic')" in remark for remark in count.remarks)
    report = PartReport(count, is_subset=True)
    assert report.state == "1 cannot be read"
    assert report.problems == [
        "val: 1 images or folders are links to nothing or cannot be read, the first "
        f"'{tmp_path / 'val/b.png'}'"
    ]


@pytest.mark.parametrize("suffix", [".JPG", ".bmp", ".TIF", ".webp", ".ppm"])
def test_kinds_and_cases_of_camvid(tmp_path: Path, write: Write, suffix: str) -> None:
    """The check takes what the dataset takes."""
    write("val/a.png").rename(tmp_path / f"val/a{suffix}")
    assert list(count_part(tmp_path, CAMVID, Part("val")).images) == ["a"]


@pytest.mark.parametrize("order", [("a.png", "a.jpg"), ("a.jpg", "a.png")])
def test_png_before_jpeg(tmp_path: Path, write: Write, order: tuple[str, str]) -> None:
    """As in CamVidDataset."""
    for name in order:
        write(f"val/{name}")
    count = count_part(tmp_path, CAMVID, Part("val"))
    assert {key: path.name for key, path in count.images.items()} == {"a": "a.png"}
