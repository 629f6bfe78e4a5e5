"""One trial of each kind: something is damaged, killed or short, a tool runs, and what came of it gets a name."""

from __future__ import annotations

import functools
import importlib
import io
import os
import random
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

from faults.commands import (
    COMMANDS,
    OTHERS,
    Command,
    command,
    half_files,
    leftovers,
    program,
    results,
)
from faults.mutations import SAME_LENGTH, spoil_bytes, spoil_json, spoil_text
from faults.processes import (
    PATIENCE,
    Outcome,
    in_own_mounts,
    mount_small,
    resize,
    run,
    short_of,
)
from faults.world import PICTURES, ROOT, World
from sympie_seg.comparison.grid import read_baseline
from sympie_seg.enhancer import load_enhancer

__all__ = ["BAD", "KINDS", "References", "Result", "trial"]

BAD = ("nameless", "traceback", "silent", "hang", "lost", "half file", "leftover", "failed")
"""What must not come out of any trial; 'failed' is the campaign's own fault."""
_NO_CHECKSUM = ("JPEG", "WebP", "TIFF", "BMP", "GIF", "AVIF", "PPM")
_SHOWN = 300


@dataclass(frozen=True)
class Result:
    """What came out of a trial.

    Attributes:
        verdict: one of :data:`BAD`, or 'named' (refused by name), 'unchanged' (the result is that of the whole
            file), 'no checksum' (taken, where the format does not tell), 'done' or 'stopped' (a kill).
        what: was done, and to what.
        message: the last line of the tool.
    """

    verdict: str
    what: str
    message: str = ""


class References:
    """What the commands write when nothing is wrong; each runs once.

    Args:
        world: the files.
        quick: whether only tools that take well under a second are used.

    Attributes:
        commands: that trials may use.
        side_files: that trials may damage.
    """

    def __init__(self, world: World, quick: bool = False) -> None:
        self.world = world
        self.quick = quick
        self.commands = [one for one in COMMANDS if one.quick or not quick]
        self.side_files = [
            one for one in SIDE_FILES if not (one.after and quick) or command(one.after).quick
        ]
        self._trees: dict[str, dict[str, bytes]] = {}
        self._seconds: dict[str, float] = {}

    def tree(self, one: Command) -> dict[str, bytes]:
        """The files that a whole run leaves."""
        if one.name not in self._trees:
            self._run(one)
        return self._trees[one.name]

    def seconds(self, one: Command) -> float:
        """How long a whole run takes."""
        self.tree(one)
        return self._seconds[one.name]

    def out(self, one: Command) -> Path:
        """The folder that a whole run filled; copy it, do not change it."""
        self.tree(one)
        return self._folder_of(one)

    def _folder_of(self, one: Command) -> Path:
        return self.world.folder / "references" / one.name.replace(" ", "_")

    def _run(self, one: Command) -> None:
        out, log = self._folder_of(one), self.world.folder / "reference.log"
        shutil.rmtree(out, ignore_errors=True)  # of a run that failed
        out.mkdir(parents=True)
        modules = self.world.folder / "modules.txt"
        call = one.call(self.world, out)

        def use() -> object:
            try:
                return call()
            finally:
                modules.write_text("\n".join(sys.modules))

        outcome = run(use, log, patience=4 * PATIENCE)
        if outcome.status != 0:
            raise RuntimeError(f"'{one.name}' fails when nothing is wrong:\n{outcome.output}")
        _import_all(modules.read_text().split())
        self._trees[one.name], self._seconds[one.name] = results(out), outcome.seconds


def _import_all(names: list[str]) -> None:
    """Import what a forked tool imported, so that the next ones find it and start at once."""
    for name in names:
        if name not in sys.modules and not name.startswith(("_", "sympie_seg_fault")):
            with suppress(Exception):
                importlib.import_module(name)


@contextmanager
def fresh(world: World) -> Iterator[Path]:
    """A folder for one trial, removed at its end."""
    folder = world.folder / "trial"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def replaced(path: Path, data: bytes) -> Iterator[None]:
    """Other content in a file, while the block runs."""
    before = path.read_bytes()
    path.write_bytes(data)
    try:
        yield
    finally:
        path.write_bytes(before)


