import errno
import os
import resource
import subprocess
import sys

import pytest

from sympie_seg.utils.files import remove_leftovers, replace_bytes, replacing


class TestReplacing:
    def test_writes_and_replaces(self, tmp_path):
        target = tmp_path / "new" / "file"
        replace_bytes(target, b"one")
        replace_bytes(target, b"two")
        assert target.read_bytes() == b"two"
        assert [p.name for p in target.parent.iterdir()] == ["file"]

    def test_keeps_the_former_file_where_the_block_raises(self, tmp_path):
        target = tmp_path / "file"
        replace_bytes(target, b"good")
        with pytest.raises(KeyError), replacing(target) as file:
            file.write(b"half")
            raise KeyError
        assert target.read_bytes() == b"good"
        assert [p.name for p in tmp_path.iterdir()] == ["file"]

    def test_a_full_disk_is_named_and_harms_nothing(self, tmp_path):
        target = tmp_path / "file"
        replace_bytes(target, b"good")
        code = (
            "import resource, sys; from sympie_seg.utils.files import replace_bytes\n"
            "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
            "try: replace_bytes(sys.argv[1], bytes(100_000))\n"
            "except OSError as error: print(error.errno, error)"
        )
        assert resource.getrlimit(resource.RLIMIT_FSIZE)
        command = [sys.executable, "-c", code, str(target)]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        assert said.startswith(str(errno.EFBIG))
        assert f"could not write '{target}'" in said
        assert "the former 'file' is untouched" in said
        assert target.read_bytes() == b"good"
        assert [p.name for p in tmp_path.iterdir()] == ["file"]

    def test_a_folder_that_cannot_be_made(self, tmp_path):
        (tmp_path / "file").write_text("")
        with pytest.raises(OSError, match=r"could not write .*nothing was left behind"):
            replace_bytes(tmp_path / "file" / "below", b"")

    def test_a_name_of_255_bytes(self, tmp_path):
        for name in ("a" * 251 + ".png", "ü" * 125 + ".png"):
            replace_bytes(tmp_path / name, b"one")
            replace_bytes(tmp_path / name, b"two")
            assert (tmp_path / name).read_bytes() == b"two"
        assert len(os.listdir(tmp_path)) == 2

    def test_what_a_killed_process_left_is_used_up(self, tmp_path):
        target = tmp_path / "file"
        code = (
            "import os, sys; from sympie_seg.utils.files import replacing\n"
            "with replacing(sys.argv[1]) as file:\n"
            "    file.write(bytes(100_000)); file.flush(); os.kill(os.getpid(), 9)"
        )
        for _ in range(3):
            subprocess.run([sys.executable, "-c", code, str(target)], check=False)
            (left,) = os.listdir(tmp_path)
            assert left.startswith(".file.") and os.path.getsize(tmp_path / left) == 100_000
        replace_bytes(target, b"short")
        assert target.read_bytes() == b"short"
        assert os.listdir(tmp_path) == ["file"]

    def test_a_file_system_without_locks(self, tmp_path, monkeypatch):
        def no_locks(*_):
            raise OSError(errno.ENOLCK, "No locks available")

        monkeypatch.setattr("fcntl.flock", no_locks)
        replace_bytes(tmp_path / "file", b"one")
        assert os.listdir(tmp_path) == ["file"]

    def test_two_writers_at_the_same_time(self, tmp_path):
        target = tmp_path / "file"
        with replacing(target) as first:
            first.write(b"first")
            with replacing(target) as second:
                second.write(b"second")
                assert first.name != second.name
            assert target.read_bytes() == b"second"
            replace_bytes(target, b"third")
            first.write(b", whole")
        assert target.read_bytes() == b"first, whole"
        assert os.listdir(tmp_path) == ["file"]


def test_remove_leftovers_takes_only_our_own(tmp_path):
    names = [".iter_1.pth." + 32 * "a" + ".tmp", ".other.tmp", "iter_1.pth", "notes.tmp"]
    for name in names:
        (tmp_path / name).write_text("")
    assert remove_leftovers(tmp_path) == names[:1]
    assert sorted(os.listdir(tmp_path)) == sorted(names[1:])
