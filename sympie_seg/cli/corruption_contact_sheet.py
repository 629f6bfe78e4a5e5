"""Draw every corruption at every severity on one photograph.

    sympie-seg corruption-contact-sheet corruptions.png [--image PHOTO] [--names fog night] [--width 180]

Without --image the photograph is one that scikit-image ships (its cup of coffee).
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
from mmengine.utils import track_iter_progress

from sympie_seg.corruptions.mixture import image_seed
from sympie_seg.corruptions.registry import CORRUPTIONS, check_name, corrupt
from sympie_seg.utils.failures import told
from sympie_seg.utils.images import write_image
from sympie_seg.utils.pictures import read_rgb

CAPTION, GAP = 16, 2  # pixels
SEVERITIES = (1, 2, 3, 4, 5)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options."""
    parser.add_argument("out", type=Path, help="PNG or JPEG file to write")
    parser.add_argument("--image", type=Path, help="photograph (default: scikit-image's coffee)")
    parser.add_argument("--names", nargs="+", default=list(CORRUPTIONS))
    parser.add_argument("--width", type=int, default=180, help="of one picture, in pixels")
    parser.add_argument("--seed", type=int, default=0)


def load_photograph(path: Path | None) -> np.ndarray:
    """Load a photograph as RGB uint8 (H, W, 3).

    Raises:
        SystemExit: if it cannot be read, or scikit-image is needed and absent.
    """
    if path is not None:
        try:
            return read_rgb(path)
        except ValueError as error:
            raise SystemExit(f"error: --image: {told(error)}") from None
    try:
        from skimage import data
    except ImportError:
        raise SystemExit(
            "error: name a photograph with --image, or pip install scikit-image"
        ) from None
    coffee: np.ndarray = data.coffee()
    return coffee


def row(image: np.ndarray, name: str, width: int, seed: int) -> np.ndarray:
    """Draw one corruption: the clean picture, then severities 1 to 5, under a caption.

    The photograph is corrupted at the size of ImageNet-C, shorter side 224, and shrunk for the sheet.
    """
    pictures = [image]
    for severity in SEVERITIES:
        rng = np.random.default_rng(image_seed(seed, "contact sheet", name, severity))
        pictures.append(corrupt(image, name, severity, rng))
    height = round(width * image.shape[0] / image.shape[1])
    small = [cv2.resize(p, (width, height), interpolation=cv2.INTER_AREA) for p in pictures]
    small = [cv2.copyMakeBorder(p, 0, GAP, 0, GAP, cv2.BORDER_CONSTANT) for p in small]
    caption = np.zeros((CAPTION, small[0].shape[1] * len(small), 3), np.uint8)
    text = f"{name}: clean, severity {SEVERITIES[0]} to {SEVERITIES[-1]}"
    cv2.putText(
        caption, text, (4, CAPTION - 4), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (255,) * 3, 1, cv2.LINE_AA
    )
    return np.vstack([caption, np.hstack(small)])


def run(args: argparse.Namespace) -> None:
    """Write the sheet."""
    try:
        for name in args.names:
            check_name(name)
    except ValueError as error:
        raise SystemExit(f"error: --names: {told(error)}") from None
    image = load_photograph(args.image)
    scale = 224 / min(image.shape[:2])
    image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    rows = [row(image, name, args.width, args.seed) for name in track_iter_progress(args.names)]
    try:
        write_image(args.out, np.vstack(rows))
    except OSError as error:
        raise SystemExit(f"error: {error}; name a .png or .jpg file") from None
    print(f"\n{len(args.names)} corruptions are on '{args.out}'")