def judged(
    outcome: Outcome, what: str, names: tuple[str, ...], same: bool, taken: str = "silent"
) -> Result:
    """Name what came out of a run on a damaged file.

    Args:
        outcome: of the run.
        what: was done.
        names: parts of a message of which one must be there where the file is refused.
        same: whether the results are those of the whole file.
        taken: the verdict where the file was taken, and the results differ.
    """
    message = outcome.output.strip()[-_SHOWN:]
    if outcome.hung:
        return Result("hang", what, message)
    if outcome.traceback:
        return Result("traceback", what, outcome.output.strip()[-3 * _SHOWN :])
    if outcome.status != 0:
        # Boxes and bars may break a name over lines.
        words = outcome.output.replace("\n", "")
        named = any(name in words for name in names)
        return Result("named" if named else "nameless", what, message)
    return Result("unchanged" if same else taken, what, message)


# Damaged files


def enhancers(world: World, references: References, draw: random.Random) -> Result:
    """A damaged enhancer file in ``sympie-seg enhance``."""
    kind, data = spoil_bytes(world.enhancer.read_bytes(), draw)
    whole = _weights(world.enhancer)
    with fresh(world) as folder:
        path, out = folder / "spoiled.pth", folder / "out.png"
        path.write_bytes(data)
        words = [world.pictures / "picture0.png", out, "--enhancer", path]

        def use() -> int:
            status = int(program("enhance", words)() or 0)  # type: ignore[call-overload]
            loaded = load_enhancer(path)[0].state_dict()
            if not all(torch.equal(loaded[key], value) for key, value in whole.items()):
                print("OTHER WEIGHTS")
            return status

        outcome = run(use, folder / "log")
        same = "OTHER WEIGHTS" not in outcome.output
        return judged(outcome, kind, (path.name,), same)


@functools.cache
def _weights(path: Path) -> dict[str, torch.Tensor]:
    content = torch.load(path, weights_only=True)
    return content.get("state_dict", content)


def networks(world: World, references: References, draw: random.Random) -> Result:
    """A damaged checkpoint of a network, as mmengine's loaders read it."""
    from mmengine.runner.checkpoint import CheckpointLoader

    kind, data = spoil_bytes(world.network.read_bytes(), draw)
    whole = _weights(world.network)
    with fresh(world) as folder:
        path = folder / "spoiled.pth"
        path.write_bytes(data)

        def use() -> None:
            try:
                loaded = CheckpointLoader.load_checkpoint(str(path), "cpu")
            except (ValueError, OSError) as error:
                raise SystemExit(f"error: {error}") from None
            if not all(torch.equal(loaded[key], value) for key, value in whole.items()):
                print("OTHER WEIGHTS")

        outcome = run(use, folder / "log")
        return judged(outcome, kind, (path.name,), "OTHER WEIGHTS" not in outcome.output)


def pictures(world: World, references: References, draw: random.Random) -> Result:
    """A damaged picture beside a whole one; the whole one must be enhanced all the same."""
    name = draw.choice(list(PICTURES))
    suffix, whole = PICTURES[name]
    kind, data = spoil_bytes(whole, draw)
    with fresh(world) as folder:
        source, out = folder / "in", folder / "out"
        source.mkdir()
        (source / f"spoiled{suffix}").write_bytes(data)
        (source / "whole.png").write_bytes(PICTURES["PNG"][1])
        words = [source, out, "--suffix", ".png", "--enhancer", world.enhancer]
        outcome = run(program("enhance", words), folder / "log")
        same = _pixels(out / "spoiled.png") == _reference_pixels(world, name)
        may = name.startswith(_NO_CHECKSUM) and kind in SAME_LENGTH
        may = may or (name.startswith(("JPEG", "GIF")) and kind.startswith("bytes"))
        result = judged(
            outcome,
            f"{name}: {kind}",
            (f"spoiled{suffix}",),
            same,
            "no checksum" if may else "silent",
        )
        if result.verdict in ("named", "unchanged") and not (out / "whole.png").is_file():
            return Result("lost", f"{name}: {kind}, the whole picture beside it", result.message)
        return result


