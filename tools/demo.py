"""The embedded default: generate streets, train a network, freeze it, train SyMPIE in front of it, and compare.

    python tools/demo.py [--work-dir work_dirs/streets] [--seeds 1]

Every step is skipped where its result is there already, and goes on from its last checkpoint where it was
interrupted. Needs no data; about a quarter of an hour on two cores for one seed.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

# The tools also run from a checkout that was not installed.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from sympie_seg.utils.tables import markdown_table

ROOT = Path(__file__).resolve().parents[1]
CONFIGS = ROOT / "configs/streets"
FROZEN = CONFIGS / "deeplabv2_r18-d8-w32_1xb8-800_streets-256x128.py"
SYMPIE = CONFIGS / "sympie_streets_1xb4-400.py"


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--work-dir", type=Path, default=Path("work_dirs/streets"))
    parser.add_argument("--seeds", type=int, nargs="+", default=[1], help="one whole run each")
    return parser.parse_args()


def run(*command: object) -> None:
    """Run a tool of this project as a user would; stop where it fails."""
    print("$ python", *command, flush=True)
    subprocess.run([sys.executable, *map(str, command)], cwd=ROOT, check=True)


def data_options(streets: Path) -> list[str]:
    """The options that point the streets configs at a generated tree."""
    clear, adverse = streets / "cityscapes", streets / "acdc"
    options = [f"{part}_dataloader.dataset.data_root={clear}" for part in ("train", "val")]
    options.append(f"test_dataloader.dataset.datasets.0.data_root={clear}")
    for index in range(1, 5):
        options.append(f"test_dataloader.dataset.datasets.{index}.data_root={adverse}")
    return options


def one_seed(folder: Path, seed: int) -> dict:
    """Run everything for one seed (of the scenes and of both trainings) and give the comparison."""
    folder = folder.resolve() / f"seed{seed}"
    streets, frozen, sympie = folder / "data", folder / "frozen", folder / "sympie"
    network, enhancer = frozen / "iter_800.pth", sympie / "enhancer_last.pth"
    results = folder / "comparison.json"
    options = ["--cfg-options", f"randomness.seed={seed}", *data_options(streets)]
    run("tools/generate_streets.py", streets, "--seed", seed, "--adverse", 40, "--val", 60)
    if not network.is_file():
        run("tools/train.py", FROZEN, "--work-dir", frozen, "--resume", *options)
    options.append(f"frozen_checkpoint={network}")
    # The last line of the schedule writes enhancer_last.pth again, so look for the last checkpoint.
    if not (sympie / "iter_400.pth").is_file():
        run("tools/train.py", SYMPIE, "--work-dir", sympie, "--resume", *options)
    if not results.is_file():
        command = ["tools/compare.py", SYMPIE, network, "--work-dir", folder / "compare"]
        names = ["none", "clahe", "gamma", enhancer]
        size = ["--cost-size", 256, 128]
        run(*command, "--enhancer", *names, "--out", results, *size, *options)
    return json.loads(results.read_text())


def summary(runs: list[dict]) -> str:
    """Markdown table of means over the runs: mIoU and gain over the frozen network alone."""
    names = [enhancer["name"] for enhancer in runs[0]["enhancers"]]
    titles = ["frozen network alone", "CLAHE", "gamma", "SyMPIE"]
    lines = []
    for row in ("clean", "fog", "night", "rain", "snow", "mean over conditions"):
        scores = [
            one_row["scores"] for run in runs for one_row in run["rows"] if one_row["name"] == row
        ]
        means = [sum(score[name]["mIoU"] for score in scores) / len(scores) for name in names]
        cells = [f"{mean:.2f} ({mean - means[0]:+.2f})" for mean in means]
        lines.append([row, f"{means[0]:.2f}", *cells[1:]])
    return markdown_table(["mIoU (%)", *titles], lines)


def main() -> None:
    """Run all seeds and print the table."""
    args = parse_args()
    start = time.time()
    runs = [one_seed(args.work_dir, seed) for seed in args.seeds]
    print(
        f"Mean over {len(runs)} seed(s), scored at the original size (mmseg), 40 images a condition:"
    )
    print(summary(runs))
    print(f"Took {(time.time() - start) / 60:.1f} minutes")


if __name__ == "__main__":
    main()
