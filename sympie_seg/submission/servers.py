"""What the test servers of ACDC, Dark Zurich and Cityscapes want: folders, names, bit depths, numbers.

Sources stand beside each fact in ``docs/submission.md``. What could not be verified is in ``TestServer.unverified``
and is printed as such.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from sympie_seg.datasets.preparation.layouts import ACDC, CITYSCAPES, DARK_ZURICH, Layout

__all__ = ["SERVERS", "Folder", "TestServer", "get_server"]

TRAIN_IDS, INVALID, LABEL_IDS, CONFIDENCE = "trainIds", "trainIds or 255", "labelIds", "confidence"


@dataclass(frozen=True)
class Folder:
    """One folder of an archive.

    Attributes:
        name: at the top level of the archive; empty where the PNG files lie at the top level themselves.
        kind: what the pixels hold: 'trainIds' (0..18), 'trainIds or 255' (255: declared invalid), 'labelIds'
            (0..33), all 8 bits, or 'confidence' (0..65535 for 0..1, 16 bits).
    """

    name: str
    kind: str

    @property
    def bits(self) -> int:
        """Bits of a pixel."""
        return 16 if self.kind == CONFIDENCE else 8


@dataclass(frozen=True)
class TestServer:
    """What one server wants.

    Attributes:
        name: on the command line.
        title: of the dataset, for messages.
        layout: where the test images lie on disk.
        folders: of the archive; the first holds the predictions.
        size: (width, height) of every PNG, in pixels.
        key: the part of a file's name that says which image it belongs to.
        images: published number of test images.
        sequences: published number of test images by sequence, where known.
        unverified: what is not known for certain, for users to read.
    """

    __test__ = False  # pytest: not a test, whatever the name

    name: str
    title: str
    layout: Layout
    folders: tuple[Folder, ...]
    size: tuple[int, int]
    key: re.Pattern[str]
    images: int
    sequences: dict[str, int] = field(default_factory=dict)
    unverified: tuple[str, ...] = ()

    def key_of(self, name: str) -> str | None:
        """Give the image that a file's name belongs to, such as 'GOPR0475_frame_000247', or None."""
        match = self.key.match(name)
        return match[0] if match else None


_FRAME = re.compile(r"[A-Za-z0-9]+_frame_\d{6}(?!\d)")

ACDC_SERVER = TestServer(
    name="acdc",
    title="ACDC",
    layout=ACDC,
    folders=(Folder("labelTrainIds", TRAIN_IDS),),
    size=(1920, 1080),
    key=_FRAME,
    images=2000,
    unverified=(
        "whether the server also takes PNG files at the top level of the zip, or another folder's name (people who "
        "submitted used labelTrainIds/)",
        "whether it takes submissions at present",
    ),
)

DARK_ZURICH_SERVER = TestServer(
    name="dark_zurich",
    title="Dark Zurich",
    layout=DARK_ZURICH,
    folders=(
        Folder("labelTrainIds", TRAIN_IDS),
        Folder("labelTrainIds_invalid", INVALID),
        Folder("confidence", CONFIDENCE),
    ),
    size=(1920, 1080),
    key=_FRAME,
    images=151,
    sequences={"GOPR0364": 105, "GP010364": 46},
    unverified=(
        "whether competition 3783 on CodaLab still scores anything (CodaLab LISN has stopped taking submissions)",
    ),
)

CITYSCAPES_SERVER = TestServer(
    name="cityscapes",
    title="Cityscapes",
    layout=CITYSCAPES,
    folders=(Folder("", LABEL_IDS),),
    size=(2048, 1024),
    key=re.compile(r"[A-Za-z-]+_\d{6}_\d{6}(?!\d)"),
    images=1525,
    unverified=("whether folders inside the zip matter to the server; none are written",),
)

SERVERS = {server.name: server for server in (ACDC_SERVER, DARK_ZURICH_SERVER, CITYSCAPES_SERVER)}


def get_server(name: str) -> TestServer:
    """Find a server by name.

    Raises:
        ValueError: if there is none of this name.
    """
    if name not in SERVERS:
        raise ValueError(f"no test server {name!r}; use one of: {', '.join(SERVERS)}")
    return SERVERS[name]