def _pixels(path: Path) -> bytes:
    if not path.is_file():
        return b""
    image = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    return b"" if image is None else image.tobytes()


def _reference_pixels(world: World, name: str) -> bytes:
    """The enhanced pixels of a whole picture; computed once in a forked process."""
    path = world.folder / "whole" / f"{list(PICTURES).index(name)}.png"
    if not path.is_file():
        path.parent.mkdir(exist_ok=True)
        suffix, data = PICTURES[name]
        source = path.with_suffix(f".source{suffix}")
        source.write_bytes(data)
        words = [source, path, "--suffix", ".png", "--enhancer", world.enhancer]
        run(program("enhance", words), path.with_suffix(".log"))
    return _pixels(path)


def labels(world: World, references: References, draw: random.Random) -> Result:
    """A damaged label in the converter's deep check and in a dataset."""
    path = world.camvid / "trainannot/1.png"
    kind, data = spoil_bytes(path.read_bytes(), draw)
    whole = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    in_dataset = draw.random() < 0.5

    def use() -> object:
        if not in_dataset:
            words = [world.camvid, "--deep", "--subset", "--nproc", 1]
            return program("convert-dataset camvid", words)()
        from mmseg.registry import DATASETS

        try:
            config = dict(
                type="CamVidDataset",
                data_root=str(world.camvid),
                data_prefix=dict(img_path="train", seg_map_path="trainannot"),
                pipeline=[dict(type="LoadImageFromFile"), dict(type="LoadAnnotations")],
            )
            dataset = DATASETS.build(config)
            loaded = dataset[1]["gt_seg_map"]
        except (ValueError, OSError) as error:
            raise SystemExit(f"error: {error}") from None
        if not np.array_equal(loaded, np.where(whole == 11, 255, whole)):
            print("OTHER LABELS")
        return None

    with fresh(world) as folder, replaced(path, data):
        outcome = run(use, folder / "log")
    same = in_dataset and "OTHER LABELS" not in outcome.output
    what = f"{kind}, {'dataset' if in_dataset else 'converter'}"
    return judged(outcome, what, ("trainannot/1.png",), same)


def videos(world: World, references: References, draw: random.Random) -> Result:
    """A damaged video; the format has no checksum, but missing frames must be noticed."""
    kind, data = spoil_bytes(world.video.read_bytes(), draw)
    whole = references.out(command("enhance")) / "video.avi"
    with fresh(world) as folder:
        path, out = folder / "spoiled.avi", folder / "out.avi"
        path.write_bytes(data)
        words = [path, out, "--enhancer", world.enhancer]
        outcome = run(program("enhance", words), folder / "log")
        half = half_files(folder, {"spoiled.avi": data}) if out.is_file() else []
        half = [name for name in half if name != "log"]
        if half:
            return Result("half file", kind, ", ".join(half))
        frames, wanted = _frames(out), _frames(whole)
        less = "named" if "spoiled.avi" in outcome.output else "silent"
        taken = "no checksum" if len(frames) == len(wanted) else less
        return judged(outcome, kind, ("spoiled.avi",), frames == wanted, taken)


def _frames(path: Path) -> list[bytes]:
    """The pixels of every frame of a video that is whole."""
    if not path.is_file():
        return []
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    frames = []
    while (answer := capture.read())[0]:
        frames.append(answer[1].tobytes())
    capture.release()
    return frames


@dataclass(frozen=True)
class SideFile:
    """A file beside pictures that a tool reads.

    Attributes:
        name: for the table.
        path: of the file, from the world and a copy of what a whole run wrote.
        spoil: how it is damaged.
        use: the tool, from the world, the file and the folder to write to.
        after: the command whose results it lies among, or ''.
        exact: whether the results must be those of the whole file where it is taken.
    """

    name: str
    path: Callable[[World, Path], Path]
    spoil: Callable[[bytes, random.Random], tuple[str, bytes]]
    use: Callable[[World, Path, Path], Callable[[], object]]
    after: str = ""
    exact: bool = False


