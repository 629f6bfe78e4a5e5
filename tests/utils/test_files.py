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


def test_remove_leftovers_takes_only_our_own(tmp_path):
    names = [".iter_1.pth." + 32 * "a" + ".tmp", ".other.tmp", "iter_1.pth", "notes.tmp"]
    for name in names:
        (tmp_path / name).write_text("")
    assert remove_leftovers(tmp_path) == names[:1]
    assert sorted(os.listdir(tmp_path)) == sorted(names[1:])
