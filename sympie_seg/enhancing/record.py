"""The 37 numbers of every picture or frame, as CSV or JSON."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sympie_seg.enhancer.parameters import KERNEL_SIZE, WarpParameters
from sympie_seg.utils.escaping import CsvWriter
from sympie_seg.utils.files import replace_text

__all__ = ["FORMATS", "Row", "record_content", "write_record"]

FORMATS = (".csv", ".json")
_SIDE = range(KERNEL_SIZE)
NAMES = (
    *(f"color_matrix_{row}_{column}" for row in range(3) for column in range(3)),
    *(f"color_shift_{channel}" for channel in range(3)),
    *(f"kernel_{row}_{column}" for row in _SIDE for column in _SIDE),
)


@dataclass(frozen=True)
class Row:
    """One picture, or one frame of a video.

    Attributes:
        file: path below the input folder.
        frame: number of the frame from 0, or None for a picture.
        distance_to_identity: Euclidean distance of the 37 numbers from those that change nothing.
        parameters: the 37 numbers in NEM's order.
    """

    file: str
    frame: int | None
    distance_to_identity: float
    parameters: tuple[float, ...]

    @classmethod
    def of(cls, file: str, parameters: WarpParameters, frame: int | None = None) -> Row:
        """Take the first set of the parameters."""
        distance = float(parameters.distance_to_identity()[0])
        return cls(file, frame, distance, tuple(parameters.to_vector()[0].tolist()))


def write_record(path: Path, rows: list[Row], source: str, strength: float) -> None:
    """Write all rows at once, as the suffix says.

    Args:
        path: a .csv or .json file.
        rows: what to write.
        source: the enhancer, for JSON.
        strength: that the numbers were moved by, for JSON.

    Raises:
        OSError: if the file cannot be written.
    """
    text = _csv(rows) if path.suffix.lower() == ".csv" else _json(rows, source, strength)
    replace_text(path, text)


def _csv(rows: list[Row]) -> str:
    text = io.StringIO()
    writer = CsvWriter(text)
    writer.writerow(["file", "frame", "distance_to_identity", *NAMES])
    for row in rows:
        frame = "" if row.frame is None else row.frame
        numbers = [f"{value:.9g}" for value in (row.distance_to_identity, *row.parameters)]
        writer.writerow([row.file, frame, *numbers])
    return text.getvalue()


def _json(rows: list[Row], source: str, strength: float) -> str:
    return json.dumps(record_content(rows, source, strength), indent=1) + "\n"


def record_content(rows: list[Row], source: str, strength: float | None) -> dict[str, Any]:
    """Give what the JSON file holds.

    Args:
        rows: the pictures or frames.
        source: the enhancer.
        strength: how far its predictions were followed; None where the numbers were given.
    """
    return {
        "format": "sympie_seg.parameters",
        "version": 1,
        "enhancer": source,
        "strength": strength,
        "names": list(NAMES),
        "rows": [vars(row) for row in rows],
    }
