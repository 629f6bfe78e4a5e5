import errno
import fcntl
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from sympie_seg.utils import files
from sympie_seg.utils.files import remove_leftovers, replace_bytes, replace_text, replacing

# Without the package, whose start takes seconds; at the end, since it has a numbers.py.
IMPORT = f"import sys; sys.path.append({str(Path(files.__file__).parent)!r})\n"


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
            "import resource; from files import replace_bytes\n"
            "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
            "try: replace_bytes(sys.argv[1], bytes(100_000))\n"
            "except OSError as error: print(error.errno, error)"
        )
        assert resource.getrlimit(resource.RLIMIT_FSIZE)
        command = [sys.executable, "-c", IMPORT + code, str(target)]
        output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        assert output.startswith(str(errno.EFBIG))
        assert f"could not write '{target}'" in output
        assert "the former 'file' is untouched" in output
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
            "import os; from files import replacing\n"
            "with replacing(sys.argv[1]) as file:\n"
            "    file.write(bytes(100_000)); file.flush(); os.kill(os.getpid(), 9)"
        )
        for _ in range(3):
            subprocess.run([sys.executable, "-c", IMPORT + code, str(target)], check=False)
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

    def test_a_failed_writer_removes_its_file_before_another_can_take_it_over(
        self, tmp_path, monkeypatch
    ):
        locked = []

        def unlink(path, missing_ok=False):
            with open(path, "rb") as other, pytest.raises(BlockingIOError):
                fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
            locked.append(path.name)
            os.unlink(path)

        monkeypatch.setattr("pathlib.Path.unlink", unlink)
        with pytest.raises(KeyError), replacing(tmp_path / "file"):
            raise KeyError
        assert len(locked) == 1
        assert os.listdir(tmp_path) == []

    def test_a_name_that_moves_before_it_is_locked_is_not_emptied(self, tmp_path, monkeypatch):
        target, flock = tmp_path / "file", fcntl.flock
        with replacing(target) as first:
            first.write(b"first")
            left = first.name

        def moved_meanwhile(descriptor, how):
            if os.path.exists(left):  # its writer finishes between our open and our lock
                os.replace(left, target)
            flock(descriptor, how)

        with open(left, "wb") as file:
            file.write(b"second")
        monkeypatch.setattr("fcntl.flock", moved_meanwhile)
        with replacing(target) as third:
            assert target.read_bytes() == b"second"
            third.write(b"third")
        assert target.read_bytes() == b"third"
        assert os.listdir(tmp_path) == ["file"]

    @pytest.mark.parametrize("make", [os.symlink, os.link])
    def test_a_link_under_the_temporary_name_is_not_followed(self, tmp_path, make):
        (tmp_path / "other").write_bytes(b"other")
        with replacing(tmp_path / "file") as file:
            name = file.name
        make(tmp_path / "other", name)
        replace_bytes(tmp_path / "file", b"whole")
        assert (tmp_path / "file").read_bytes() == b"whole"
        assert (tmp_path / "other").read_bytes() == b"other"

    def test_many_processes_write_one_file(self, tmp_path):
        code = (
            "from files import replacing\n"
            "for k in range(100):\n"
            "    try:\n"
            "        with replacing(sys.argv[1]) as file:\n"
            "            for _ in range(4): file.write(sys.argv[2].encode() * 5000); file.flush()\n"
            "            if k % 3 == 2: raise KeyError\n"
            "    except KeyError: pass\n"
            "    seen = open(sys.argv[1], 'rb').read()\n"
            "    assert len(seen) == 20_000 and len(set(seen)) == 1, (len(seen), set(seen))"
        )
        writers = [
            subprocess.Popen([sys.executable, "-c", IMPORT + code, str(tmp_path / "file"), letter])
            for letter in "abcd"
        ]
        assert [writer.wait() for writer in writers] == [0] * 4
        assert os.listdir(tmp_path) == ["file"]


def test_remove_leftovers_takes_only_our_own(tmp_path):
    names = [".iter_1.pth." + 32 * "a" + ".tmp", ".other.tmp", "iter_1.pth", "notes.tmp"]
    for name in names:
        (tmp_path / name).write_text("")
    assert remove_leftovers(tmp_path) == names[:1]
    assert sorted(os.listdir(tmp_path)) == sorted(names[1:])


def test_remove_leftovers_keeps_what_another_process_writes(tmp_path):
    with replacing(tmp_path / "file") as file:
        file.write(b"whole")
        assert remove_leftovers(tmp_path) == []
    assert (tmp_path / "file").read_bytes() == b"whole"


def test_texts_with_names_in_no_encoding(tmp_path):
    replace_text(tmp_path / "a.md", "na\udcdf\u00df\n")
    assert (tmp_path / "a.md").read_bytes() == b"na\\udcdf\xc3\x9f\n"
