"""Tests of enhancer files: round trip, safety, and errors that help."""

from __future__ import annotations

import hashlib
import pickle
from collections import OrderedDict
from pathlib import Path
from typing import Any

import pytest
import torch

from sympie_seg.enhancer import SyMPIE, file_sha256, load_enhancer, save_enhancer

PROVENANCE = {"config": "a.py", "miou": 61.5, "steps": [1, 2], "clean": True, "seed": None}


@pytest.fixture(scope="module")
def enhancer() -> SyMPIE:
    return SyMPIE(init="random", thumbnail_resize=100, thumbnail_crop=96)


def assert_same_weights(first: SyMPIE, second: SyMPIE) -> None:
    other = second.state_dict()
    assert first.state_dict().keys() == other.keys()
    for key, tensor in first.state_dict().items():
        assert torch.equal(tensor, other[key]), key


class TestRoundTrip:
    def test_weights_config_provenance(self, enhancer: SyMPIE, tmp_path: Path) -> None:
        path = tmp_path / "new" / "enhancer.pth"
        save_enhancer(path, enhancer, PROVENANCE)
        loaded, provenance = load_enhancer(path)
        assert_same_weights(loaded, enhancer)
        assert loaded.config == enhancer.config
        assert provenance == PROVENANCE

    def test_content(self, enhancer: SyMPIE, tmp_path: Path) -> None:
        path = tmp_path / "e.pth"
        save_enhancer(str(path), enhancer)
        content = torch.load(path, weights_only=True)
        assert set(content) == {
            "format", "version", "config", "state_dict", "provenance", "sha256",
        }  # fmt: skip
        assert (content["format"], content["version"]) == ("sympie_seg.enhancer", 1)
        assert type(content["state_dict"]) is dict
        assert all(tensor.is_contiguous() for tensor in content["state_dict"].values())
        assert path.stat().st_size < 19e6  # 4.7 M numbers of 4 bytes and little else

    def test_channels_last_is_stored_plain(self, tmp_path: Path) -> None:
        enhancer = SyMPIE(init="random").to(memory_format=torch.channels_last)
        save_enhancer(tmp_path / "e.pth", enhancer)
        state = torch.load(tmp_path / "e.pth", weights_only=True)["state_dict"]
        assert state["nem.backbone.3.conv1.weight"].is_contiguous()
        assert_same_weights(load_enhancer(tmp_path / "e.pth")[0], enhancer)

    def test_replaces_and_leaves_nothing_behind(self, enhancer: SyMPIE, tmp_path: Path) -> None:
        path = tmp_path / "e.pth"
        path.write_bytes(b"old")
        save_enhancer(path, enhancer)
        assert [file.name for file in tmp_path.iterdir()] == ["e.pth"]
        load_enhancer(path)

    def test_failed_write_keeps_the_old_file(
        self, enhancer: SyMPIE, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = tmp_path / "e.pth"
        path.write_bytes(b"old")

        def fail(_: Any, file: Any) -> None:
            file.write(b"half")
            raise OSError("disk full")

        monkeypatch.setattr(torch, "save", fail)
        with pytest.raises(OSError, match="disk full"):
            save_enhancer(path, enhancer)
        assert path.read_bytes() == b"old"
        assert len(list(tmp_path.iterdir())) == 1

    def test_sha256(self, tmp_path: Path) -> None:
        (tmp_path / "f").write_bytes(b"abc" * 500_000)
        assert file_sha256(tmp_path / "f") == hashlib.sha256(b"abc" * 500_000).hexdigest()


class TestPlainStateDict:
    @pytest.mark.parametrize("prefix", ["", "module.", "nem.", "module.nem."])
    @pytest.mark.parametrize("zipped", [True, False])
    def test_prefixes(self, enhancer: SyMPIE, tmp_path: Path, prefix: str, zipped: bool) -> None:
        state = enhancer.nem.state_dict()
        state = OrderedDict((prefix + key, value) for key, value in state.items())
        torch.save(state, tmp_path / "p.pth", _use_new_zipfile_serialization=zipped)
        loaded, provenance = load_enhancer(tmp_path / "p.pth")
        assert_same_weights(loaded, enhancer)
        assert loaded.config == SyMPIE().config
        assert provenance == {}

    def test_without_counts(self, enhancer: SyMPIE, tmp_path: Path) -> None:
        state = enhancer.nem.state_dict()
        state = {key: value for key, value in state.items() if "num_batches" not in key}
        torch.save(state, tmp_path / "p.pth")
        loaded = load_enhancer(tmp_path / "p.pth")[0]
        assert torch.equal(loaded.nem.out.weight, enhancer.nem.out.weight)


class TestUnusableFiles:
    def check(self, path: Path, *words: str) -> None:
        with pytest.raises(ValueError) as info:
            load_enhancer(path)
        for word in (str(path), *words):
            assert word in str(info.value)

    def test_missing(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError, match=r"absent\.pth.*sympie\.pth"):
            load_enhancer(tmp_path / "absent.pth")
        with pytest.raises(FileNotFoundError):
            load_enhancer(tmp_path)

    @pytest.mark.parametrize("size", [0, 1, 100, 10_000, -1, -200])
    @pytest.mark.parametrize("zipped", [True, False])
    def test_truncated(self, enhancer: SyMPIE, tmp_path: Path, size: int, zipped: bool) -> None:
        path = tmp_path / "cut.pth"
        torch.save(enhancer.nem.state_dict(), path, _use_new_zipfile_serialization=zipped)
        path.write_bytes(path.read_bytes()[:size])
        self.check(path, "cut short")

    @pytest.mark.parametrize(
        "content", [b"hello world", b"\x89PNG\r\n\x1a\n" * 9, b"<!DOCTYPE html>"]
    )
    def test_other_files(self, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "x.pth").write_bytes(content)
        self.check(tmp_path / "x.pth", "no PyTorch file")

    def test_never_runs_code(self, tmp_path: Path) -> None:
        class Evil:
            def __reduce__(self) -> tuple[Any, ...]:
                return (Path.touch, (tmp_path / "run",))

        torch.save({"state_dict": {}, "hub": Evil()}, tmp_path / "evil.pth")
        self.check(tmp_path / "evil.pth", "never loaded", "iter_", "save_enhancer")
        (tmp_path / "evil.pkl").write_bytes(pickle.dumps(Evil()))
        self.check(tmp_path / "evil.pkl")
        assert not (tmp_path / "run").exists()

    def test_training_checkpoint(self, enhancer: SyMPIE, tmp_path: Path) -> None:
        path = tmp_path / "iter_1000.pth"
        state = {f"data_preprocessor.enhancer.{k}": v for k, v in enhancer.state_dict().items()}
        torch.save({"meta": {}, "state_dict": state}, path)
        self.check(path, "training checkpoint", "enhancer inside", "written by save_enhancer")
        torch.save({"state_dict": {"conv1.weight": torch.zeros(1)}}, path)
        self.check(path, "training checkpoint", "a network's weights")

    def test_wrong_keys(self, enhancer: SyMPIE, tmp_path: Path) -> None:
        state = dict(enhancer.nem.state_dict())
        state["fc.weight"] = state.pop("out.weight")
        torch.save(state, tmp_path / "k.pth")
        self.check(
            tmp_path / "k.pth", "1 keys missing ['out.weight']", "1 unexpected ['fc.weight']"
        )

    def test_wrong_shape(self, enhancer: SyMPIE, tmp_path: Path) -> None:
        state = {**enhancer.nem.state_dict(), "out.bias": torch.zeros(36)}
        torch.save(state, tmp_path / "s.pth")
        self.check(tmp_path / "s.pth", "out.bias of shape (37,), got (36,)")

    @pytest.mark.parametrize("key", ["out.bias", "backbone.4.bn1.running_var"])
    def test_not_finite(self, enhancer: SyMPIE, tmp_path: Path, key: str) -> None:
        state = {name: value.clone() for name, value in enhancer.nem.state_dict().items()}
        state[key][3] = float("nan")
        torch.save(state, tmp_path / "n.pth")
        self.check(tmp_path / "n.pth", key, "NaN")

    @pytest.mark.parametrize("content", [[1, 2], torch.zeros(3), {}, {"a": 1}])
    def test_other_content(self, tmp_path: Path, content: Any) -> None:
        torch.save(content, tmp_path / "c.pth")
        self.check(tmp_path / "c.pth", "save_enhancer")

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"version": 2}, "version 2"),
            ({"config": {"size": 3}}, "builds no enhancer"),
            ({"config": {"thumbnail_crop": 1}}, "builds no enhancer"),
            ({"config": 3}, "builds no enhancer"),
            ({"state_dict": None}, "no dict of named tensors"),
        ],
    )
    def test_changed_format(
        self, enhancer: SyMPIE, tmp_path: Path, change: dict[str, Any], words: str
    ) -> None:
        path = tmp_path / "f.pth"
        save_enhancer(path, enhancer)
        torch.save({**torch.load(path, weights_only=True), **change}, path)
        self.check(path, words)

    def test_incomplete_format(self, tmp_path: Path) -> None:
        torch.save({"format": "sympie_seg.enhancer", "version": 1}, tmp_path / "f.pth")
        self.check(tmp_path / "f.pth", "lacks")


