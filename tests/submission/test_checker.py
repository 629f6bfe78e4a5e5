"""Every kind of wrong submission is named with its fix; a right one passes."""

from __future__ import annotations

import errno
import os
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from sympie_seg.submission import Report, check_submission, get_server
from sympie_seg.submission.expected import Images

SIZE = (12, 8)
ACDC = replace(get_server("acdc"), size=SIZE, images=4)
DARK_ZURICH = replace(get_server("dark_zurich"), size=SIZE, images=2, sequences={"GOPR0364": 2})
CITYSCAPES = replace(get_server("cityscapes"), size=SIZE, images=1)
STEMS = {
    "fog": ["GOPR0475_frame_000001_rgb_anon", "GOPR0475_frame_000002_rgb_anon"],
    "night": ["GP010376_frame_000001_rgb_anon"],
    "snow": ["GOPR0607_frame_000009_rgb_anon"],
}
IMAGES: Images = {
    stem.removesuffix("_rgb_anon"): (condition, stem)
    for condition, stems in STEMS.items()
    for stem in stems
}
ROAD_TO_TRUCK = np.arange(96, dtype=np.uint8).reshape(8, 12) % 15


def save(path: Path, pixels: np.ndarray = ROAD_TO_TRUCK) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), pixels)
    return path


@pytest.fixture
def acdc(tmp_path: Path) -> Path:
    """A right folder for ACDC."""
    for _, stem in IMAGES.values():
        save(tmp_path / f"out/labelTrainIds/{stem}.png")
    return tmp_path / "out"


@pytest.fixture
def dark_zurich(tmp_path: Path) -> Path:
    """A right folder for Dark Zurich, with one pixel declared invalid."""
    root, invalid = tmp_path / "dz", ROAD_TO_TRUCK.copy()
    invalid[0, 0] = 255
    for index in (1, 2):
        name = f"GOPR0364_frame_{index:06}_rgb_anon.png"
        save(root / "labelTrainIds" / name)
        save(root / "labelTrainIds_invalid" / name, invalid)
        save(root / "confidence" / name, np.arange(96, dtype=np.uint16).reshape(8, 12) * 600)
    return root


def check(root: Path, images: Images | None = IMAGES) -> Report:
    return check_submission(ACDC, root, images)


def only_finding(report: Report) -> str:
    (finding,) = report.findings
    assert finding.fix
    return str(finding)


def one(root: Path) -> Path:
    return sorted(root.rglob("*.png"))[0]


def test_right_folder_passes_with_counts_per_condition(acdc: Path) -> None:
    report = check(acdc)
    assert report.ok and not report.findings
    counts = {name: (row["labelTrainIds/"], row["expected"]) for name, row in report.counts.items()}
    assert counts == {"fog": (2, 2), "night": (1, 1), "snow": (1, 1)}
    assert "not verified" in str(report) and "no errors found" in str(report)


def test_right_zip_passes_in_several_processes(acdc: Path, tmp_path: Path) -> None:
    pack(acdc, tmp_path / "a.zip")
    assert not check_submission(ACDC, tmp_path / "a.zip", IMAGES, processes=2).findings


def test_palette_is_fine_since_the_index_counts(acdc: Path) -> None:
    from PIL import Image

    picture = Image.fromarray(ROAD_TO_TRUCK, mode="P")
    picture.putpalette([7 * i % 256 for i in range(768)])
    picture.save(one(acdc))
    assert not check(acdc).findings


def test_without_data_numbers_are_compared(acdc: Path) -> None:
    assert check(acdc, None).ok
    one(acdc).unlink()
    text = only_finding(check(acdc, None))
    assert "covers 3 images, the test split has 4" in text


def test_missing_and_surplus_images_are_named(acdc: Path) -> None:
    one(acdc).unlink()
    save(acdc / "labelTrainIds/GOPR0001_frame_000001_rgb_anon.png")
    report = check(acdc)
    missing, surplus = map(str, report.findings)
    assert "1 of 4 test images have no file ('GOPR0475_frame_000001')" in missing
    assert "not in the test split ('GOPR0001_frame_000001')" in surplus
    assert report.counts["fog"]["labelTrainIds/"] == 1


def test_two_files_for_one_image(acdc: Path) -> None:
    save(acdc / "labelTrainIds/GOPR0475_frame_000001_gt_labelTrainIds.png")
    report = check(acdc)
    assert "several files for one image" in str(report.findings[0]) and not report.ok


