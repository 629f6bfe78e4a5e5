"""Check a submission: tree, names, numbers and pixels, each fault named with its fix."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from prettytable import PrettyTable

from sympie_seg.submission.archives import list_members
from sympie_seg.submission.expected import Images
from sympie_seg.submission.inspection import Facts, Fault, Inspection, inspect
from sympie_seg.submission.servers import CONFIDENCE, INVALID, Folder, TestServer
from sympie_seg.submission.tree import Tree, sort_into_tree
from sympie_seg.utils.parallel import run_tracked

__all__ = ["Finding", "Report", "check_submission"]

_SHOWN = 3
_TRAIN_ID_FIX = (
    "write trainIds: ConditionIoUMetric or mmseg's IoUMetric with format_only (mmseg's CityscapesMetric writes "
    "labelIds), or sympie-seg submission write ... --holds labelIds"
)
_FIXES = {
    Fault.DAMAGED: "write these files again (a full disk or a killed run leaves such files)",
    Fault.FORMAT: "write PNG files; JPEG changes class numbers",
    Fault.COLOUR: "write class numbers, one channel of 8 bits, not painted pictures (sympie-seg test --out, not "
    "--show-dir)",
    Fault.DEPTH: "save labels as 8-bit and confidence/ as 16-bit grey PNG (uint16, 0..65535 for 0..1)",
    Fault.SIZE: "predict at the size of the images on disk: mmseg resizes the scores back by itself unless "
    "ScoreAtThisSize is in the pipeline; resize nearest if only label maps are left",
    Fault.LABEL_IDS: _TRAIN_ID_FIX,
    Fault.TRAIN_IDS: "turn trainIds into labelIds: sympie-seg submission write cityscapes PREDICTIONS OUT.zip",
    Fault.VALUES: "the network has other classes than Cityscapes' 19, or scores were saved instead of classes",
    Fault.UNLIKE: "make labelTrainIds_invalid/ from labelTrainIds/: the same numbers, 255 where declared invalid",
    Fault.IGNORED: "predict a class for every pixel; only labelTrainIds_invalid/ (Dark Zurich) may hold 255",
}  # fmt: skip
_WARNINGS = {Fault.IGNORED}


@dataclass(frozen=True)
class Finding:
    """One kind of fault.

    Attributes:
        what: a sentence.
        fix: what to do.
        files: names of all files concerned.
        is_error: whether the submission would be refused or scored wrongly; else it is a warning.
    """

    what: str
    fix: str
    files: tuple[str, ...] = ()
    is_error: bool = True

    def __str__(self) -> str:
        shown = ", ".join(f"'{name}'" for name in sorted(self.files)[:_SHOWN])
        more = f", and {len(self.files) - _SHOWN} more" if len(self.files) > _SHOWN else ""
        names = f" ({shown}{more})" if shown else ""
        return f"{'error' if self.is_error else 'warning'}: {self.what}{names}\n    fix: {self.fix}"


@dataclass
class Report:
    """What a check found.

    Attributes:
        server: whose rules.
        source: the archive or folder.
        counts: by condition (or sequence) and folder, how many images have a file; 'expected' beside them.
        findings: faults.
    """

    server: TestServer
    source: Path
    counts: dict[str, dict[str, int | None]]
    findings: list[Finding] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether there is no error; warnings may remain."""
        return not any(finding.is_error for finding in self.findings)

    def __str__(self) -> str:
        columns = [_shown(folder) for folder in self.server.folders]
        table = PrettyTable(["", *columns, "expected"], align="r")
        table.align[""] = "l"
        for name, row in self.counts.items():
            cells = [row.get(column, 0) for column in columns]
            expected = row.get("expected")
            table.add_row([name, *cells, "?" if expected is None else expected])
        lines = [f"{self.server.title}: '{self.source}'", table.get_string()]
        lines += [str(finding) for finding in self.findings]
        lines += [f"not verified: {text}" for text in self.server.unverified]
        errors = sum(finding.is_error for finding in self.findings)
        return "\n".join([*lines, f"{errors or 'no'} error{'s' * (errors != 1)} found"])


def check_submission(
    server: TestServer,
    source: Path,
    images: Images | None = None,
    processes: int = 1,
) -> Report:
    """Check an archive or a folder with the same tree.

    Args:
        server: whose rules.
        source: zip archive, or folder.
        images: the test images, from :func:`~sympie_seg.submission.expected.expected_images`. Defaults to None:
            their published number only is checked.
        processes: how many decode files.

    Raises:
        FileNotFoundError: if there is no such archive or folder.
        ValueError: if it is no zip archive, or holds no file.
    """
    names = list_members(source)
    if not names:
        raise ValueError(f"'{source}' holds no file")
    tree = sort_into_tree(names, server)
    report = Report(server, source, _counts(server, tree, images))
    report.findings += _about_tree(server, tree)
    for folder in server.folders:
        report.findings += _about_names(server, folder, tree.files[folder], images)
    facts = run_tracked("Reading all files", inspect, _inspections(server, source, tree), processes)
    report.findings += _about_pixels(facts)
    report.findings += _about_sameness(server, tree, facts)
    return report


def _shown(folder: Folder) -> str:
    return f"{folder.name}/" if folder.name else "top level"


def _inspections(server: TestServer, source: Path, tree: Tree) -> list[Inspection]:
    first = tree.files[server.folders[0]]
    jobs = []
    for folder in server.folders:
        for key, names in tree.files[folder].items():
            like = first.get(key, [None])[0] if folder.kind == INVALID else None
            jobs += [Inspection(source, name, folder, server.size, like) for name in names]
    return jobs


