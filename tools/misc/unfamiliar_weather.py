"""Choose a strength or an enhancer by weather and light that another library makes, on training frames.

    python tools/misc/unfamiliar_weather.py --enhancers cityscapes general --strength 1 1.2

An enhancer is timid in front of what it never met. Its own corruptions do not show that. These rows do: fog, rain,
snow, dusk, casts and tone curves of albumentations, drawn once by a seed, on frames of CamVid's day sequences, which
train and may choose. No test frame is opened. With `--photographs data/photos` the rows are the histograms of real
photographs instead, of those that trainings hold out. Writes the frames and runs `sympie-seg compare` in front of
SINet, CGNet and our DeepLabV2-R18; WORK_DIR/NETWORK/comparison.md holds each table.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from leave_one_out import ROOT, SEGMENTERS, run
from mmengine.config import Config
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from sympie_seg.datasets.transforms.histogram_matching import take_histograms
from sympie_seg.datasets.unlabelled.listing import list_pictures
from sympie_seg.datasets.unlabelled.parts import Split, split_pictures
from sympie_seg.utils.images import write_image
from sympie_seg.utils.pictures import read_rgb

Image = NDArray[np.uint8]
SEQUENCES = ("0016E5", "0006R0")
CLEAN = "clean"
#: Photographs that tests open, and what trainings hold out of the others.
OF_TESTS = "n*[789]"
HELD_OUT = 0.07
#: How much of a photograph's histogram a row takes.
BLEND = 0.8
#: Row: albumentations' transforms and their arguments; each is applied.
LOOKS: dict[str, dict[str, dict[str, Any]]] = {
    "fog": {"RandomFog": dict(alpha_coef=0.15, fog_coef_range=(0.3, 0.6))},
    "rain": {"RandomRain": dict(brightness_coefficient=0.7, blur_value=3, rain_type="heavy")},
    "snow": {"RandomSnow": dict(snow_point_range=(0.3, 0.5), brightness_coeff=2.0)},
    "dim": {"RandomGamma": dict(gamma_limit=(200, 230))},
    "dusk": {
        "RandomGamma": dict(gamma_limit=(160, 180)),
        "RandomBrightnessContrast": dict(brightness_limit=(-0.1, -0.1), contrast_limit=(-0.2, -0.2)),
        "ISONoise": dict(color_shift=(0.01, 0.03), intensity=(0.1, 0.2)),
    },
    "grey_day": {
        "RandomBrightnessContrast": dict(
            brightness_limit=(0.08, 0.08), contrast_limit=(-0.45, -0.45)
        ),
        "HueSaturationValue": dict(
            hue_shift_limit=0, sat_shift_limit=(-40, -40), val_shift_limit=0
        ),
        "GaussianBlur": dict(blur_limit=(3, 5)),
    },
    "tone": {"RandomToneCurve": dict(scale=0.4, per_channel=True)},
    "lamp": {"PlanckianJitter": dict(mode="blackbody", temperature_limit=(3000, 7000))},
    "uneven": {"Illumination": dict(mode="linear", intensity_range=(0.15, 0.2))},
}  # fmt: skip


def look(name: str, seed: int) -> Callable[[Image], Image]:
    """Build a row's function on RGB uint8 (H, W, 3)."""
    if name == CLEAN:
        return lambda image: image
    os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")
    import albumentations

    steps = [getattr(albumentations, kind)(**given, p=1) for kind, given in LOOKS[name].items()]
    composed = albumentations.Compose(steps, seed=seed)
    return lambda image: composed(image=image)["image"]


def weather_rows() -> dict[str, Callable[[Image], Image]]:
    """Clean and another library's looks: row -> its function on RGB uint8 (H, W, 3)."""
    return {row: look(row, seed=0) for row in (CLEAN, *LOOKS)}


def photograph_rows(folder: Path, count: int) -> dict[str, Callable[[Image], Image]]:
    """Clean, and the histograms of photographs that no training reads: row -> its function, as for weather."""

    def taking_after(photograph: Path) -> Callable[[Image], Image]:
        reference = read_rgb(photograph)
        return lambda image: take_histograms(image, reference, BLEND)

    chosen = choose_pictures(folder, "*", count, HELD_OUT, exclude=OF_TESTS, option="--looks")
    return {CLEAN: look(CLEAN, seed=0)} | {
        f"photograph_{number:02}": taking_after(one) for number, one in enumerate(chosen, 1)
    }