def _again(name: str) -> Callable[[World, Path, Path], Callable[[], object]]:
    return lambda world, path, out: command(name).call(world, out)


def _report(world: World, path: Path, out: Path) -> Callable[[], object]:
    return program("report", [out / "comparison.json", "-o", out / "again.html"])


def _vizwiz(world: World, path: Path, out: Path) -> Callable[[], object]:
    words = [world.vizwiz, "--subset", "--submission", world.vizwiz / "mine.json"]
    return program("convert-dataset vizwiz-classification", words)


def _camvid(world: World, path: Path, out: Path) -> Callable[[], object]:
    return program("convert-dataset camvid", [world.camvid, "--subset", "--nproc", 1])


def _check_archive(world: World, path: Path, out: Path) -> Callable[[], object]:
    data = ["--data", world.acdc_test / "data", "--subset"]
    return program("submission", ["check", "acdc", path, *data])


def _baseline(world: World, path: Path, out: Path) -> Callable[[], object]:
    def use() -> None:
        try:
            read_baseline(path)
        except (ValueError, OSError) as error:
            raise SystemExit(f"error: {error}") from None

    return use


def _in_gtfine(name: str) -> Callable[[World, Path], Path]:
    return lambda world, out: next(iter(sorted((world.unconverted / "gtFine").rglob(name))))


def _inside(name: str) -> Callable[[World, Path], Path]:
    return lambda world, out: next(iter(sorted(out.glob(name))))


SIDE_FILES = (
    SideFile(
        "polygons", _in_gtfine("*_polygons.json"), spoil_json, _again("Cityscapes converter")
    ),
    SideFile(
        "labelIds", _in_gtfine("*_labelIds.png"), spoil_bytes,
        _again("Cityscapes converter"), exact=True,
    ),
    SideFile("comparison.json", _inside("comparison.json"), spoil_json, _report, "compare"),
    SideFile(
        "examples.json", _inside("comparison_examples/examples.json"), spoil_json, _report, "compare"
    ),
    SideFile("records", _inside("records/gamma*/rank0.jsonl"), spoil_text, _again("compare"), "compare"),
    SideFile(
        "manifest of a corrupted copy", _inside("manifest.json"), spoil_json,
        _again("corrupted copy"), "corrupted copy",
    ),
    SideFile(
        "manifest of streets", _inside("manifest.json"), spoil_json,
        _again("generated streets"), "generated streets",
    ),
    SideFile("record of crops", _inside("crops.json"), spoil_json, _again("crops"), "crops"),
    SideFile(
        "record of enhance", _inside(".sympie_seg_enhance.json"), spoil_json, _again("enhance"), "enhance"
    ),
    SideFile("VizWiz annotations", lambda w, o: w.vizwiz / "annotations.json", spoil_json, _vizwiz),
    SideFile("VizWiz submission", lambda w, o: w.vizwiz / "mine.json", spoil_json, _vizwiz),
    SideFile("CamVid list", lambda w, o: w.camvid / "train.txt", spoil_text, _camvid),
    SideFile("submission archive", lambda w, o: w.archive, spoil_bytes, _check_archive, exact=True),
    SideFile("errors for mCE", lambda w, o: w.baseline, spoil_text, _baseline),
)  # fmt: skip


def side_files(world: World, references: References, draw: random.Random) -> Result:
    """A damaged JSON file, list, archive or record."""
    # A comparison takes a second; of the others there are more.
    weights = [1 if one.name == "records" else 4 for one in references.side_files]
    return side_file(draw.choices(references.side_files, weights)[0], world, references, draw)


def side_file(one: SideFile, world: World, references: References, draw: random.Random) -> Result:
    """A trial of one of :data:`SIDE_FILES`."""
    with fresh(world) as folder:
        out = folder / "out"
        if one.after:
            shutil.copytree(references.out(command(one.after)), out, symlinks=True)
        path = one.path(world, out)
        kind, data = one.spoil(path.read_bytes(), draw)
        expected = _expected(one, world, references, path)
        with replaced(path, data):
            outcome = run(one.use(world, path, out), folder / "log")
        what = f"{one.name}: {kind}"
        if (
            half := half_files(out, expected)
            if out.is_dir() and one.path(world, out) != path
            else []
        ):
            return Result("half file", what, ", ".join(half))
        same = bool(expected) and results(out) == expected
        if path.suffix == ".zip":  # a time or an attribute of a member is no content
            same = _members(data) == _members(path.read_bytes())
        return judged(
            outcome, what, (path.name, str(folder)), same, "silent" if one.exact else "no checksum"
        )


