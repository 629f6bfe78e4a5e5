"""Make the labels that an archive does not hold."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from sympie_seg.datasets.preparation.counting import Count
from sympie_seg.datasets.preparation.label_ids import train_ids_from_label_ids
from sympie_seg.datasets.preparation.layouts import Layout
from sympie_seg.datasets.preparation.polygons import train_ids_from_polygons
from sympie_seg.utils.files import remove_leftovers
from sympie_seg.utils.images import write_image
from sympie_seg.utils.pictures import fault_of_bytes

__all__ = ["Conversion", "clean_up", "convert", "plan_conversions"]


@dataclass(frozen=True)
class Conversion:
    """One label to make.

    Attributes:
        key: path of the label below its part's folder, without the suffix.
        source: labelIds (PNG) or polygons (JSON).
        target: the label.
    """

    key: str
    source: Path
    target: Path


def plan_conversions(
    root: Path,
    layout: Layout,
    count: Count,
    broken: Collection[Path] = (),
    overwrite: bool = False,
) -> list[Conversion]:
    """List the labels of one part that are to be made.

    Args:
        root: folder of the data set.
        layout: its tree.
        count: files of the part.
        broken: labels that are there but not whole; they are made again.
        overwrite: make all labels again that have a source.

    Returns:
        One entry per label that is missing, or to be made again, and has a source. LabelIds are
        preferred to polygons unless the file is cut off.
    """
    broken, folder = set(broken), layout.folder(root, layout.labels, count.part)
    planned = []
    for key in sorted({*count.label_ids, *count.polygons}):
        label = count.labels.get(key)
        if label is not None and label not in broken and not overwrite:
            continue
        source = count.label_ids.get(key)
        if source is None or (key in count.polygons and fault_of_bytes(source)):
            source = count.polygons[key]
        planned.append(Conversion(key, source, folder / f"{key}{layout.label_suffix}"))
    return planned


def convert(conversion: Conversion) -> str:
    """Make one label; the file is whole or, where that fails, as before.

    Returns:
        What went wrong, or an empty string.
    """
    is_polygons = conversion.source.suffix == ".json"
    read = train_ids_from_polygons if is_polygons else train_ids_from_label_ids
    try:
        write_image(conversion.target, read(conversion.source))
    except (ValueError, OSError) as error:
        return str(error)
    return ""


def clean_up(conversions: Collection[Conversion]) -> None:
    """Remove what a killed run left in the folders that are about to be written to."""
    for folder in {conversion.target.parent for conversion in conversions}:
        remove_leftovers(folder)
