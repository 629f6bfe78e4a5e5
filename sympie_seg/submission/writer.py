"""Write the files that a test server wants: one prediction at a time, or a whole archive."""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from mmengine.utils import track_iter_progress

from sympie_seg.datasets.cityscapes_classes import LABEL_IDS
from sympie_seg.datasets.preparation.label_ids import TRAIN_ID_OF_LABEL_ID
from sympie_seg.submission.archives import list_members, read_member
from sympie_seg.submission.checker import Report, check_submission
from sympie_seg.submission.expected import Images
from sympie_seg.submission.inspection import decode
from sympie_seg.submission.servers import CONFIDENCE, INVALID, Folder, TestServer
from sympie_seg.submission.servers import LABEL_IDS as KIND_LABEL_IDS
from sympie_seg.submission.tree import sort_into_tree
from sympie_seg.utils.files import replacing
from sympie_seg.utils.images import encode_image, write_image

__all__ = ["write_archive", "write_prediction"]

_LABEL_ID_OF_TRAIN_ID = np.zeros(256, np.uint8)  # 0: unlabelled
_LABEL_ID_OF_TRAIN_ID[: len(LABEL_IDS)] = LABEL_IDS
_INVALID = 255
_FULL = np.iinfo(np.uint16).max


def write_prediction(
    root: Path,
    server: TestServer,
    stem: str,
    train_ids: np.ndarray,
    confidence: np.ndarray | None = None,
    invalid_below: float = 0.0,
) -> None:
    """Write one image's files into the folders of a server.

    Args:
        root: folder that gets the server's folders.
        server: whose tree.
        stem: name of the image's file without '.png'.
        train_ids: 0..18, uint8, (H, W).
        confidence: 0..1, (H, W); only where the server has a folder for it. Defaults to None (1 everywhere).
        invalid_below: pixels with a lower confidence are declared invalid. Defaults to 0 (none).

    Raises:
        OSError: if a file cannot be written.
    """
    for folder in server.folders:
        pixels = _content(folder, train_ids, confidence, invalid_below)
        write_image(root / folder.name / f"{stem}.png", pixels)


def _content(
    folder: Folder, train_ids: np.ndarray, confidence: np.ndarray | None, invalid_below: float
) -> np.ndarray:
    if folder.kind == KIND_LABEL_IDS:
        result: np.ndarray = _LABEL_ID_OF_TRAIN_ID[train_ids]
        return result
    if folder.kind == CONFIDENCE:
        share = np.ones(train_ids.shape) if confidence is None else confidence
        return np.rint(share * _FULL).astype(np.uint16)
    if folder.kind == INVALID and confidence is not None:
        return np.where(confidence < invalid_below, _INVALID, train_ids).astype(np.uint8)
    return train_ids


def write_archive(
    server: TestServer,
    predictions: Path,
    out: Path,
    images: Images | None = None,
    holds: str = "trainIds",
    processes: int = 1,
) -> Report:
    """Pack predictions into the archive that a server takes, and check it.

    The archive is written aside, checked, and moved into place only if the check finds no error.

    Args:
        server: whose archive.
        predictions: folder with the server's own folders, or with one PNG of class numbers per image at any depth.
        out: zip file to write or to replace.
        images: the test images; None to check numbers only.
        holds: 'trainIds' or 'labelIds', what the predictions hold.
        processes: how many decode files in the check.

    Returns:
        The report of the check; nothing was written if it is not ``ok``.

    Raises:
        FileNotFoundError: if there is no such folder.
        ValueError: if it holds no prediction, or a file cannot be used.
        OSError: if the archive cannot be written.
    """
    report: Report | None = None
    try:
        with replacing(out) as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
                for name, data in _members(server, predictions, images, holds):
                    archive.writestr(name, data)
            file.flush()
            report = check_submission(server, Path(file.name), images, processes)
            report.source = out
            if not report.ok:
                raise _NotOkError
    except _NotOkError:
        pass
    assert report is not None
    return report


class _NotOkError(Exception):
    """Leaves the block that would move the archive into place."""


def _members(
    server: TestServer, predictions: Path, images: Images | None, holds: str
) -> Iterator[tuple[str, bytes]]:
    """Give name and content of each file of the archive."""
    tree = sort_into_tree(list_members(predictions), server)
    first = tree.files[server.folders[0]]
    if not first:
        raise ValueError(f"'{predictions}' holds no prediction (one PNG per test image)")
    clashes = [names for names in first.values() if len(names) > 1]
    if clashes:
        raise ValueError(f"several files for one image: {', '.join(clashes[0][:2])}; keep one")
    for key, (name,) in track_iter_progress((list(first.items()), len(first)), file=sys.stderr):
        stem = images[key][1] if images and key in images else Path(name).stem
        own = {folder: tree.files[folder].get(key, []) for folder in server.folders}
        yield from _of_image(server, predictions, stem, own, holds)


def _of_image(
    server: TestServer, source: Path, stem: str, own: dict[Folder, list[str]], holds: str
) -> Iterator[tuple[str, bytes]]:
    first, *others = server.folders
    data = _converted(source, own[first][0], first, holds)
    yield _path(first, stem), data
    for folder in others:
        if own[folder]:
            yield _path(folder, stem), read_member(source, own[folder][0])
        elif folder.kind == CONFIDENCE:
            yield _path(folder, stem), encode_image(np.full(decode(data).shape, _FULL, np.uint16))
        else:
            yield _path(folder, stem), data


def _path(folder: Folder, stem: str) -> str:
    return f"{folder.name}/{stem}.png" if folder.name else f"{stem}.png"


def _converted(source: Path, name: str, folder: Folder, holds: str) -> bytes:
    """The file as it is, or with its numbers turned into those that the server wants."""
    try:
        data = read_member(source, name)
        if (holds == "labelIds") == (folder.kind == KIND_LABEL_IDS):
            return data
        table = _LABEL_ID_OF_TRAIN_ID if folder.kind == KIND_LABEL_IDS else TRAIN_ID_OF_LABEL_ID
        pixels = decode(data)
        _check_8_bits(pixels)
        return encode_image(table[pixels])
    except ValueError as error:
        raise ValueError(f"'{source / name}' {error}") from error


def _check_8_bits(pixels: np.ndarray) -> None:
    if pixels.dtype != np.uint8:
        raise ValueError("has 16 bits a pixel; class numbers have 8")
