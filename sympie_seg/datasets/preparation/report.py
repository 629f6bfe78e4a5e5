"""The table of what was found, and the one message about what is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from prettytable import PrettyTable

from sympie_seg.datasets.preparation.counting import Count
from sympie_seg.datasets.preparation.image_files import Fault, FaultKind
from sympie_seg.datasets.preparation.layouts import Layout

__all__ = ["PartReport", "describe_contents", "explain", "make_table"]


@dataclass
class PartReport:
    """What was found in one part, and what follows.

    Attributes:
        count: its files.
        to_make: paths (without suffix) of the labels that will be made.
        faults: files with something wrong that will not be made again.
        is_subset: whether fewer images than published are fine.
    """

    count: Count
    to_make: set[str] = field(default_factory=set)
    faults: list[Fault] = field(default_factory=list)
    is_subset: bool = False

    @property
    def without_label(self) -> list[str]:
        """Images that have no label and get none."""
        if not self.count.part.labelled:
            return []
        return sorted(set(self.count.images) - set(self.count.labels) - self.to_make)

    @property
    def without_image(self) -> list[str]:
        """Labels whose image is missing."""
        return sorted({*self.count.labels, *self.to_make} - set(self.count.images))

    @property
    def state(self) -> str:
        """One word or two for the table."""
        if self.count.is_absent:
            return "absent"
        troubles = [self._trouble_with_number(), *self._troubles_with_files()]
        return "; ".join(trouble for trouble in troubles if trouble) or self._well()

    @property
    def problems(self) -> list[str]:
        """What makes the part unfit for use, one sentence each; empty if it is absent."""
        if self.count.is_absent:
            return []
        name, images, published = self.count.part.name, self.count.images, self.count.part.images
        problems = []
        if self._trouble_with_number():
            problems.append(
                f"{name}: {self._trouble_with_number()} ({len(images)} found, "
                f"{published or 'an unchecked number'} published)"
            )
        for keys, what in ((self.without_label, "no label"), (self.without_image, "no image")):
            if keys:
                of = "images" if what == "no label" else "labels"
                problems.append(f"{name}: {len(keys)} {of} have {what}, the first '{keys[0]}'")
        if self.count.lost:
            problems.append(
                f"{name}: {len(self.count.lost)} images or folders are links to nothing or cannot be read, the first "
                f"'{self.count.lost[0]}'"
            )
        if self.faults:
            first, others = self.faults[0], len(self.faults) - 1
            more = f" ({others} more such files: see above)" if others else ""
            problems.append(f"{name}: '{first.path}' {first.reason}{more}")
        return problems

    def _trouble_with_number(self) -> str:
        listed, published = len(self.count.images), self.count.part.images
        if not listed:
            return "images absent"
        if published is None or listed == published or (self.is_subset and listed < published):
            return ""
        way = "short" if listed < published else "over"
        return f"{way} by {abs(published - listed)}"

    def _troubles_with_files(self) -> list[str]:
        numbers = (
            (len(self.without_label), "without label"),
            (len(self.without_image), "labels without image"),
            (len(self.count.lost), "cannot be read"),
            (len(self.faults), "with faults"),
        )
        return [f"{number} {what}" for number, what in numbers if number]

    def _well(self) -> str:
        published = self.count.part.images
        if published is None:
            return "number not checked"
        return "complete" if len(self.count.images) == published else "subset"


def make_table(layout: Layout, reports: Sequence[PartReport]) -> str:
    """Lay out one row per part; columns that say nothing for this dataset are left out."""
    rows = [_row(report) for report in reports]
    names = list(rows[0])
    if not layout.label_ids_suffix:
        names.remove("to make")
    if not layout.references:
        names.remove("references")
    if not any(row["condition"] for row in rows):
        names.remove("condition")
    table = PrettyTable(names, align="r")
    for name in ("split", "condition", "state"):
        if name in names:
            table.align[name] = "l"
    table.add_rows([[row[name] for name in names] for row in rows])
    returned: str = table.get_string()
    return returned


def _row(report: PartReport) -> dict[str, str]:
    count, part = report.count, report.count.part
    wanted = "" if part.references is None else f" / {part.references}"
    return {
        "split": part.split,
        "condition": part.condition,
        "images": str(len(count.images)),
        "published": "not checked" if part.images is None else str(part.images),
        "labels": str(len(count.labels)) if part.labelled else "none public",
        "to make": str(len(report.to_make)) if part.labelled else "",
        "references": f"{count.references}{wanted}",
        "state": report.state,
    }


def explain(
    layout: Layout,
    root: Path,
    problems: Sequence[str],
    faults: Sequence[Fault] = (),
    better_root: Path | None = None,
    read_only: bool = False,
) -> str:
    """Write the one message of a check that failed.

    Args:
        layout: the expected tree.
        root: folder that was checked.
        problems: what is wrong, one sentence each.
        faults: files with something wrong; they decide on what fixes it.
        better_root: folder that has the expected tree, if ``root`` has not.
        read_only: whether labels could not be written because that is not allowed.

    Returns:
        What is wrong, the expected tree, where to get the data, and what fixes it.
    """
    tree = "\n".join(f"    {root}/{line}" for line in layout.tree)
    listed = "\n".join(f"  - {problem}" for problem in problems)
    return (
        f"error: {layout.name} in '{root}' is not ready:\n{listed}\n"
        f"  expected:\n{tree}\n"
        f"  get it: {layout.source}\n"
        f"  fix: {_elsewhere(layout, root) if read_only else _fix(layout, root, faults, better_root)}"
    )


def _elsewhere(layout: Layout, root: Path) -> str:
    return (
        f"{_verb(layout)} {root} --out FOLDER   (the labels go there, the images are linked: FOLDER is then the "
        "data_root)"
    )


def _verb(layout: Layout) -> str:
    return f"sympie-seg convert-dataset {layout.tool.replace('_', '-')}"


def _fix(layout: Layout, root: Path, faults: Sequence[Fault], better_root: Path | None) -> str:
    tool = _verb(layout)
    command = f"{tool} {root}"
    if better_root:
        return f"{tool} {better_root}"
    if not root.is_dir() or not layout.fits(root):
        return f"unpack into '{root}' so that the tree is as above, then: {command}"
    kinds = {fault.kind for fault in faults}
    if faults and FaultKind.BROKEN not in kinds and layout.label_ids_suffix:
        return f"make these labels again from their labelIds: {command} --overwrite"
    if FaultKind.COLOUR in kinds:
        return (
            "replace colour pictures by labels with one channel of class numbers, from the source "
            f"above, then: {command}"
        )
    return (
        "unpack the archives again over what is there (broken files must be replaced), then: "
        f"{command}   (fewer images on purpose: add --subset)"
    )


def describe_contents(root: Path, most: int = 8) -> str:
    """Name what lies in a folder, for messages."""
    names = sorted(path.name + "/" * path.is_dir() for path in root.iterdir())
    if not names:
        return "nothing"
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
