"""Short names of the enhancers that come with the project."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from skimage import data

from sympie_seg.api import enhance
from sympie_seg.corruptions import corrupt
from sympie_seg.enhancer import SyMPIE, load_enhancer, save_enhancer
from sympie_seg.enhancer.shipped import (
    CITYSCAPES,
    DEFAULT,
    SHIPPED,
    better_shipped,
    resolve_enhancer,
    shipped_enhancer,
)


@pytest.mark.parametrize("name", SHIPPED)
def test_every_short_name_is_a_whole_file(name: str) -> None:
    assert shipped_enhancer(name).name == f"sympie_{name}.pth"
    enhancer, provenance = load_enhancer(name)
    assert isinstance(enhancer, SyMPIE) and provenance


@pytest.mark.parametrize(("name", "grey_levels"), [("general", 20), ("cityscapes", 40)])
@pytest.mark.parametrize("picture", ["astronaut", "chelsea"])
def test_those_of_no_labels_light_dark_photographs(
    name: str, grey_levels: int, picture: str
) -> None:
    """`general` leaves them as dark as classifiers accept; `cityscapes` makes them as bright as streets."""
    dark = corrupt(getattr(data, picture)(), "darken", 3, np.random.default_rng(0))
    assert enhance(dark, name)[0].mean() > dark.mean() + grey_levels


@pytest.mark.parametrize("picture", ["astronaut", "chelsea"])
def test_general_leaves_clean_photographs(picture: str) -> None:
    clean = getattr(data, picture)()
    enhancer = load_enhancer("general")[0].eval()
    changed = _change(clean, enhancer)
    enhancer.dead_zone = None
    assert changed < min(0.6 * _change(clean, enhancer), 2.5)


@pytest.mark.parametrize("picture", ["astronaut", "chelsea", "coffee"])
def test_cityscapes_changes_clean_photographs_less_than_the_old_default(picture: str) -> None:
    """It is made for streets: it takes photographs for unfamiliar ones, but less than `camvid` does."""
    clean = getattr(data, picture)()
    assert _change(clean, "cityscapes") < 0.65 * _change(clean, "camvid")


def _change(picture: NDArray[np.uint8], enhancer: SyMPIE | str) -> float:
    """Mean absolute change in grey levels."""
    return float(np.abs(enhance(picture, enhancer)[0].astype(int) - picture).mean())


def test_the_default_is_one_of_them() -> None:
    assert shipped_enhancer() == shipped_enhancer(DEFAULT)


def test_a_file_of_that_name_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert resolve_enhancer("camvid") == shipped_enhancer("camvid")
    save_enhancer("camvid", SyMPIE(), dict(note="mine"))
    assert resolve_enhancer("camvid") == Path("camvid")
    assert load_enhancer("camvid")[1] == dict(note="mine")


def test_other_words_are_paths() -> None:
    assert resolve_enhancer("camvid.pth") == Path("camvid.pth")
    with pytest.raises(FileNotFoundError, match="nowhere"):
        load_enhancer("nowhere")


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(ValueError, match=", ".join(SHIPPED)):
        shipped_enhancer("acdc")


class TestSuggestion:
    @pytest.mark.parametrize("name", [name for name in SHIPPED if name != CITYSCAPES])
    def test_another_shipped_file_before_a_cityscapes_network(self, name: str) -> None:
        (by_name,) = better_shipped(["none", name], cityscapes_classes=True)
        assert f"'{CITYSCAPES}' was trained for such networks, rather than '{name}'" in by_name
        assert better_shipped([shipped_enhancer(name)], cityscapes_classes=True) == [by_name]
        assert better_shipped([name], cityscapes_classes=False) == []

    def test_nothing_where_it_is_there_or_none_is_shipped(self) -> None:
        assert better_shipped(["general", CITYSCAPES], cityscapes_classes=True) == []
        assert better_shipped(["mine.pth", dict(type="CLAHE"), None], cityscapes_classes=True) == []
