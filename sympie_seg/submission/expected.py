"""Which test images a submission must cover: from the data on disk, or by their published number."""

from __future__ import annotations

from pathlib import Path

from sympie_seg.datasets.preparation.counting import count_part
from sympie_seg.datasets.preparation.layouts import ACDC, ACDC_FLAT, Layout
from sympie_seg.submission.servers import TestServer
from sympie_seg.utils.foreign import read_text

__all__ = ["Images", "expected_images"]

Images = dict[str, tuple[str, str]]
"""By image, such as 'GOPR0475_frame_000247': its condition ('test' where there is none) and its file's stem."""

_TEST = "test"


def expected_images(server: TestServer, root: Path, subset: bool = False) -> Images:
    """List the test images of a dataset on disk.

    A flat copy of ACDC gets its conditions from ``lists/<condition>_test.txt``, where these are.

    Args:
        server: whose test images.
        root: folder of the dataset, in its official tree (ACDC: or flat).
        subset: whether fewer images than published are fine.

    Raises:
        FileNotFoundError: if no test image is there.
        ValueError: if the number is not the published one.
    """
    layout = _layout_on_disk(server.layout, root)
    images: Images = {}
    for part in layout.parts:
        if part.split != _TEST:
            continue
        for path in count_part(root, layout, part).images.values():
            key = server.key_of(path.name) or path.stem
            images[key] = (part.condition or _TEST, path.stem)
    if not images:
        raise FileNotFoundError(
            f"'{root}' holds no test image of {server.title}; expected {layout.tree[0]} there (and {layout.source})"
        )
    if len(images) != server.images and not (subset and len(images) < server.images):
        raise ValueError(
            f"'{root}' holds {len(images)} test images of {server.title}, {server.images} are published: unpack its "
            "archives again, or add --subset if a part is meant"
        )
    return _with_listed_conditions(images, root) if layout is ACDC_FLAT else images


def _layout_on_disk(layout: Layout, root: Path) -> Layout:
    flat = layout is ACDC and ACDC_FLAT.fits(root) and not ACDC.fits(root)
    return ACDC_FLAT if flat else layout


def _with_listed_conditions(images: Images, root: Path) -> Images:
    for path in sorted((root / "lists").glob(f"*_{_TEST}.txt")):
        condition = path.stem.removesuffix(f"_{_TEST}")
        for name in read_text(path).split():
            if name in images:
                images[name] = (condition, images[name][1])
    return images