def write_frames(
    frames: list[Path], out: Path, rows: Mapping[str, Callable[[Image], Image]]
) -> None:
    """Write each frame once for each row, in a folder of the row's name."""
    for row, change in rows.items():
        (out / row).mkdir(parents=True, exist_ok=True)
        for frame in frames:
            write_image(out / row / f"{frame.stem}.png", change(read_rgb(frame)))


def test_config(config: str, frames: list[Path], out: Path, rows: Sequence[str]) -> Config:
    """The network's test config with the written frames instead of the test frames."""
    cfg = Config.fromfile(ROOT / config)
    part = next(one for one in cfg.test_dataloader.dataset.datasets if one.condition == CLEAN)
    part.data_root = ""
    part.sequences = tuple(frame.stem for frame in frames)
    labels = str(frames[0].parent.parent / "trainannot")
    cfg.test_dataloader.dataset.datasets = [
        {
            **part,
            "condition": row,
            "data_prefix": dict(img_path=str(out / row), seg_map_path=labels),
        }
        for row in rows
    ]
    cfg.test_evaluator.conditions = tuple(rows)
    return cfg


def choose_frames(folder: Path, count: int) -> list[Path]:
    """Take frames at equal distances from the day sequences.

    Raises:
        SystemExit: if the folder has too few.
    """
    frames = sorted(one for name in SEQUENCES for one in folder.glob(f"{name}_*.*"))
    if count < 1 or len(frames) < count:
        raise SystemExit(f"error: --frames {count}: '{folder}' has {len(frames)} frames of day")
    return at_equal_distances(frames, count)


def at_equal_distances(paths: list[Path], count: int) -> list[Path]:
    """Take `count` of at least as many paths."""
    step = len(paths) // count
    return paths[step // 2 :: step][:count]


def network_files(name: str, data: Path) -> tuple[str, Path]:
    """Config and weights of one of SEGMENTERS; weights are in `data`, or in checkpoints/, which the project has."""
    config, checkpoint = SEGMENTERS[name]
    folder, *parts = Path(checkpoint).parts
    return config, (data.resolve() if folder == "data" else ROOT / folder).joinpath(*parts)


def choose_pictures(
    folder: Path,
    include: str,
    count: int,
    held_out: float = 0,
    exclude: str = "",
    option: str = "--images",
) -> list[Path]:
    """Take pictures at equal distances from those below a folder that match.

    Args:
        folder: of pictures.
        include: glob, as `include` of a training's images.
        count: how many.
        held_out: only from the part that a training with `split=dict(holdout=..., by='file')` does not read; 0 for all.
        exclude: glob, as `exclude` of a training's images.
        option: that gave the count.

    Raises:
        SystemExit: if there are too few, or none.
    """
    try:
        found = list_pictures(folder, include, exclude).pictures
        if held_out:
            found, _ = split_pictures(found, Split(part="val", holdout=held_out, by="file"))
    except (OSError, ValueError) as error:
        raise SystemExit(f"error: {error}") from error
    if count < 1 or len(found) < count:
        raise SystemExit(
            f"error: {option} {count}: there are {len(found)} pictures to choose from in '{folder}'"
        )
    return at_equal_distances([folder / one for one in found], count)


def main() -> None:
    """Write the frames and compare."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--enhancers", nargs="+", default=["cityscapes", "general"])
    parser.add_argument("--strength", nargs="+", default=[], help="as for sympie-seg compare")
    parser.add_argument("--networks", nargs="+", choices=SEGMENTERS, default=list(SEGMENTERS))
    parser.add_argument("--frames", type=int, default=6)
    parser.add_argument("--data", type=Path, default=ROOT / "data", help="holds CamVid/, networks/")
    parser.add_argument("--photographs", type=Path, help="a folder of them: its looks, no weather")
    parser.add_argument("--looks", type=int, default=13, help="how many photographs")
    parser.add_argument("--work-dir", type=Path, default=Path("work_dirs/unfamiliar_weather"))
    args = parser.parse_args()
    out = args.work_dir.resolve()
    frames = choose_frames(args.data.resolve() / "CamVid" / "train", args.frames)
    photographs = args.photographs
    rows = photograph_rows(photographs.resolve(), args.looks) if photographs else weather_rows()
    write_frames(frames, out / "frames", rows)
    strength = ["--strength", *args.strength] if args.strength else []
    for name in args.networks:
        config, weights = network_files(name, args.data)
        test_config(config, frames, out / "frames", tuple(rows)).dump(out / f"{name}.py")
        words = [out / f"{name}.py", weights]
        options = ["--enhancer", "none", *args.enhancers, *strength, "--no-cost", "--no-report"]
        run("tools/compare.py", *words, *options, "--work-dir", out / name)


if __name__ == "__main__":
    main()