def test_names_unlike_the_images_are_a_warning(acdc: Path) -> None:
    path = one(acdc)
    path.rename(path.with_name("GOPR0475_frame_000001.png"))
    report = check(acdc)
    assert report.ok and "not called as their images" in only_finding(report)


def pack(folder: Path, out: Path, prefix: str = "") -> Path:
    with zipfile.ZipFile(out, "w") as archive:
        for path in sorted(folder.rglob("*.png")):
            archive.write(path, prefix + path.relative_to(folder).as_posix())
    return out


def flat(root: Path) -> None:
    for path in list(root.rglob("*.png")):
        path.rename(root / path.name)


def below_conditions(root: Path) -> None:
    for condition, stems in STEMS.items():
        (root / "labelTrainIds" / condition).mkdir()
        for stem in stems:
            path = root / f"labelTrainIds/{stem}.png"
            path.rename(root / f"labelTrainIds/{condition}/{stem}.png")


def renamed(root: Path) -> None:
    (root / "labelTrainIds").rename(root / "results")


def small_letters(root: Path) -> None:
    (root / "labelTrainIds").rename(root / "labeltrainids")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (flat, "4 files at the top level instead of labelTrainIds/"),
        (below_conditions, "in folders below labelTrainIds/, such as 'fog/'"),
        (renamed, "in 'results/' instead of labelTrainIds/"),
        (small_letters, "in 'labeltrainids/' instead of labelTrainIds/"),
    ],
)
def test_wrong_tree_is_named_and_the_rest_checked(
    spoil: Callable, message: str, acdc: Path
) -> None:
    spoil(acdc)
    report = check(acdc)
    assert not report.ok and message in str(report) and "zip from inside" in str(report)
    assert "have no file" not in str(report), "the files were recognised all the same"


def test_folder_around_the_tree(acdc: Path, tmp_path: Path) -> None:
    text = only_finding(check(pack(acdc, tmp_path / "a.zip", "my_run/")))
    assert "4 files in 'my_run/', a folder around labelTrainIds/" in text


def test_additions_of_an_operating_system_and_other_files(acdc: Path) -> None:
    for name in (".DS_Store", "labelTrainIds/@eaDir/a.png", "labelTrainIds/.hidden.png"):
        (acdc / name).parent.mkdir(exist_ok=True)
        (acdc / name).write_bytes(b"x")
    (acdc / "labelTrainIds/readme.txt").write_text("x")
    save(acdc / "labelTrainIds/GOPR0475_frame_000001_rgb_ref_anon.png")
    save(acdc / "logits/a.png")
    text = str(check(acdc))
    assert "3 files added by an operating system ('.DS_Store', " in text
    assert "1 file not called .png ('labelTrainIds/readme.txt')" in text
    assert "2 files of no test image" in text and "_rgb_ref_anon.png'" in text