def _counts(server: TestServer, tree: Tree, images: Images | None) -> dict:
    """Count by condition where the data is there, else by sequence where published, else all together."""
    rows: dict[str, dict[str, int | None]] = {}
    if images is not None:
        expected = Counter(condition for condition, _ in images.values())
    else:
        expected = Counter(server.sequences or {"all": server.images})
    for name, number in expected.items():
        rows[name] = {"expected": number}
    for folder in server.folders:
        for key in tree.files[folder]:
            name = _row(server, key, images)
            row = rows.setdefault(name, {"expected": 0})
            row[_shown(folder)] = (row.get(_shown(folder)) or 0) + 1
    return rows


def _row(server: TestServer, key: str, images: Images | None) -> str:
    if images is not None:
        return images[key][0] if key in images else "no test image"
    sequence = key.split("_")[0]
    return sequence if server.sequences else "all"


def _about_tree(server: TestServer, tree: Tree) -> list[Finding]:
    wanted = ", ".join(_shown(folder) for folder in server.folders)
    right = (
        f"the archive must hold {wanted} and nothing else; zip from inside the folder that holds them: cd FOLDER && "
        "zip -r ../OUT.zip ."
    )
    findings = [
        Finding(f"{_files(names)} {what}", right, tuple(names))
        for what, names in tree.misplaced.items()
    ]
    kinds = (
        (tree.listed_twice, "in the zip twice under one name", "delete and write it again (zip adds to an old one)"),
        (tree.junk, "added by an operating system", "leave out: zip -r OUT.zip . -x '__MACOSX/*' '*.DS_Store'"),
        (tree.no_png, "not called .png", "save PNG files only"),
        (
            tree.unknown,
            "of no test image",
            "leave out; a prediction has the name of its image, and references (_ref) are not asked for",
        ),
    )  # fmt: skip
    findings += [
        Finding(f"{_files(names)} {what}", fix, tuple(names)) for names, what, fix in kinds if names
    ]
    return findings


def _files(names: Sequence[str]) -> str:
    return f"{len(names)} file{'s' * (len(names) != 1)}"


def _about_names(
    server: TestServer, folder: Folder, files: dict[str, list[str]], images: Images | None
) -> list[Finding]:
    findings, where = [], _shown(folder)
    if not files:
        return [Finding(f"{where} is missing", "sympie-seg submission write makes the whole tree")]
    twice = [name for names in files.values() if len(names) > 1 for name in names]
    if twice:
        findings.append(
            Finding(f"{where}: several files for one image", "keep one of them", tuple(twice))
        )
    if images is not None:
        findings += _compare(where, files, images)
    elif len(files) != server.images:
        what = f"{where} covers {len(files)} images, the test split has {server.images}"
        findings.append(
            Finding(what, "predict the whole test split; --data ROOT names what is missing")
        )
    other = [
        n for names in files.values() for n in names if not _has_name_of_image(n, server, images)
    ]
    if other and server.folders[0].kind != "labelIds":
        what = (
            f"{where}: {len(other)} files are not called as their images (<image>{_suffix(server)})"
        )
        fix = "call them as their images: such files have been accepted (other names: not verified)"
        findings.append(Finding(what, fix, tuple(other), is_error=False))
    return findings


def _compare(where: str, files: dict[str, list[str]], images: Images) -> list[Finding]:
    missing = sorted(images.keys() - files.keys())
    surplus = sorted(files.keys() - images.keys())
    findings = []
    if missing:
        what = f"{where}: {len(missing)} of {len(images)} test images have no file"
        findings.append(Finding(what, "predict these images too", tuple(missing)))
    if surplus:
        what = f"{where}: {len(surplus)} images are not in the test split"
        fix = "leave them out (val or train images?), or check --data"
        findings.append(Finding(what, fix, tuple(surplus)))
    return findings


def _suffix(server: TestServer) -> str:
    return server.layout.image_suffixes[0]


def _has_name_of_image(name: str, server: TestServer, images: Images | None) -> bool:
    file = PurePosixPath(name).name
    key = str(server.key_of(file))
    stem = images[key][1] if images and key in images else key + _suffix(server)[: -len(".png")]
    return file == f"{stem}.png"


def _about_pixels(facts: Iterable[Facts]) -> list[Finding]:
    groups: dict[Fault, list[Facts]] = {fault: [] for fault in Fault}
    for fact in facts:
        if fact.fault:
            groups[fact.fault].append(fact)
    findings = []
    for fault, group in groups.items():
        if group:
            what = f"'{group[0].name}' {group[0].detail}"
            what += f"; {len(group)} such files" if len(group) > 1 else ""
            others = tuple(fact.name for fact in group[1:])
            findings.append(Finding(what, _FIXES[fault], others, fault not in _WARNINGS))
    return findings


def _about_sameness(server: TestServer, tree: Tree, facts: Sequence[Facts]) -> list[Finding]:
    """Say so where all files of a folder hold one and the same number."""
    values = {fact.name: set(fact.values) for fact in facts if not fact.fault}
    findings = []
    for folder in server.folders:
        names = [name for group in tree.files[folder].values() for name in group if name in values]
        every = set().union(*(values[name] for name in names))
        if len(names) < 2 or len(every) != 1:
            continue
        number = every.pop()
        if folder.kind == CONFIDENCE:
            fix = "a dummy is accepted; with one, UIoU says nothing about your confidence"
        else:
            fix = "look at the predictions: was the checkpoint loaded?"
        what = f"{_shown(folder)}: every pixel of every file is {number}"
        findings.append(Finding(what, fix, is_error=False))
    return findings