class TestRefusedToSave:
    @pytest.mark.parametrize(
        ("provenance", "where"),
        [
            ({"a": {"b": [1, (2,)]}}, r"tuple at provenance\['a'\]\['b'\]\[1\]"),
            ({"loss": torch.zeros(1)}, "Tensor"),
            ({"path": Path("x")}, "Path"),
            ({1: 2}, "text keys"),
            ([], None),
        ],
    )
    def test_provenance(
        self, enhancer: SyMPIE, tmp_path: Path, provenance: Any, where: str | None
    ) -> None:
        with pytest.raises(TypeError, match=where):
            save_enhancer(tmp_path / "e.pth", enhancer, provenance)
        assert not list(tmp_path.iterdir())

    def test_numpy_numbers(self, enhancer: SyMPIE, tmp_path: Path) -> None:
        numpy = pytest.importorskip("numpy")
        with pytest.raises(TypeError, match="float64"):
            save_enhancer(tmp_path / "e.pth", enhancer, {"miou": numpy.float64(1)})

    def test_not_finite(self, tmp_path: Path) -> None:
        enhancer = SyMPIE()
        with torch.no_grad():
            enhancer.nem.out.bias[0] = float("inf")
        with pytest.raises(ValueError, match=r"nem\.out\.bias.*not saved"):
            save_enhancer(tmp_path / "e.pth", enhancer)
        assert not list(tmp_path.iterdir())


def test_a_thumbnail_that_would_fill_the_memory(enhancer: SyMPIE, tmp_path: Path) -> None:
    path = tmp_path / "e.pth"
    save_enhancer(path, enhancer)
    content = torch.load(path, weights_only=True)
    content["config"]["thumbnail_resize"] = 10**9
    torch.save(content, path)
    with pytest.raises(
        ValueError, match=r"e\.pth: its config .* <= 4096, got crop 96 and resize 1000000000"
    ):
        load_enhancer(path)