def test_no_permission_is_not_called_damage(
    acdc: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = pack(acdc, tmp_path / "a.zip")

    def refuse(path: object, *_: object, **options: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    # Everywhere, since root may read whatever is there.
    monkeypatch.setattr("io.open", refuse)
    monkeypatch.setattr("builtins.open", refuse)
    with pytest.raises(PermissionError, match=r"Permission denied: '.*a\.zip'"):
        check(archive)


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_links_in_a_folder_are_followed(acdc: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    (acdc / "labelTrainIds").rename(elsewhere)
    os.symlink(elsewhere, acdc / "labelTrainIds")
    assert check(acdc).ok
    os.symlink(tmp_path / "nowhere", acdc / "lost.png")
    with pytest.raises(ValueError, match=r"1 left out in '.*': links to nothing \('lost\.png'\)"):
        check(acdc)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_name_twice_in_a_zip(acdc: Path, tmp_path: Path) -> None:
    archive = pack(acdc, tmp_path / "a.zip")
    with zipfile.ZipFile(archive, "a") as more:
        more.write(one(acdc), "labelTrainIds/" + one(acdc).name)
    assert "1 file in the zip twice under one name" in only_finding(check(archive))


LABEL_IDS = np.array([7, 8, 11, 21, 23, 26], np.uint8)[ROAD_TO_TRUCK % 6]


@pytest.mark.parametrize(
    ("pixels", "message", "fix"),
    [
        (LABEL_IDS, "holds labelIds (21, 23, 26) instead of trainIds", "CityscapesMetric"),
        (ROAD_TO_TRUCK + 60, "no trainIds 0..18: 60, 61, 62, 63, ...", "other classes"),
        (ROAD_TO_TRUCK.astype(np.uint16), "has 16 bits a pixel instead of 8", "8-bit"),
        (np.dstack([ROAD_TO_TRUCK] * 3), "is a colour picture", "class numbers"),
        (ROAD_TO_TRUCK[:4, :6], "is 6 x 4 instead of 12 x 8", "size of the images"),
    ],
)
def test_wrong_pixels(pixels: np.ndarray, message: str, fix: str, acdc: Path) -> None:
    save(one(acdc), pixels)
    report = check(acdc)
    assert not report.ok and message in only_finding(report) and fix in only_finding(report)


def test_255_is_a_warning(acdc: Path) -> None:
    pixels = ROAD_TO_TRUCK.copy()
    pixels[0] = 255
    save(one(acdc), pixels)
    report = check(acdc)
    assert report.ok and "holds 255" in only_finding(report)


def cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-30])


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def flipped(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[45] ^= 0xFF
    path.write_bytes(data)


def jpeg(path: Path) -> None:
    path.write_bytes(cv2.imencode(".jpg", ROAD_TO_TRUCK)[1].tobytes())


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (cut_off, "is cut off"), (emptied, "is empty"), (flipped, "is damaged inside (the checksum"),
        (jpeg, "is no PNG file"),
    ],
)  # fmt: skip
def test_damaged_file(spoil: Callable[[Path], None], message: str, acdc: Path) -> None:
    spoil(one(acdc))
    text = only_finding(check(acdc))
    assert message in text and one(acdc).name in text


def test_damage_inside_a_zip(acdc: Path, tmp_path: Path) -> None:
    archive = pack(acdc, tmp_path / "a.zip")
    data = bytearray(archive.read_bytes())
    data[data.index(b"IDAT") + 8] ^= 0xFF
    archive.write_bytes(data)
    assert "cannot be read: Bad CRC-32" in only_finding(check(archive))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 but cut off"])
def test_no_zip(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(ValueError, match="no zip archive, or is cut off"):
        check(tmp_path / "a.zip")


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no archive or folder"):
        check(tmp_path / "absent.zip")
    with pytest.raises(ValueError, match="holds no file"):
        check(tmp_path)


def test_one_class_everywhere_is_a_warning(acdc: Path) -> None:
    for path in acdc.rglob("*.png"):
        save(path, np.full((8, 12), 2, np.uint8))
    report = check(acdc)
    assert report.ok and "every pixel of every file is 2" in only_finding(report)


def test_dark_zurich_passes_and_counts_sequences(dark_zurich: Path) -> None:
    report = check_submission(DARK_ZURICH, dark_zurich)
    assert not report.findings
    assert report.counts["GOPR0364"] == {
        "expected": 2, "labelTrainIds/": 2, "labelTrainIds_invalid/": 2, "confidence/": 2,
    }  # fmt: skip


def without_confidence(root: Path) -> None:
    for path in (root / "confidence").iterdir():
        path.unlink()


def eight_bits(root: Path) -> None:
    save(one(root / "confidence"))


def other_labels(root: Path) -> None:
    save(one(root / "labelTrainIds_invalid"), ROAD_TO_TRUCK[::-1])


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (without_confidence, "confidence/ is missing"),
        (eight_bits, "has 8 bits a pixel instead of 16"),
        (other_labels, "is neither 255 nor what 'labelTrainIds/GOPR0364_frame_000001"),
    ],
)
def test_dark_zurichs_other_folders(spoil: Callable, message: str, dark_zurich: Path) -> None:
    spoil(dark_zurich)
    report = check_submission(DARK_ZURICH, dark_zurich)
    assert not report.ok and message in str(report.findings[0])


def test_cityscapes_wants_label_ids(tmp_path: Path) -> None:
    path = save(tmp_path / "berlin_000000_000019_leftImg8bit.png", LABEL_IDS)
    assert not check_submission(CITYSCAPES, tmp_path).findings
    save(path)
    text = only_finding(check_submission(CITYSCAPES, tmp_path))
    assert "holds trainIds (0, 1, 2, 3, ...) instead of labelIds" in text
