"""What makes a comparison start again, and what does not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from mmengine.config import Config

from sympie_seg.comparison.records import (
    RecordFile,
    files_digest,
    record_folder,
    record_key,
    record_keys,
    usable_key,
)
from sympie_seg.datasets.conditions import META_KEYS


def config(**changes: object) -> Config:
    made = Config(
        dict(
            model=dict(type="A", data_preprocessor=dict(type="P", mean=[1.0], enhancer="x.pth", two_step=True)),
            test_dataloader=dict(batch_size=1, dataset=dict(type="D", pipeline=[dict(type="Resize", scale=(8, 4))])),
            test_evaluator=dict(type="M"),
        )
    )  # fmt: skip
    made.merge_from_dict(changes)
    return made


def key(
    enhancer: object = None, checkpoint: str = "n.pth", images: str = "i", **changes: object
) -> dict:
    return record_key(config(**changes), enhancer or dict(type="NoEnhancer"), checkpoint, images)


@pytest.mark.parametrize(
    "changes",
    [
        {"test_dataloader.batch_size": 8},
        {"test_dataloader.num_workers": 3},
        {"model.data_preprocessor.enhancer": "y.pth"},
        {"model.data_preprocessor.two_step": False},
        {"model.train_cfg": dict(a=1)},
        {"work_dir": "elsewhere"},
    ],
)
def test_what_changes_no_result(changes: dict) -> None:
    assert key(**changes) == key()


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"model.type": "B"}, "config"),
        ({"model.data_preprocessor.mean": [2.0]}, "config"),
        ({"test_dataloader.dataset.pipeline.0.scale": (16, 4)}, "config"),
        ({"test_evaluator.ignore_index": 0}, "config"),
        ({"checkpoint": "m.pth"}, "network"),
        ({"images": "j"}, "images"),
        ({"enhancer": dict(type="NoEnhancer", strength=2)}, "enhancer"),
    ],
)
def test_what_changes_results(changes: dict, part: str) -> None:
    before, after = key(), key(**changes)
    assert [name for name in before if before[name] != after[name]] == [part]


def test_files_count_by_content(tmp_path: Path) -> None:
    for name, text in (("a.pth", "1"), ("b.pth", "1"), ("c.pth", "2")):
        (tmp_path / name).write_text(text)
    keys = [key(str(tmp_path / name), str(tmp_path / name)) for name in ("a.pth", "b.pth", "c.pth")]
    assert keys[0] == keys[1]
    assert {name for name in keys[0] if keys[0][name] != keys[2][name]} == {
        "enhancer",
        "network",
    }


def test_names_in_no_encoding(tmp_path: Path) -> None:
    """The digest of a test set with such a name ended the comparison."""
    one, other = (tmp_path / os.fsdecode(name) for name in (b"a\xdf.png", b"a\xe4.png"))
    assert files_digest([str(one)]) != files_digest([str(other)])


def test_images_count_by_name_size_and_time(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"123")
    before = files_digest([str(path)])
    assert files_digest([str(path), str(path)]) == before
    assert files_digest([str(path), "s3://other/b.png"]) != before
    os.utime(path, (1, 1))
    touched = files_digest([str(path)])
    assert touched != before
    path.write_bytes(b"1234")
    os.utime(path, (1, 1))
    assert files_digest([str(path)]) != touched


def test_a_changed_key_starts_again_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes: list[str] = []
    monkeypatch.setattr(
        "sympie_seg.comparison.records.print_log", lambda text, **_: notes.append(text)
    )
    old = record_folder(tmp_path, "gamma", key())
    RecordFile(old, key()).close()
    assert record_folder(tmp_path, "gamma", key()) == old
    assert record_folder(tmp_path, "clahe", key()) != old
    new = record_folder(tmp_path, "gamma", key(checkpoint="m.pth", images="j"))
    assert new != old and old.is_dir()
    (text,) = notes
    assert (
        "gamma: starts again, since the network's checkpoint and the test images or labels" in text
    )
    assert str(old) in text


SEGMENTATION = ("PackSegInputs", (*META_KEYS, "clean_img"), META_KEYS[:-2])
IMAGES = ("img_path", "sample_idx", "ori_shape", "img_shape", "condition", "corruption", "severity")


@pytest.mark.parametrize(
    ("ours", "stock", "first", "second"),
    [
        ("PackSyMPIESegInputs", *SEGMENTATION),
        ("PackSyMPIEInputs", "PackInputs", (*IMAGES, "clean_img"), IMAGES),
    ],
)
def test_configs_that_wrote_the_packed_keys_out(
    ours: str, stock: str, first: tuple, second: tuple, tmp_path: Path
) -> None:
    """Records from before our packing steps are found, in both ways in which configs wrote them."""

    def keys(step: dict) -> list[dict[str, str]]:
        changes = {"test_dataloader.dataset.pipeline": [step]}
        return record_keys(config(**changes), dict(type="NoEnhancer"), "n.pth", "i")

    written = [keys(dict(type=stock, meta_keys=names)) for names in (first, second)]
    now = keys(dict(type=ours))
    assert now == [written[0][0], written[1][0]] and len(written[0]) == len(written[1]) == 1
    assert usable_key(tmp_path, "gamma", now) == now[0]
    RecordFile(record_folder(tmp_path, "gamma", now[1]), now[1]).close()
    assert usable_key(tmp_path, "gamma", now) == now[1] and usable_key(tmp_path, "g", now) == now[0]
    RecordFile(record_folder(tmp_path, "gamma", now[0]), now[0]).close()
    assert usable_key(tmp_path, "gamma", now) == now[0]
    assert keys(dict(type=ours, meta_keys=("more",)))[0] not in now
