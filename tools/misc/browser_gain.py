"""Compare what the browser page's files gain: Python, the float file, the 8-bit file, in front of SINet.

    python tools/misc/browser_gain.py                       # 12 frames of data/CamVid/train, 2 minutes
    python tools/misc/browser_gain.py --enhancer cityscapes --frames 24

Every frame is corrupted, enhanced to a picture of 8-bit levels as the page does it (estimate.onnx or
estimate-8bit.onnx, then warp.onnx, run by onnxruntime), and segmented by SINet's published Cityscapes weights in
CamVid's classes. The frames are of the training sequences 0006R0 and 0016E5: nothing here is a test result, the files
are compared with one another.
Exit status 1 if the gain of the 8-bit file is more than 0.3 points from that of the float file.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

# The tools also run from a checkout that was not installed.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import sympie_seg  # noqa: F401  (repairs of upstream, before anything else)

# isort: split
import cv2
import numpy as np
import onnxruntime
import torch
from build_web import write_models
from mmengine.config import Config
from mmseg.apis import inference_model, init_model
from mmseg.evaluation import IoUMetric

from sympie_seg.api import enhance
from sympie_seg.corruptions import corrupt
from sympie_seg.enhancer import WarpParameters, load_enhancer
from sympie_seg.enhancer.shipped import resolve_enhancer
from sympie_seg.metrics.class_areas import area_scores
from sympie_seg.models.frozen.frozen_weights import load_frozen_weights
from sympie_seg.utils.tables import markdown_table

ROOT = Path(__file__).resolve().parents[2]
CONFIG = ROOT / "configs/label_free/sinet_camvid-adverse.py"
SEQUENCES = ("0006R0", "0016E5")  # of training; 0001TP is a test set elsewhere
CORRUPTIONS = ("clean", "darken", "fog", "contrast", "gaussian_noise", "frost")
SEVERITY = 4
CLASSES, VOID = 11, 11
MOST_POINTS = 0.3


def parse_args(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--data", type=Path, default=Path("data"), help="folder with CamVid and networks"
    )
    parser.add_argument("--enhancer", default="general", help="file or short name")
    parser.add_argument("--frames", type=int, default=12, help="spread over the sequences")
    return parser.parse_args(arguments)


def frames_of(data: Path, count: int) -> list[Path]:
    """Choose frames, evenly spread.

    Raises:
        SystemExit: if there are none.
    """
    frames = [p for s in SEQUENCES for p in sorted((data / "CamVid/train").glob(f"{s}_*"))]
    if not frames:
        raise SystemExit(f"error: no frames of {', '.join(SEQUENCES)} in '{data}/CamVid/train'")
    return [frames[index] for index in np.linspace(0, len(frames) - 1, count).round().astype(int)]


def enhancer_of(folder: Path, estimate: str, strength: float) -> Callable[[np.ndarray], np.ndarray]:
    """Give what the page does with a picture (H, W, 3), RGB uint8: estimate, move by the strength, warp."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    first, second = (
        onnxruntime.InferenceSession(folder / name, options, providers=["CPUExecutionProvider"])
        for name in (estimate, "warp.onnx")
    )

    def enhanced(picture: np.ndarray) -> np.ndarray:
        images = np.ascontiguousarray(picture.transpose(2, 0, 1)[None])
        (parameters,) = first.run(["parameters"], {"images": images})
        moved = WarpParameters.from_vector(torch.from_numpy(parameters)).scaled(strength)
        inputs = {"images": images, "parameters": moved.to_vector().numpy()}
        return second.run(["enhanced"], inputs)[0][0].transpose(1, 2, 0)

    return enhanced


def network(data: Path) -> torch.nn.Module:
    """SINet in CamVid's classes, without an enhancer of its own."""
    cfg = Config.fromfile(CONFIG)
    cfg.model.data_preprocessor.enhancer = dict(type="NoEnhancer")
    cfg.test_pipeline = [dict(type="LoadImageFromFile"), dict(type="PackSegInputs")]
    model: torch.nn.Module = init_model(cfg, device="cpu")
    load_frozen_weights(model, str(data / "networks/sinet_cityscapes.pth"))
    return model


def measured(
    model: torch.nn.Module,
    frames: list[Path],
    ways: dict[str, Callable[[np.ndarray], np.ndarray]],
) -> dict[str, dict[str, float]]:
    """MIoU (%) by corruption and way."""
    scores: dict[str, dict[str, float]] = {}
    for name in CORRUPTIONS:
        areas = {way: torch.zeros(4, CLASSES, dtype=torch.float64) for way in ways}
        for seed, path in enumerate(frames):
            picture = cv2.imread(str(path))[..., ::-1]
            label = cv2.imread(str(path.parents[1] / "trainannot" / f"{path.stem}.png"), 0)
            if name != "clean":
                picture = corrupt(picture, name, SEVERITY, np.random.default_rng(seed))
            for way, enhanced in ways.items():
                bgr = np.ascontiguousarray(enhanced(np.ascontiguousarray(picture))[..., ::-1])
                prediction = inference_model(model, bgr).pred_sem_seg.data[0].cpu()
                truth = torch.from_numpy(label).long()
                parts = IoUMetric.intersect_and_union(prediction, truth, CLASSES, VOID)
                areas[way] += torch.stack([part.double() for part in parts])
        scores[name] = {
            way: float(area_scores(sums.numpy())["mIoU"]) for way, sums in areas.items()
        }
        print(name, {way: round(score, 2) for way, score in scores[name].items()}, flush=True)
    return scores


def main(arguments: list[str] | None = None) -> int:
    """Measure, print the table; 1 if the 8-bit file gains too little."""
    args = parse_args(arguments)
    file = resolve_enhancer(args.enhancer)
    strength = load_enhancer(file)[0].strength
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        write_models(folder, file)
        ways = {
            "alone": lambda picture: picture,
            "Python": lambda picture: enhance(picture, file)[0],
            "float file": enhancer_of(folder, "estimate.onnx", strength),
            "8-bit file": enhancer_of(folder, "estimate-8bit.onnx", strength),
        }
        scores = measured(network(args.data), frames_of(args.data, args.frames), ways)
    scores["mean"] = {way: float(np.mean([row[way] for row in scores.values()])) for way in ways}
    lines = [
        [
            name,
            f"{row['alone']:.2f}",
            *(f"{row[way] - row['alone']:+.2f}" for way in list(ways)[1:]),
        ]
        for name, row in scores.items()
    ]
    print(markdown_table(["mIoU, points of gain", *ways], lines))
    apart = scores["mean"]["8-bit file"] - scores["mean"]["float file"]
    print(
        f"8-bit file against float file, mean: {apart:+.2f} points of gain ({MOST_POINTS} allowed)"
    )
    return int(abs(apart) > MOST_POINTS)


if __name__ == "__main__":
    sys.exit(main())
