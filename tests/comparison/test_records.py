"""Record files: what a kill leaves behind, what damage is, and several processes."""

from __future__ import annotations

from pathlib import Path

import pytest

from sympie_seg.comparison.records import RecordFile, read_key, read_records

KEY = {"enhancer": "abc", "network": "def"}


def write(folder: Path, *indices: int, rank: int = 0) -> Path:
    with RecordFile(folder, KEY, rank) as file:
        for index in indices:
            file.append([{"index": index, "image": f"{index}.png", "value": index / 3}])
    return folder / f"rank{rank}.jsonl"


def test_what_was_appended_comes_back_exactly(tmp_path: Path) -> None:
    write(tmp_path, 0, 5)
    write(tmp_path, 2)
    records = read_records(tmp_path, KEY)
    assert sorted(records) == [0, 2, 5]
    assert records[5] == {"index": 5, "image": "5.png", "value": 5 / 3}


def test_no_folder_no_records(tmp_path: Path) -> None:
    assert read_records(tmp_path / "absent", KEY) == {}
    assert read_key(tmp_path / "absent") is None


def test_processes_have_files_of_their_own(tmp_path: Path) -> None:
    write(tmp_path, 0, 2, rank=0)
    write(tmp_path, 1, 3, rank=1)
    assert sorted(read_records(tmp_path, KEY)) == [0, 1, 2, 3]


def test_every_cut_of_the_file_keeps_the_whole_lines(tmp_path: Path) -> None:
    whole = write(tmp_path / "whole", 0, 1, 2).read_bytes()
    lines = whole.splitlines(keepends=True)
    for length in range(len(whole) + 1):
        path = tmp_path / "cut" / "rank0.jsonl"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(whole[:length])
        complete = sum(sum(map(len, lines[: n + 1])) <= length for n in range(len(lines)))
        expected = list(range(max(complete - 1, 0)))
        assert sorted(read_records(path.parent, KEY)) == expected
        if length % 29 == 0:  # going on from there
            write(path.parent, 7)
            assert sorted(read_records(path.parent, KEY)) == [*expected, 7]


def test_a_tail_of_zeros_as_after_a_power_cut(tmp_path: Path) -> None:
    path = write(tmp_path, 0, 1)
    path.write_bytes(path.read_bytes() + bytes(500))
    assert sorted(read_records(tmp_path, KEY)) == [0, 1]
    write(tmp_path, 2)
    assert sorted(read_records(tmp_path, KEY)) == [0, 1, 2]


@pytest.mark.parametrize("line", [0, 1, 2])
def test_damage_in_the_middle_is_an_error_that_names_the_line(tmp_path: Path, line: int) -> None:
    path = write(tmp_path, 0, 1, 2)
    lines = path.read_bytes().splitlines(keepends=True)
    lines[line] = (
        lines[line].replace(b"e", b"f", 1) if line == 0 else lines[line].replace(b"png", b"pmg")
    )
    path.write_bytes(b"".join(lines))
    with pytest.raises(
        ValueError, match=rf"rank0\.jsonl' is damaged in line {line + 1}\. Delete it"
    ):
        read_records(tmp_path, KEY)
    with pytest.raises(ValueError, match="is damaged"):
        RecordFile(tmp_path, KEY)


def test_records_of_another_comparison_are_refused(tmp_path: Path) -> None:
    write(tmp_path, 0)
    with pytest.raises(ValueError, match="belong to another comparison"):
        read_records(tmp_path, {**KEY, "network": "other"})
    assert read_key(tmp_path) == KEY


def test_two_headers_of_runs_that_started_together(tmp_path: Path) -> None:
    path = write(tmp_path, 0)
    header, record = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(header + header + record)
    assert sorted(read_records(tmp_path, KEY)) == [0]
    write(tmp_path, 1)
    assert sorted(read_records(tmp_path, KEY)) == [0, 1]


def test_a_record_of_no_image(tmp_path: Path) -> None:
    with RecordFile(tmp_path, KEY) as file:
        file.append([{"image": "a.png"}])
    with pytest.raises(ValueError, match=r"rank0\.jsonl' has no record of an image in line 2"):
        read_records(tmp_path, KEY)


def test_no_number_that_is_none_gets_in(tmp_path: Path) -> None:
    with RecordFile(tmp_path, KEY) as file, pytest.raises(ValueError):
        file.append([{"index": 0, "value": float("nan")}])
    assert read_records(tmp_path, KEY) == {}
