"""From polygons to trainIds."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from sympie_seg.datasets.preparation.label_ids import train_ids_from_label_ids
from sympie_seg.datasets.preparation.polygons import train_ids_from_polygons

Write = Callable[..., Path]
ALL = [[0, 0], [7, 0], [7, 5], [0, 5]]
LEFT = [[0, 0], [3, 0], [3, 5], [0, 5]]


def test_agrees_with_label_ids_on_rectangles(write: Write, write_polygons: Write) -> None:
    label_ids = np.full((6, 8), 7, np.uint8)
    label_ids[:, :4] = 26
    label_ids[2:4, 1:3] = 4
    hole = [[1, 2], [2, 2], [2, 3], [1, 3]]
    polygons = write_polygons(("road", ALL), ("car", LEFT), ("static", hole))
    expected = train_ids_from_label_ids(write("ids.png", label_ids))
    assert set(np.unique(expected)) == {0, 13, 255}
    np.testing.assert_array_equal(train_ids_from_polygons(polygons), expected)


def test_later_objects_cover_earlier_ones(write_polygons: Write) -> None:
    over = train_ids_from_polygons(write_polygons(("road", ALL), ("car", LEFT)))
    under = train_ids_from_polygons(write_polygons(("car", LEFT), ("road", ALL)))
    assert (over[:, :4] == 13).all() and (over[:, 4:] == 0).all()
    assert (under == 0).all()


def test_what_no_polygon_covers_is_ignored(write_polygons: Write) -> None:
    train_ids = train_ids_from_polygons(write_polygons(("sky", LEFT)))
    assert (train_ids[:, :4] == 10).all() and (train_ids[:, 4:] == 255).all()


@pytest.mark.parametrize(
    ("name", "train_id"),
    [("cargroup", 13), ("persongroup", 11), ("bicyclegroup", 18), ("polegroup", 255)],
)
def test_groups_have_the_class_of_their_members(
    write_polygons: Write, name: str, train_id: int
) -> None:
    """But 'polegroup' is a class of its own, which is ignored."""
    assert (train_ids_from_polygons(write_polygons((name, ALL))) == train_id).all()


def test_deleted_objects_are_skipped(write_polygons: Write) -> None:
    assert (train_ids_from_polygons(write_polygons(("car", ALL), deleted=1)) == 255).all()
    assert (train_ids_from_polygons(write_polygons(("car", ALL), deleted=0)) == 13).all()


def test_a_licence_plate_keeps_the_class_of_its_car(write_polygons: Write) -> None:
    train_ids = train_ids_from_polygons(write_polygons(("car", ALL), ("license plate", LEFT)))
    assert (train_ids == 13).all()


def test_corners_beyond_the_image_are_cut(write_polygons: Write) -> None:
    beyond = [[-5, -5], [20, -5], [20, 20], [-5, 20]]
    assert (train_ids_from_polygons(write_polygons(("car", []), ("sky", beyond))) == 10).all()


def test_unknown_class_is_an_error_that_names_the_file(write_polygons: Write) -> None:
    path = write_polygons(("road", ALL), ("spaceship", LEFT))
    with pytest.raises(ValueError, match=r"a\.json' has an object of class 'spaceship'"):
        train_ids_from_polygons(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"imgHeight": 6, "imgWi', "is no whole JSON file"),
        ("", "is no whole JSON file"),
        ("[1, 2]", "holds a list, expected an object"),
        (json.dumps(dict(imgHeight=6, imgWidth=8)), "is no polygon file.*objects"),
        (
            json.dumps(dict(imgHeight=6, imgWidth=8, objects=[dict(label="car")])),
            "is no polygon file",
        ),
    ],
)
def test_other_files_are_named(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "bad.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=rf"bad\.json' {message}"):
        train_ids_from_polygons(path)
