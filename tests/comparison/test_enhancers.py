"""Names of enhancers: classical ones, files, and files whose names clash."""

from __future__ import annotations

from pathlib import Path

import pytest

from sympie_seg.comparison.enhancers import choose_enhancers, sweep_strength


def files(root: Path, *names: str) -> list[str]:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    return [str(root / name) for name in names]


def test_names_and_configs(tmp_path: Path) -> None:
    (path,) = files(tmp_path, "run/enhancer_best.pth")
    none, nlm, own = choose_enhancers(["none", "nlm", path])
    assert (none.name, none.config, none.is_file) == ("none", dict(type="NoEnhancer"), False)
    assert nlm.config == dict(type="NonLocalMeansEnhancer")
    assert (own.name, own.source, own.config, own.is_file) == ("enhancer_best", path, path, True)


def test_equal_stems_get_as_many_folders_as_it_takes(tmp_path: Path) -> None:
    names = ["x/seed1/sympie/e.pth", "x/seed2/sympie/e.pth", "x/seed2/other/e.pth", "x/f.pth"]
    chosen = choose_enhancers(files(tmp_path, *names))
    assert [one.name for one in chosen] == ["seed1/sympie/e", "seed2/sympie/e", "other/e", "f"]


def test_a_file_that_is_called_like_a_classical_enhancer(tmp_path: Path) -> None:
    chosen = choose_enhancers(["gamma", *files(tmp_path, "mine/gamma.pth")])
    assert [one.name for one in chosen] == ["gamma", "mine/gamma"]


def test_files_that_differ_in_their_suffix_alone(tmp_path: Path) -> None:
    names = [one.name for one in choose_enhancers(files(tmp_path, "e.pth", "e.pt"))]
    assert len(set(names)) == 2 and all("e" in name for name in names)


def test_neither_name_nor_file() -> None:
    with pytest.raises(
        ValueError, match="'clahee' is neither a file nor one of none, clahe, gamma"
    ):
        choose_enhancers(["none", "clahee"])


def test_the_same_twice(tmp_path: Path) -> None:
    (path,) = files(tmp_path, "e.pth")
    with pytest.raises(ValueError, match=r"e\.pth' is given twice"):
        choose_enhancers([path, str(tmp_path / "." / "e.pth")])
    with pytest.raises(ValueError, match="'none' is given twice"):
        choose_enhancers(["none", "none"])


def test_a_sweep_of_strengths_is_a_column_for_each(tmp_path: Path) -> None:
    (path,) = files(tmp_path, "e.pth")
    swept = sweep_strength(choose_enhancers(["none", path]), [0, 0.5, 1.4])
    assert [one.name for one in swept] == ["none", "e@0", "e@0.5", "e@1.4"]
    assert [one.strength for one in swept] == [None, 0, 0.5, 1.4]
    assert [one.config for one in swept[1:]] == [path] * 3
    chosen = choose_enhancers(["none", path])
    assert sweep_strength(chosen, None) == chosen


@pytest.mark.parametrize(
    ("strengths", "message"),
    [([0.5, 2.5], r"in \[0, 2\], got 2.5"), ([1, 0.5, 1.0], "--strength 1 is given twice")],
)
def test_strengths_that_cannot_be(strengths: list[float], message: str, tmp_path: Path) -> None:
    chosen = choose_enhancers(files(tmp_path, "e.pth"))
    with pytest.raises(ValueError, match=message):
        sweep_strength(chosen, strengths)
    with pytest.raises(ValueError, match="--strength needs an enhancer file"):
        sweep_strength(choose_enhancers(["none"]), [1])
