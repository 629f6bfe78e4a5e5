"""Damage to weights is noticed wherever they are read: nothing loads with other values than were saved."""

from __future__ import annotations

import logging
import random
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from mmengine.runner import CheckpointLoader
from torch import Tensor

from sympie_seg import api
from sympie_seg.enhancer import SyMPIE, load_enhancer, save_enhancer
from sympie_seg.upstream.checkpoint_reading import CheckpointError, read_checkpoint
from sympie_seg.utils.failures import explained
from sympie_seg.utils.weights import (
    DamagedWeightsError,
    check_checksums,
    check_storages,
    is_complete,
    tensors_sha256,
)

Reader = Callable[[Path], dict[str, Tensor]]


def enhancer_weights(path: Path) -> dict[str, Tensor]:
    return load_enhancer(path)[0].state_dict()


def network_weights(path: Path) -> dict[str, Tensor]:
    return CheckpointLoader.load_checkpoint(str(path), map_location="cpu")["state_dict"]


@pytest.fixture(scope="module")
def enhancer_bytes(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("whole") / "enhancer.pth"
    save_enhancer(path, SyMPIE(init="random"), {"config": "a.py", "miou": 61.5})
    return path.read_bytes()


@pytest.fixture(scope="module")
def network_bytes(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("whole") / "network.pth"
    layers = [torch.nn.Conv2d(8, 8, 3) for _ in range(20)]
    state = torch.nn.Sequential(*layers).state_dict()
    torch.save(dict(meta=dict(iter=3, classes=("a", "b")), state_dict=state), path)
    return path.read_bytes()


def damaged(data: bytes, draw: random.Random) -> tuple[str, bytes]:
    """Damage some bytes, where the headers and the pickle are as often as where the weights are."""
    kind = draw.choice(["flip", "zeros", "swap", "cut"])
    size = draw.choice([512, 4096, 65536])
    ends = draw.choice([(0, 20_000), (len(data) - 20_000, len(data)), (0, len(data))])
    at = draw.randrange(*ends)
    spoiled = bytearray(data)
    if kind == "flip":
        spoiled[at] ^= 1 << draw.randrange(8)
    elif kind == "zeros":
        spoiled[at : at + size] = bytes(len(spoiled[at : at + size]))
    elif kind == "swap":
        other = draw.randrange(len(data) - 512)
        spoiled[at : at + 512] = data[other : other + len(spoiled[at : at + 512])]
    else:
        del spoiled[at:]
    return f"{kind} at {at}", bytes(spoiled)


def silent(data: bytes, read: Reader, path: Path, seeds: range) -> tuple[list[str], int]:
    """Load damaged copies; give those that load as something else, and how many were refused by name."""
    path.write_bytes(data)
    whole, others, refused = read(path), [], 0
    for seed in seeds:
        what, spoiled = damaged(data, random.Random(seed))
        path.write_bytes(spoiled)
        try:
            weights = read(path)
        except ValueError as error:
            assert str(path) in str(error) and "\n" not in str(error), what
            assert "Python objects" not in str(error) and "run code" not in str(error), what
            refused += 1
            continue
        if weights.keys() != whole.keys() or not all(
            torch.equal(weights[k], whole[k]) for k in whole
        ):
            others.append(f"seed {seed}: {what}")
    return others, refused


@pytest.mark.parametrize(
    ("which", "read", "seeds"),
    [
        ("enhancer", enhancer_weights, range(25)),
        ("network", network_weights, range(150)),
        pytest.param("enhancer", enhancer_weights, range(1000, 1500), marks=pytest.mark.slow),
        pytest.param("network", network_weights, range(1000, 1500), marks=pytest.mark.slow),
    ],
)
def test_no_damage_is_silent(
    which: str, read: Reader, seeds: range, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    data = request.getfixturevalue(f"{which}_bytes")
    others, refused = silent(data, read, tmp_path / "file.pth", seeds)
    print(f"{which}: {len(seeds)} damaged, {refused} refused, {len(others)} silent")
    assert others == []
    assert refused > 0.8 * len(seeds)  # the rest hit padding between the records


class TestEveryReader:
    def flipped(self, data: bytes, path: Path) -> Path:
        """One bit of one weight, which no reader of the format would notice."""
        spoiled = bytearray(data)
        spoiled[len(data) // 2] ^= 1
        path.write_bytes(bytes(spoiled))
        return path

    @pytest.mark.parametrize("read", [read_checkpoint, network_weights])
    def test_network(self, read: Callable, network_bytes: bytes, tmp_path: Path) -> None:
        path = self.flipped(network_bytes, tmp_path / "iter_3.pth")
        with pytest.raises(
            CheckpointError, match=r"iter_3.pth' is damaged: the checksum of its record 'n\w+/data/"
        ):
            read(path)

    def test_downloads(self, network_bytes: bytes, tmp_path: Path, monkeypatch: Any) -> None:
        monkeypatch.setenv("TORCH_HOME", str(tmp_path))
        monkeypatch.setattr(torch.hub, "_hub_dir", None)
        (tmp_path / "hub/checkpoints").mkdir(parents=True)
        self.flipped(network_bytes, tmp_path / "hub/checkpoints/net.pth")
        with pytest.raises(CheckpointError, match=r"downloaded to .*net.pth.*is damaged"):
            CheckpointLoader.load_checkpoint("https://nowhere.invalid/net.pth")

    def test_what_mmengine_reads_by_itself(
        self, network_bytes: bytes, tmp_path: Path, monkeypatch: Any
    ) -> None:
        """Its loaders for pavi, ceph and open-mmlab call ``torch.load``."""
        monkeypatch.setenv("MMENGINE_HOME", str(tmp_path))
        import mmengine.runner.checkpoint as upstream

        monkeypatch.setattr(upstream, "get_external_models", lambda: {"net": "net.pth"})
        (tmp_path / "net.pth").write_bytes(network_bytes)
        assert "state_dict" in CheckpointLoader.load_checkpoint("open-mmlab://net")
        self.flipped(network_bytes, tmp_path / "net.pth")
        with pytest.raises(CheckpointError, match=r"net.*is damaged: the checksum"):
            CheckpointLoader.load_checkpoint("open-mmlab://net")

    @pytest.mark.parametrize(
        "read",
        [
            load_enhancer,
            SyMPIE.from_checkpoint,
            lambda path: api.enhance(np.zeros((32, 32, 3), np.uint8), path),
        ],
    )
    def test_enhancer(self, read: Callable, enhancer_bytes: bytes, tmp_path: Path) -> None:
        path = self.flipped(enhancer_bytes, tmp_path / "e.pth")
        with pytest.raises(
            ValueError, match=r"e.pth.*is damaged: the checksum of its record 'archive/data/"
        ):
            read(path)

    def test_no_permission_is_no_damage(self, tmp_path: Path, monkeypatch: Any) -> None:
        def denied(*_: Any, **__: Any) -> None:
            raise PermissionError(13, "Permission denied", "e.pth")

        (tmp_path / "e.pth").write_bytes(b"")
        monkeypatch.setattr("sympie_seg.enhancer.files.check_checksums", denied)
        with pytest.raises(PermissionError, match="Permission denied"):
            load_enhancer(tmp_path / "e.pth")


class TestLittleMemory:
    """A whole file is not called damaged where torch has no memory for it."""

    @pytest.fixture(autouse=True)
    def _no_memory(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(*_: Any, **__: Any) -> None:
            raise RuntimeError(
                "DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"
            )

        monkeypatch.setattr(torch, "load", fail)

    @pytest.mark.parametrize("read", [load_enhancer, read_checkpoint, network_weights])
    def test_whole_file(self, read: Callable, enhancer_bytes: bytes, tmp_path: Path) -> None:
        (tmp_path / "whole.pth").write_bytes(enhancer_bytes)
        with pytest.raises(RuntimeError, match="can't allocate memory") as raised:
            read(str(tmp_path / "whole.pth"))
        assert explained(raised.value).startswith("there is not enough memory")

    @pytest.mark.parametrize("read", [load_enhancer, read_checkpoint, network_weights])
    def test_file_without_checksums(self, read: Callable, tmp_path: Path) -> None:
        # Its bytes may ask for any size.
        (tmp_path / "old.pth").write_bytes(b"no archive")
        with pytest.raises((ValueError, CheckpointError), match=r"old\.pth.* is damaged"):
            read(str(tmp_path / "old.pth"))


class TestOwnChecksum:
    def test_packed_again_with_other_weights(self, enhancer_bytes: bytes, tmp_path: Path) -> None:
        """The archive's own checksums match: only the enhancer's tells."""
        path = tmp_path / "e.pth"
        path.write_bytes(enhancer_bytes)
        content = torch.load(path, weights_only=True)
        content["state_dict"]["nem.out.bias"][0] += 1
        for zipped in (True, False):
            torch.save(content, path, _use_new_zipfile_serialization=zipped)
            with pytest.raises(ValueError, match=r"e.pth is damaged or was changed.*sha256"):
                load_enhancer(path)

    def test_files_of_early_releases(self, enhancer_bytes: bytes, tmp_path: Path) -> None:
        path = tmp_path / "e.pth"
        path.write_bytes(enhancer_bytes)
        content = torch.load(path, weights_only=True)
        del content["sha256"]
        torch.save(content, path)
        load_enhancer(path)

    def test_value(self) -> None:
        """Pinned: a file that was written must stay readable."""
        state = {"b": torch.tensor([[1.0, 2.0]]), "a": torch.tensor(3)}
        expected = "1ff5580c30d4f2e119a992d1f41b1f6d4f0590c213458f02e89cbf975ffa1593"
        assert tensors_sha256(state) == expected
        assert tensors_sha256(dict(reversed(state.items()))) == expected
        assert tensors_sha256({**state, "b": torch.tensor([[1.0], [2.0]]).T}) == expected

    @pytest.mark.parametrize(
        "other", [torch.tensor([1.0, 2.0]), torch.tensor([[1.0, 2.5]]), torch.tensor([[1, 2]])]
    )
    def test_differs(self, other: Tensor) -> None:
        state = {"b": torch.tensor([[1.0, 2.0]])}
        assert tensors_sha256(state) != tensors_sha256({"b": other})


class TestOldFormat:
    def test_the_log_says_that_there_is_no_checksum(self, tmp_path: Path, caplog: Any) -> None:
        torch.save(
            SyMPIE().nem.state_dict(), tmp_path / "s.pth", _use_new_zipfile_serialization=False
        )
        with caplog.at_level(logging.WARNING, "sympie_seg"):
            load_enhancer(tmp_path / "s.pth")
        assert (
            "s.pth has the format of PyTorch before 1.6, which carries no checksums" in caplog.text
        )

    def test_network(self, tmp_path: Path, monkeypatch: Any) -> None:
        notes: list[str] = []
        monkeypatch.setattr(
            "sympie_seg.upstream.checkpoint_reading.print_log", lambda text, **_: notes.append(text)
        )
        for zipped in (True, False):
            torch.save(
                dict(a=torch.ones(3)), tmp_path / "n.pth", _use_new_zipfile_serialization=zipped
            )
            read_checkpoint(tmp_path / "n.pth")
        assert len(notes) == 1 and "n.pth' has the format of PyTorch before 1.6" in notes[0]


class TestChecksums:
    def test_position_is_kept(self, network_bytes: bytes, tmp_path: Path) -> None:
        (tmp_path / "n.pth").write_bytes(network_bytes)
        with open(tmp_path / "n.pth", "rb") as file:
            file.seek(5)
            assert check_checksums(file)
            assert file.tell() == 5

    def test_kinds(self, network_bytes: bytes, tmp_path: Path) -> None:
        path = tmp_path / "n.pth"
        path.write_bytes(network_bytes)
        assert is_complete(path)
        path.write_bytes(network_bytes[:-100])
        assert not is_complete(path) and not is_complete(tmp_path / "absent.pth")
        torch.save({"a": torch.ones(3)}, path, _use_new_zipfile_serialization=False)
        assert not check_checksums(path)

    def test_an_archive_that_would_fill_the_memory(self, tmp_path: Path) -> None:
        with zipfile.ZipFile(tmp_path / "b.pth", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("b/data.pkl", bytes(1 << 24))
        with pytest.raises(DamagedWeightsError, match="declares 16777216 bytes of records in"):
            check_checksums(tmp_path / "b.pth")

    def test_a_record_that_expands_without_a_bound(self, tmp_path: Path) -> None:
        """A record may declare little: Python unpacks whole blocks of bzip2, whatever is declared."""
        with zipfile.ZipFile(tmp_path / "b.pth", "w", zipfile.ZIP_BZIP2) as archive:
            archive.writestr("b/data.pkl", bytes(100))
        with pytest.raises(DamagedWeightsError, match="a record that is packed by bzip2"):
            check_checksums(tmp_path / "b.pth")

    def test_storages(self) -> None:
        """Strides of 0 turn 4 bytes into terabytes."""
        check_storages({"a": [torch.ones(3), {"b": torch.ones(1).expand(1000)}], "c": "text"})
        with pytest.raises(
            DamagedWeightsError, match=r"declares a\[0\]\.b with 40000000000000 bytes"
        ):
            check_storages({"a": [{"b": torch.ones(1).expand(10**6, 10**7)}]})
