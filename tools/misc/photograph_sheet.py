"""Draw what the shipped enhancers make of ordinary photographs that scikit-image ships: a row for each picture.

python tools/misc/photograph_sheet.py docs/photographs.jpg [--enhancer general cityscapes camvid]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from sympie_seg.api import enhance
from sympie_seg.corruptions import corrupt
from sympie_seg.enhancer.shipped import SHIPPED

PICTURES = (
    ("astronaut", None),
    ("chelsea", None),
    ("coffee", None),
    ("rocket", None),
    ("coffee", "fog"),
    ("astronaut", "darken"),
    ("coffee", "gaussian_noise"),
)
SIZE = (240, 160)
TITLE = 16


def main() -> None:
    """Draw and write the sheet."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path, help="picture to write")
    parser.add_argument("--enhancer", nargs="+", default=list(SHIPPED), help="files or short names")
    args = parser.parse_args()
    width, height = SIZE
    columns = ["input", *(Path(name).stem for name in args.enhancer)]
    sheet = Image.new("RGB", (width * len(columns), TITLE + height * len(PICTURES)), "white")
    draw = ImageDraw.Draw(sheet)
    for column, title in enumerate(columns):
        draw.text((column * width + 4, 2), title, fill="black")
    for row, (name, corruption) in enumerate(PICTURES):
        picture = load(name, corruption)
        shown = [picture, *(enhance(picture, enhancer)[0] for enhancer in args.enhancer)]
        for column, image in enumerate(shown):
            sheet.paste(fitted(image), (column * width, TITLE + row * height))
    sheet.save(args.out, quality=88)
    print(f"wrote '{args.out}'")


def load(name: str, corruption: str | None) -> NDArray[np.uint8]:
    """Give a picture of scikit-image, RGB, clean or under a corruption at severity 3."""
    from skimage import data

    picture = np.ascontiguousarray(getattr(data, name)()[..., :3])
    if corruption is None:
        return picture
    return corrupt(picture, corruption, 3, np.random.default_rng(0))


def fitted(image: NDArray[np.uint8]) -> Image.Image:
    """Cut the middle out in the sheet's shape."""
    from PIL import ImageOps

    return ImageOps.fit(Image.fromarray(image), SIZE)


if __name__ == "__main__":
    main()
