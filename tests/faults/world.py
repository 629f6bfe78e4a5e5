"""Small files of every kind that the tools read, made once for a campaign."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np
import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope
from mmseg.registry import MODELS
from PIL import Image, features

from sympie_seg.enhancer import SyMPIE, save_enhancer
from sympie_seg.streets.writers import write_acdc, write_cityscapes
from sympie_seg.utils.images import encode_image

__all__ = ["CONFIG", "NARROW", "PICTURES", "ROOT", "World"]

ROOT = Path(__file__).resolve().parents[2]
CONFIG = ROOT / "configs/streets/sympie_streets_1xb4-400.py"
NARROW = {"model.backbone.base_channels": 8, "model.decode_head.in_channels": 64}
_SIZE = (64, 48)
_FULL_HD = (1920, 1080)
_CAR, _CAR_ID = 13, 26
CROP_CLASSES = (0, 2, 8, 10, 11, 13)


def _photograph(size: tuple[int, int] = _SIZE) -> np.ndarray:
    """Smooth colours and some noise, as a photograph has."""
    draw = np.random.default_rng(1)
    rough = draw.integers(0, 256, (6, 8, 3), dtype=np.uint8)
    smooth = cv2.resize(rough, size, interpolation=cv2.INTER_CUBIC).astype(int)
    return np.clip(smooth + draw.integers(-6, 7, smooth.shape), 0, 255).astype(np.uint8)


def _pillow(name: str, mode: str = "RGB", **options: object) -> bytes:
    target = io.BytesIO()
    Image.fromarray(_photograph()).convert(mode).save(target, name, **options)
    return target.getvalue()


def _alpha(dtype: type) -> np.ndarray:
    rgb = _photograph().astype(dtype)
    if dtype is np.uint16:
        rgb *= 257
    return np.dstack([rgb, np.arange(rgb[..., 0].size).reshape(rgb.shape[:2]).astype(dtype)])


PICTURES: dict[str, tuple[str, bytes]] = {
    "PNG": (".png", encode_image(_photograph())),
    "PNG, 16 bits and alpha": (".png", encode_image(_alpha(np.uint16))),
    "PNG, palette": (".png", _pillow("PNG", "P")),
    "PNG, grey": (".png", _pillow("PNG", "L")),
    "JPEG": (".jpg", _pillow("JPEG", quality=90)),
    "JPEG, progressive": (".jpg", _pillow("JPEG", quality=85, progressive=True)),
    "WebP, lossy": (".webp", _pillow("WEBP", quality=80)),
    "WebP, lossless": (".webp", _pillow("WEBP", lossless=True)),
    "TIFF, Deflate": (".tif", _pillow("TIFF", compression="tiff_adobe_deflate")),
    "TIFF, plain": (".tif", _pillow("TIFF")),
    "BMP": (".bmp", _pillow("BMP")),
    "GIF": (".gif", _pillow("GIF", "P")),
    "PPM": (".ppm", _pillow("PPM")),
}
"""Suffix and content of a picture of each kind that is read."""
# Where this Pillow has them.
if features.check("jpg_2000"):
    PICTURES["JPEG 2000"] = (".jp2", _pillow("JPEG2000"))
if features.check("avif"):
    PICTURES["AVIF"] = (".avif", _pillow("AVIF"))


@dataclass(frozen=True)
class World:
    """The files below one folder; each is made when it is asked for first.

    Attributes:
        folder: of all files.
    """

    folder: Path

    @cached_property
    def enhancer(self) -> Path:
        """An enhancer file whose enhancer does something."""
        path = self.folder / "enhancer.pth"
        torch.manual_seed(2)
        enhancer = SyMPIE(thumbnail_resize=48, thumbnail_crop=44)
        with torch.no_grad():
            enhancer.nem.out.weight.normal_(0, 0.02)
        save_enhancer(path, enhancer, dict(note="faults"))
        return path

    @cached_property
    def pictures(self) -> Path:
        """A folder of a few pictures and a video."""
        folder = self.folder / "pictures"
        (folder / "below").mkdir(parents=True)
        for number, kind in enumerate(("PNG", "JPEG", "PNG, 16 bits and alpha", "TIFF, Deflate")):
            suffix, data = PICTURES[kind]
            (folder / ("below" if number % 2 else ".") / f"picture{number}{suffix}").write_bytes(
                data
            )
        (folder / "video.avi").write_bytes(self.video.read_bytes())
        return folder

    @cached_property
    def video(self) -> Path:
        """An AVI of six frames."""
        path = self.folder / "video.avi"
        writer = cv2.VideoWriter(
            str(path), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*"MJPG"), 10, _SIZE
        )
        for number in range(6):
            writer.write(np.roll(_photograph(), number, axis=1))
        writer.release()
        return path

    @cached_property
    def streets(self) -> Path:
        """Generated streets: ``cityscapes`` and ``acdc``."""
        folder = self.folder / "streets"
        write_cityscapes(folder / "cityscapes", {"train": 3, "val": 2}, size=(64, 32))
        write_acdc(folder / "acdc", {"val": 1}, size=(64, 32))
        return folder

    @cached_property
    def network(self) -> Path:
        """A checkpoint of :data:`CONFIG`'s network with random weights."""
        path = self.folder / "network.pth"
        config = Config.fromfile(CONFIG)
        config.merge_from_dict(NARROW)
        torch.manual_seed(0)
        with DefaultScope.overwrite_default_scope("mmseg"):
            torch.save(MODELS.build(config.model).state_dict(), path)
        return path

    @cached_property
    def comparison(self) -> Path:
        """A ``comparison.json``."""
        path = self.folder / "comparison.json"
        path.write_bytes((ROOT / "tests/comparison/comparison_version1.json").read_bytes())
        return path

    @cached_property
    def published(self) -> Path:
        """A classifier with random weights in torchvision's names."""
        from torchvision.models import mobilenet_v3_large

        path = self.folder / "published.pth"
        torch.manual_seed(0)
        torch.save(mobilenet_v3_large(weights=None).state_dict(), path)
        return path

    @cached_property
    def unconverted(self) -> Path:
        """A Cityscapes without trainIds: labelIds for train, polygons for val."""
        root = self.folder / "unconverted"
        for split in ("train", "val"):
            for number in range(3):
                stem = f"{split}/ulm/ulm_{number:06}_000019"
                _save(root / f"leftImg8bit/{stem}_leftImg8bit.png", np.zeros((8, 12, 3), np.uint8))
                if split == "train":
                    labels = np.full((8, 12), _CAR_ID, np.uint8)
                    _save(root / f"gtFine/{stem}_gtFine_labelIds.png", labels)
                else:
                    thing = dict(label="cargroup", polygon=[[0, 0], [11, 0], [11, 7], [0, 7]])
                    other = dict(label="sky", polygon=[[2, 2], [8, 2], [8, 6]])
                    content = dict(imgHeight=8, imgWidth=12, objects=[thing, other])
                    path = root / f"gtFine/{stem}_gtFine_polygons.json"
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_text(json.dumps(content))
        return root

    @cached_property
    def camvid(self) -> Path:
        """A CamVid with lists."""
        root = self.folder / "camvid"
        for split in ("train", "val", "test"):
            lines = []
            for number in range(2):
                _save(root / split / f"{number}.png", _photograph((24, 16)))
                labels = np.full((16, 24), number, np.uint8)
                _save(root / f"{split}annot" / f"{number}.png", labels)
                lines.append(
                    f"/SegNet/CamVid/{split}/{number}.png /SegNet/CamVid/{split}annot/{number}.png"
                )
            (root / f"{split}.txt").write_text("\n".join(lines) + "\n")
        return root

    @cached_property
    def blocks(self) -> Path:
        """A Cityscapes with a tall block of each class that crops are made of."""
        root = self.folder / "blocks"
        for split in ("train", "val"):
            for number in range(2):
                labels = np.full((60, 180), 255, np.uint8)
                for block, index in enumerate(CROP_CLASSES):
                    labels[5:55, 30 * block : 30 * block + 26] = index
                stem = f"{split}/x/x_{number:06d}_000019"
                _save(root / f"leftImg8bit/{stem}_leftImg8bit.png", _photograph((180, 60)))
                _save(root / f"gtFine/{stem}_gtFine_labelTrainIds.png", labels)
        return root

    @cached_property
    def acdc_test(self) -> Path:
        """One test image of each condition of ACDC, and predictions for them: ``data`` and ``predictions``."""
        root = self.folder / "acdc_test"
        for number, condition in enumerate(("fog", "night", "rain", "snow")):
            name = f"GOPR{number:04}_frame_000001_rgb_anon.png"
            image = np.zeros((*_FULL_HD[::-1], 3), np.uint8)
            folder = root / f"data/rgb_anon/{condition}/test/GOPR{number:04}"
            _save(folder / name, image)
            _save(root / "predictions" / name, np.full(_FULL_HD[::-1], number, np.uint8))
        return root

    @cached_property
    def archive(self) -> Path:
        """A submission for ACDC, with one file of each condition in it."""
        path = self.folder / "submission.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for source in sorted((self.acdc_test / "predictions").iterdir()):
                archive.writestr(f"labelTrainIds/{source.name}", source.read_bytes())
        return path

    @cached_property
    def vizwiz(self) -> Path:
        """A VizWiz-Classification of two images, and a submission ``mine.json``."""
        root, names = self.folder / "vizwiz", ["VizWiz_val_00000.jpg", "VizWiz_test_00001.jpg"]
        for name in names:
            path = root / name.split("_")[1] / name
            path.parent.mkdir(parents=True)
            path.write_bytes(PICTURES["JPEG"][1])
        categories = [dict(id=291, wordnet_id="n02129165")]
        content = json.dumps(dict(categories=categories, images=names))
        (root / "annotations.json").write_text(content)
        (root / "mine.json").write_text(json.dumps(dict.fromkeys(names, 291)))
        return root

    @cached_property
    def baseline(self) -> Path:
        """Errors by corruption, for the mCE."""
        path = self.folder / "alexnet.csv"
        path.write_text("corruption,error\ncontrast,80\nfog,81.9\nsnow,86.7\n")
        return path


def _save(path: Path, pixels: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encode_image(pixels))