def _members(data: bytes) -> list[tuple[str, bytes]]:
    """The names and content of an archive; empty if it cannot be read."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return [(name, archive.read(name)) for name in archive.namelist()]
    except Exception:
        return []


def _expected(one: SideFile, world: World, references: References, path: Path) -> dict[str, bytes]:
    if one.after:
        return references.tree(command(one.after))
    if one.name in ("polygons", "labelIds"):
        return references.tree(command("Cityscapes converter"))
    return {}


# Kills


def kills(
    world: World, references: References, draw: random.Random, only: Command | None = None
) -> Result:
    """A tool is killed once or twice at any moment of its life, then ends; nothing may be half or lost."""
    one = only or _drawn(references, draw)
    reference, life = references.tree(one), references.seconds(one)
    with fresh(world) as folder:
        out, log = folder / "out", folder / "log"
        out.mkdir()
        hits = 0
        for _ in range(draw.choice([1, 2])):
            moment = draw.uniform(0.02, 1.02) * life
            outcome = run(one.call(world, out), log, kill_after=moment)
            hits += outcome.killed
            if not outcome.killed and outcome.traceback:
                return Result("traceback", f"{one.name}, after a kill", outcome.output[-900:])
            if half := half_files(out, reference):
                return Result("half file", f"{one.name}, killed", ", ".join(half))
        outcome = run(one.call(world, out), log)
        what = f"{one.name}, killed {hits} times"
        return _ended(outcome, what, out, reference, "stopped" if hits else "done")


def kills_of_others(world: World, references: References, draw: random.Random) -> Result:
    """As :func:`kills`, of the tools that have no other trials."""
    others = [one for one in OTHERS if one.quick or not references.quick]
    return kills(world, references, draw, draw.choice(others))


def _drawn(references: References, draw: random.Random) -> Command:
    """A command; quick ones more often."""
    weights = [8 if one.quick else 1 for one in references.commands]
    return draw.choices(references.commands, weights)[0]


def _ended(
    outcome: Outcome, what: str, out: Path, reference: dict[str, bytes], verdict: str
) -> Result:
    """Judge the run that was to complete what was interrupted."""
    if outcome.hung or outcome.traceback or outcome.status != 0:
        bad = "hang" if outcome.hung else "traceback" if outcome.traceback else "lost"
        return Result(bad, f"{what}, then again", outcome.output.strip()[-900:])
    written = results(out)
    missing = sorted(set(reference) - set(written))
    if missing:
        return Result("lost", what, ", ".join(missing[:4]))
    if half := half_files(out, reference):
        return Result("half file", f"{what}, then again", ", ".join(half))
    if left := leftovers(out.parent):
        return Result("leftover", what, ", ".join(left[:4]))
    return Result(verdict, what)


# Short resources


def full_disks(world: World, references: References, draw: random.Random) -> Result:
    """A tool writes to a disk that is too small: a clear end, then the same command when there is room."""
    one = _drawn(references, draw)
    reference = references.tree(one)
    size = max(4, sum(map(len, reference.values())) // 1024)
    kilobytes = max(8, int(size * draw.uniform(0, 1)))

    def attempt() -> Result:
        with fresh(world) as folder:
            disk = folder / "disk"
            disk.mkdir()
            mount_small(disk, kilobytes)
            out = disk / "out"
            out.mkdir()
            outcome = run(one.call(world, out), folder / "log")
            what = f"{one.name}, {kilobytes} KiB free"
            result = _short(outcome, what, out, reference, (str(disk),))
            if result.verdict in BAD:
                return result
            resize(disk, 2**20)
            again = _ended(run(one.call(world, out), folder / "log"), what, out, reference, "done")
            return again if again.verdict in BAD else result

    result: Result = in_own_mounts(attempt)
    return result


def _short(
    outcome: Outcome, what: str, out: Path, reference: dict[str, bytes], names: tuple[str, ...]
) -> Result:
    result = judged(outcome, what, names, True)
    if half := half_files(out, reference):
        return Result("half file", what, ", ".join(half))
    if result.verdict == "unchanged" and set(reference) - set(results(out)):
        return Result("silent", what, outcome.output[-_SHOWN:])
    return Result("done", what) if result.verdict == "unchanged" else result


def small_files(world: World, references: References, draw: random.Random) -> Result:
    """No file may be longer than some bytes (RLIMIT_FSIZE)."""
    one = _drawn(references, draw)
    reference = references.tree(one)
    longest = max(map(len, reference.values()))
    most = int(longest * draw.uniform(0, 1))
    with fresh(world) as folder:
        out = folder / "out"
        out.mkdir()
        # What it prints goes through a pipe of its own length: the log would be cut, too.
        outcome = run(one.call(world, out), folder / "log", short_of(file_size=max(most, 16384)))
        what = f"{one.name}, files of at most {max(most, 16384)} bytes"
        return _short(outcome, what, out, reference, (str(out),))


def few_open_files(world: World, references: References, draw: random.Random) -> Result:
    """64 open files, of which some are open already."""
    one = draw.choice(references.commands)
    return _limited(one, world, references, "64 open files", short_of(files=64), ("open files",))


def little_memory(world: World, references: References, draw: random.Random) -> Result:
    """Some megabytes beyond what the process has when it starts."""
    one = _drawn(references, draw)
    megabytes = draw.choice([1, 4, 16, 64, 256]) * draw.uniform(0.5, 1.5)
    words = ("memory", "Memory", "allocate")
    return _limited(
        one, world, references, f"{megabytes:.1f} MB", short_of(megabytes=megabytes), words
    )


def no_home(world: World, references: References, draw: random.Random) -> Result:
    """HOME does not exist."""

    def leave() -> None:
        os.environ["HOME"] = "/nonexistent"
        for name in ("XDG_CACHE_HOME", "TORCH_HOME", "MPLCONFIGDIR"):
            os.environ.pop(name, None)

    return _limited(draw.choice(references.commands), world, references, "no HOME", leave, ())


def ordinary_user(world: World, references: References, draw: random.Random) -> Result:
    """Nobody, who may write to the folder, or may not."""
    one = draw.choice([one for one in references.commands if one.quick])
    allowed = draw.random() < 0.5
    reference = references.tree(one)
    with fresh(world) as folder:
        parent = folder / "place"
        parent.mkdir()
        out = parent / "out"
        if allowed:
            os.chown(parent, 65534, 65534)
        os.chmod(parent, 0o755)
        (folder / "log").touch()
        os.chmod(folder / "log", 0o666)

        use = one.call(world, out)

        def become_nobody() -> None:
            # All of the tool's code is imported while it may be read.
            with suppress(SystemExit):
                one.call(world, folder / "as_root")()
            os.ftruncate(1, 0)
            os.lseek(1, 0, os.SEEK_SET)
            os.environ["HOME"] = "/nonexistent"
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)

        outcome = run(use, folder / "log", become_nobody)
        what = f"{one.name}, {'own' if allowed else 'foreign'} folder"
        if not out.is_dir():
            out = parent
        if not allowed and outcome.status == 0 and reference:
            return Result("silent", what, outcome.output[-_SHOWN:])
        result = judged(outcome, what, (str(parent),), True)
        if allowed and outcome.status != 0 and result.verdict == "named":
            return Result("lost", what, outcome.output[-_SHOWN:])
        return Result("done", what) if result.verdict == "unchanged" else result


def small_shared_memory(world: World, references: References, draw: random.Random) -> Result:
    """/dev/shm of 1 MB, which workers of loaders use; tools with two processes or workers."""
    number = draw.choice([0, 0, 1, 2])

    def attempt() -> Result:
        mount_small(Path("/dev/shm"), 1024)
        with fresh(world) as folder:
            out = folder / "out"
            out.mkdir()
            name = ("compare", "corrupted copy", "Cityscapes converter")[number]
            one = command(name)
            words = [str(word) for word in one.words(world, out)]
            if number == 0:
                words = [w.replace("num_workers=0", "num_workers=2") for w in words]
            else:
                words[words.index("--nproc") + 1] = "2"
            outcome = run(program(one.verb, words), folder / "log")
            return _short(outcome, f"{name}, two workers", out, references.tree(one), ("shm",))

    references.tree(command(("compare", "corrupted copy", "Cityscapes converter")[number]))
    result: Result = in_own_mounts(attempt)
    return result


def other_encodings(world: World, references: References, draw: random.Random) -> Result:
    """A new interpreter under LANG=C without UTF-8, and names of any bytes."""
    odd = draw.choice(["b\u00e4r.png", "\u96ea.png", os.fsdecode(b"caf\xe9.png"), "a\nb.png"])
    code = "import sys; from sympie_seg_cli import main; sys.exit(main())"
    environment = dict(os.environ, LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    environment["PYTHONPATH"] = str(ROOT)
    with fresh(world) as folder:
        source, out = folder / "in", folder / "out"
        source.mkdir()
        name = os.fsencode(odd)
        for number, data in enumerate((PICTURES["PNG"][1], PICTURES["PNG"][1][:99])):
            with open(os.path.join(os.fsencode(source), b"%d" % number + name), "wb") as file:
                file.write(data)
        words = ["enhance", source, out, "--enhancer", world.enhancer]
        done = subprocess.run(
            [sys.executable, "-c", code, *map(str, words)],
            env=environment, capture_output=True, check=False, timeout=300,
        )  # fmt: skip
        text = (done.stdout + done.stderr).decode(errors="replace")
        written = len(list(out.iterdir())) if out.is_dir() else 0
        result = judged(Outcome(done.returncode, text), repr(odd), ("cut off",), False)
        return Result("lost", repr(odd), text[-_SHOWN:]) if written < 1 else result


def _limited(
    one: Command,
    world: World,
    references: References,
    what: str,
    prepare: Callable[[], None],
    names: tuple[str, ...],
) -> Result:
    reference = references.tree(one)
    with fresh(world) as folder:
        out = folder / "out"
        out.mkdir()
        outcome = run(one.call(world, out), folder / "log", prepare)
        result = _short(outcome, f"{one.name}, {what}", out, reference, (*names, str(folder)))
        if result.verdict in BAD:
            return result
        again = _ended(
            run(one.call(world, out), folder / "log"), result.what, out, reference, "done"
        )
        return again if again.verdict in BAD else result


Trial = Callable[[World, References, random.Random], Result]

KINDS: dict[str, tuple[Trial, int]] = {
    "enhancer files": (enhancers, 1000),
    "network checkpoints": (networks, 200),
    "pictures": (pictures, 500),
    "labels": (labels, 200),
    "videos": (videos, 50),
    "side files": (side_files, 500),
    "kills": (kills, 200),
    "kills of the rest": (kills_of_others, 20),
    "full disks": (full_disks, 60),
    "limit of file sizes": (small_files, 60),
    "64 open files": (few_open_files, 20),
    "little memory": (little_memory, 60),
    "/dev/shm of 1 MB": (small_shared_memory, 8),
    "no HOME": (no_home, 20),
    "an ordinary user": (ordinary_user, 20),
    "LANG=C": (other_encodings, 20),
}
"""The trial of each kind, and how many the long campaign makes."""
NEEDS_MOUNTS = ("full disks", "/dev/shm of 1 MB")
NEEDS_ROOT = ("an ordinary user",)


def trial(kind: str, number: int, seed: int, world: World, references: References) -> Result:
    """Make one trial; the same numbers make the same one."""
    draw = random.Random(f"{seed} {kind} {number}")
    function: Any = KINDS[kind][0]
    result: Result = function(world, references, draw)
    return result


def describe(result: Result) -> dict[str, str]:
    """What the list of trials says about one."""
    return dict(verdict=result.verdict, what=result.what, said=result.message)
