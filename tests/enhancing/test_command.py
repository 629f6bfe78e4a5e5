"""``sympie-seg enhance`` on files, folders and videos."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from sympie_seg import api
from sympie_seg.cli.main import main
from sympie_seg.enhancer import SyMPIE, WarpParameters, load_enhancer, save_enhancer
from sympie_seg.enhancing import work
from sympie_seg.enhancing.smoothing import Smoothed
from sympie_seg.utils.progress import progress_bar

ROOT = Path(__file__).resolve().parents[2]


def noise(*shape: int, dtype: type = np.uint8) -> np.ndarray:
    top = np.iinfo(dtype).max + 1
    return np.random.default_rng(len(shape)).integers(0, top, shape, dtype=dtype)


def write(path: Path, pixels: np.ndarray) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), pixels)
    return path


def write_video(path: Path, frames: int = 4, size: tuple[int, int] = (64, 48)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 12.5, size)
    for index in range(frames):
        writer.write(np.full((size[1], size[0], 3), 30 + 40 * index, np.uint8))
    writer.release()
    return path


@pytest.fixture
def start(enhancer_file: Path, capsys: pytest.CaptureFixture) -> Callable[..., str]:
    """Run the command in this process; give what it printed, or the message that it ended with."""

    def run(*arguments: object, status: int = 0) -> str:
        words = ["enhance", *map(str, arguments), "--enhancer", str(enhancer_file)]
        try:
            assert main([*words, "--device", "cpu"]) == status
        except SystemExit as error:
            assert status == 1, error
            return str(error)
        return capsys.readouterr().out

    return run


@pytest.fixture
def expected(enhancer_file: Path) -> Callable[[np.ndarray], np.ndarray]:
    module = load_enhancer(enhancer_file)[0]
    return lambda bgr: api.enhance(bgr, module, order="bgr")[0]


class TestStrength:
    def test_pictures(self, start, enhancer_file: Path, tmp_path: Path):
        source = write(tmp_path / "a.png", noise(40, 60, 3))
        for strength in (0, 0.5, 1, 1.4):
            target = tmp_path / f"{strength}.png"
            start(source, target, "--strength", strength)
            pixels = cv2.imread(str(source))
            expected, _ = api.enhance(pixels, enhancer_file, order="bgr", strength=strength)
            assert np.array_equal(cv2.imread(str(target)), expected)
            assert np.array_equal(pixels, expected) == (strength == 0)

    def test_frames(self, start, tmp_path: Path):
        """The smoothed prediction is moved, and the rows say what was applied."""
        source, tables = write_video(tmp_path / "a.avi"), {}
        for strength in (0, 0.5, 1):
            words = ["--strength", strength, "--smooth", 0.9, "--parameters", tmp_path / "p.csv"]
            start(source, tmp_path / f"{strength}.avi", *words)
            rows = list(csv.reader((tmp_path / "p.csv").open()))[1:]
            tables[strength] = np.array([row[3:] for row in rows], float)
        identity = WarpParameters.identity().to_vector().numpy()
        assert (tables[0] == identity).all()
        assert np.allclose(tables[0.5], (tables[1] + identity) / 2, atol=1e-6)

    def test_one_folder_one_strength(self, start, tmp_path: Path):
        write(tmp_path / "in/a.png", noise(9, 9, 3))
        start(tmp_path / "in", tmp_path / "out", "--strength", 0.5)
        output = start(tmp_path / "in", tmp_path / "out", status=1)
        assert "was filled with strength 0.5, asked for is 1.0" in output
        manifest = tmp_path / "out/.sympie_seg_enhance.json"
        content = json.loads(manifest.read_text())
        del content["strength"]  # as earlier releases wrote it
        manifest.write_text(json.dumps(content))
        assert "1 were there already" in start(tmp_path / "in", tmp_path / "out")

    @pytest.mark.parametrize("strength", ["-1", "2.1", "nan"])
    def test_out_of_range(self, start, tmp_path: Path, strength: str):
        source = write(tmp_path / "a.png", noise(9, 9, 3))
        output = start(source, tmp_path / "b.png", f"--strength={strength}", status=1)
        assert "--strength: expected strength in [0, 2]" in output


class TestPictures:
    @pytest.mark.parametrize("suffix", [".png", ".bmp", ".webp", ".tiff", ".ppm"])
    def test_formats(self, start, expected, tmp_path: Path, suffix: str):
        source, target = write(tmp_path / f"a{suffix}", noise(40, 60, 3)), tmp_path / f"b{suffix}"
        start(source, target)
        enhanced, wanted = cv2.imread(str(target)), expected(cv2.imread(str(source)))
        tolerance = 40 if suffix == ".webp" else 0  # lossy
        assert np.abs(enhanced.astype(int) - wanted.astype(int)).max() <= tolerance
        assert not np.array_equal(enhanced, cv2.imread(str(source)))

    @pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
    def test_alpha_and_depth_are_kept(self, start, expected, tmp_path: Path, dtype: type):
        pixels = noise(40, 60, 4, dtype=dtype)
        source, target = write(tmp_path / "a.png", pixels), tmp_path / "out.png"
        start(source, target)
        enhanced = cv2.imread(str(target), cv2.IMREAD_UNCHANGED)
        assert enhanced.dtype == dtype and np.array_equal(enhanced[..., 3], pixels[..., 3])
        assert np.array_equal(enhanced[..., :3], expected(pixels[..., :3]))
        assert "cannot hold the alpha" in start(source, tmp_path / "out.jpg", status=1)

    def test_grey_and_16_bits_into_8(self, start, expected, tmp_path: Path):
        grey = noise(40, 60, dtype=np.uint16)
        source = write(tmp_path / "a.png", grey)
        start(source, tmp_path / "out.bmp", "--suffix", ".bmp")
        wanted = expected(np.repeat(grey[..., None], 3, 2)) / 257
        assert np.abs(cv2.imread(str(tmp_path / "out.bmp")) - wanted).max() <= 0.51

    def test_orientation_of_a_camera(self, start, expected, tmp_path: Path):
        exif = Image.Exif()
        exif[0x0112] = 6  # turned by 90 degrees
        pixels = cv2.resize(noise(5, 8, 3), (80, 50))
        Image.fromarray(pixels).save(tmp_path / "a.jpg", exif=exif, quality=100)
        start(tmp_path / "a.jpg", tmp_path / "b.png")
        enhanced = cv2.imread(str(tmp_path / "b.png"))
        assert enhanced.shape == (80, 50, 3)
        upright = np.rot90(pixels, -1)[..., ::-1]
        assert np.abs(enhanced.astype(int) - expected(upright.copy())).mean() < 4

    @pytest.mark.parametrize("case", ["cut", "empty", "text", "float", "animated"])
    def test_unreadable(self, start, tmp_path: Path, case: str):
        whole = write(tmp_path / "in/whole.png", noise(40, 60, 3))
        bad = tmp_path / "in/bad.png"
        if case == "cut":
            bad.write_bytes(whole.read_bytes()[:400])
        elif case == "float":
            bad = write(bad.with_suffix(".tiff"), noise(9, 9, 3).astype(np.float32))
        elif case == "animated":
            bad = bad.with_suffix(".gif")
            pages = [Image.fromarray(noise(9, 9 + i, 3)[:, :9]) for i in range(2)]
            pages[0].save(bad, save_all=True, append_images=pages[1:])
        else:
            bad.write_bytes(b"" if case == "empty" else b"<html>404</html>" * 9)
        output = start(tmp_path / "in", tmp_path / "out", status=1)
        assert "1 enhanced into" in output and "1 could not be enhanced" in output
        assert str(bad) in output
        assert [path.name for path in (tmp_path / "out").glob("[!.]*")] == ["whole.png"]

    def test_more_after_the_end_of_a_jpeg(self, start, tmp_path: Path):
        """Phones append a film to their JPEGs."""
        source = write(tmp_path / "a.jpg", noise(40, 60, 3))
        source.write_bytes(source.read_bytes() + bytes(5000))
        assert "1 enhanced" in start(source, tmp_path / "b.png")


class TestFolders:
    def test_tree_skipping_and_parameters(self, start, tmp_path: Path):
        for name in ("a.png", "x/b.jpg", "x/y/c.png"):
            write(tmp_path / "in" / name, noise(40, 60, 3))
        (tmp_path / "in/notes.txt").write_text("no picture")
        out, record = tmp_path / "out", tmp_path / "p.csv"
        assert "3 enhanced" in start(tmp_path / "in", out, "--parameters", record)
        files = sorted(p.relative_to(out).as_posix() for p in out.rglob("*.*g"))
        assert files == ["a.png", "x/b.jpg", "x/y/c.png"]
        rows = list(csv.DictReader(record.open()))
        assert [row["file"] for row in rows] == files and len(rows[0]) == 3 + 37
        first = record.read_text()

        (out / "x/b.jpg").unlink()  # as if the run had been killed there
        times = {name: (out / name).stat().st_mtime_ns for name in ("a.png", "x/y/c.png")}
        output = start(tmp_path / "in", out, "--parameters", record)
        assert "1 enhanced" in output and "2 were there already" in output
        assert record.read_text() == first, "skipped files are estimated again"
        assert all((out / name).stat().st_mtime_ns == time for name, time in times.items())
        assert "3 enhanced" in start(tmp_path / "in", out, "--overwrite")
        assert all((out / name).stat().st_mtime_ns != time for name, time in times.items())

    def test_json(self, start, enhancer_file, tmp_path: Path):
        pixels = noise(40, 60, 3)
        source = write(tmp_path / "a.png", pixels)
        start(source, tmp_path / "out", "--parameters", tmp_path / "p.json")
        content = json.loads((tmp_path / "p.json").read_text())
        assert content["format"] == "sympie_seg.parameters" and len(content["names"]) == 37
        parameters = api.estimate(pixels, enhancer_file, order="bgr")
        [row] = content["rows"]
        assert np.allclose(row["parameters"], parameters.to_vector()[0])
        assert row["file"] == "a.png" and row["frame"] is None
        assert content["strength"] == 1
        moved = tmp_path / "moved.json"
        start(source, tmp_path / "out", "--parameters", moved, "--strength", "1.4")
        assert json.loads(moved.read_text())["strength"] == 1.4

    def test_results_of_two_enhancers_are_not_mixed(self, start, tmp_path: Path):
        write(tmp_path / "in/a.png", noise(40, 60, 3))
        other = tmp_path / "other.pth"
        save_enhancer(other, SyMPIE(thumbnail_resize=48, thumbnail_crop=44))
        folders = ["enhance", str(tmp_path / "in"), str(tmp_path / "out")]
        start(*folders[1:])
        with pytest.raises(SystemExit, match="was filled with enhancer"):
            main([*folders, "--enhancer", str(other)])
        assert main([*folders, "--enhancer", str(other), "--overwrite"]) == 0

    def test_never_onto_the_input(self, start, tmp_path: Path):
        source = write(tmp_path / "in/a.png", noise(40, 60, 3))
        before = source.read_bytes()
        link = tmp_path / "link"
        link.symlink_to(tmp_path / "in")
        assert "onto an input" in start(source, source, status=1)
        assert "onto an input" in start(source, tmp_path / "in", status=1)
        assert "onto an input" in start(source, link / "a.png", "--overwrite", status=1)
        assert "lies in the folder" in start(tmp_path / "in", link, "--overwrite", status=1)
        assert "lies in the folder" in start(tmp_path / "in", tmp_path / "in/out", status=1)
        assert source.read_bytes() == before

    def test_names_that_fall_together(self, start, tmp_path: Path):
        for name in ("a.png", "a.jpg"):
            write(tmp_path / "in" / name, noise(40, 60, 3))
        output = start(tmp_path / "in", tmp_path / "out", "--suffix", ".png", status=1)
        assert "fall together" in output

    @pytest.mark.parametrize(
        ("words", "message"),
        [
            (["none", "out"], "no file or folder"),
            (["a.png", "out", "--parameters", "p.txt"], "must end in .csv or .json"),
            (["a.png", "out", "--smooth", "1"], "--smooth must lie in"),
            (["a.png", "out", "--suffix", "png"], "starts with a dot"),
        ],
    )
    def test_bad_options(self, start, tmp_path, monkeypatch, words: list[str], message: str):
        monkeypatch.chdir(tmp_path)
        write(Path("a.png"), noise(40, 60, 3))
        assert message in start(*words, status=1)

    def test_disk_that_cannot_be_written(self, start, tmp_path: Path):
        source = write(tmp_path / "a.png", noise(40, 60, 3))
        (tmp_path / "file").write_text("")
        assert "could not write" in start(source, tmp_path / "file/b.png", status=1)


class TestVideos:
    def test_video(self, start, expected, tmp_path: Path):
        source = write_video(tmp_path / "in/a.avi")
        start(tmp_path / "in", tmp_path / "out", "--parameters", tmp_path / "p.csv")
        capture = cv2.VideoCapture(str(tmp_path / "out/a.avi"))
        original = cv2.VideoCapture(str(source))
        assert capture.get(cv2.CAP_PROP_FPS) == 12.5
        for _ in range(4):
            frame, wanted = capture.read()[1], expected(original.read()[1])
            assert frame.shape == (48, 64, 3)
            assert np.abs(frame.astype(int) - wanted.astype(int)).mean() < 4  # MJPG is lossy
        assert not capture.read()[0]
        rows = list(csv.DictReader((tmp_path / "p.csv").open()))
        assert [row["frame"] for row in rows] == ["0", "1", "2", "3"]
        names = sorted(path.name for path in (tmp_path / "out").iterdir())
        assert names == [".sympie_seg_enhance.json", "a.avi"]
        again = start(tmp_path / "in", tmp_path / "out", "--parameters", tmp_path / "q.csv")
        assert "1 were there already" in again
        assert (tmp_path / "q.csv").read_text() == (tmp_path / "p.csv").read_text()

    def test_smoothing(self, start, tmp_path: Path):
        source = write_video(tmp_path / "a.avi")
        tables = []
        for name, options in (("p.csv", []), ("q.csv", ["--smooth", 0.75])):
            target = tmp_path / name.replace("csv", "avi")
            start(source, target, "--parameters", tmp_path / name, *options)
            rows = list(csv.reader((tmp_path / name).open()))[1:]
            tables.append(np.array([row[3:] for row in rows], float))
        plain, smooth = tables
        wanted = plain[0]
        for own, numbers in zip(plain, smooth, strict=True):
            wanted = 0.75 * wanted + 0.25 * own
            assert np.allclose(numbers, wanted, atol=1e-6)

    def test_first_frame_is_not_mixed_with_identity(self):
        vector = WarpParameters.from_vector(2 * WarpParameters.identity(1).to_vector())
        assert Smoothed(0.9).update(vector).to_vector().equal(vector.to_vector())

    def test_odd_sides_are_remarked(self, start, tmp_path: Path):
        frames = [noise(47, 63, 3) for _ in range(2)]
        gif = tmp_path / "a.gif"
        pages = [Image.fromarray(frame) for frame in frames]
        pages[0].save(gif, save_all=True, append_images=pages[1:], duration=100)
        source = tmp_path / "a.mkv"
        source.write_bytes(gif.read_bytes())  # ffmpeg looks at the content
        if not cv2.VideoCapture(str(source)).isOpened():
            pytest.skip("this OpenCV reads no GIF as a video")
        assert "63 x 47 was cut to even sides" in start(source, tmp_path / "b.avi")

    def test_no_video(self, start, tmp_path: Path):
        (tmp_path / "in").mkdir()
        (tmp_path / "in/a.mp4").write_bytes(b"<html>404</html>" * 20)
        output = start(tmp_path / "in", tmp_path / "out", status=1)
        assert (
            "is no video (its first bytes are of no known container" in output and "a.mp4" in output
        )
        source = write_video(tmp_path / "b.avi")
        assert "no codec 'xyzw'" in start(source, tmp_path / "c.avi", "--codec", "xyzw", status=1)
        assert not (tmp_path / "c.avi").exists()


class TestProgress:
    def test_without_rich(self, monkeypatch, capsys):
        for name in ("rich.console", "rich.progress"):
            monkeypatch.setitem(sys.modules, name, None)
        with progress_bar("Enhancing", 20) as advance:
            for _ in range(20):
                advance()
        lines = capsys.readouterr().err.splitlines()
        assert len(lines) == 10 and lines[-1] == "Enhancing: 20 of 20"


def test_as_a_user_without_mmseg(enhancer_file: Path, tmp_path: Path) -> None:
    """The real command, where mmseg, mmengine and mmcv are broken."""
    for name in ("mmseg", "mmengine", "mmcv"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise ImportError('on purpose')\n")
    source = write(tmp_path / "in/a.png", noise(40, 60, 3))
    words = [
        str(ROOT / "sympie_seg_cli.py"),
        "enhance",
        str(tmp_path / "in"),
        str(tmp_path / "out"),
    ]
    environment = os.environ | {"PYTHONPATH": str(tmp_path), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, *words, "--enhancer", str(enhancer_file)],
        env=environment, cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "1 enhanced into" in done.stdout and "Enhancing" in done.stderr
    assert cv2.imread(str(tmp_path / "out/a.png")).shape == cv2.imread(str(source)).shape


def test_interrupted(start, monkeypatch, tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        write(tmp_path / "in" / name, noise(40, 60, 3))
    real, calls = work.write_picture, []

    def stop_at_second(*arguments):
        calls.append(arguments)
        if len(calls) == 2:
            raise KeyboardInterrupt
        real(*arguments)

    monkeypatch.setattr(work, "write_picture", stop_at_second)
    assert "continues with what is missing" in start(tmp_path / "in", tmp_path / "out", status=1)
    monkeypatch.setattr(work, "write_picture", real)
    output = start(tmp_path / "in", tmp_path / "out")
    assert "1 enhanced" in output and "1 were there already" in output
