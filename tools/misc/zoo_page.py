"""Write docs/zoo.md, the shipped enhancers, from the metafiles and the files that they name.

python tools/misc/zoo_page.py            # after a new enhancer file or a new number in configs/*/metafile.yaml
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# The tools also run from a checkout that was not installed.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import yaml

from sympie_seg.enhancer import file_sha256, load_enhancer
from sympie_seg.enhancer.shipped import SHIPPED

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/zoo.md"
_HEAD = """\
# Zoo: the shipped enhancers

`python tools/misc/zoo_page.py` writes this page from `configs/*/metafile.yaml` and the files themselves; the tests
compare. Give the short name wherever an enhancer file is asked for, such as
`sympie-seg enhance IN OUT --enhancer cityscapes`. Licences, and how each was made: [WEIGHTS.md](WEIGHTS.md). Every
condition, with intervals: [openings.md](openings.md), [camvid.md](camvid.md), [transfer.md](transfer.md).
"""


def models(root: Path) -> Iterator[dict[str, Any]]:
    """Give the entries of the model index that name an enhancer file.

    Raises:
        ValueError: if such an entry lacks what the page shows.
    """
    index = yaml.safe_load((root / "model-index.yml").read_text(encoding="utf-8"))
    for name in index["Import"]:
        for model in yaml.safe_load((root / name).read_text(encoding="utf-8"))["Models"]:
            if "Enhancer" in model["Metadata"]:
                _check(model, name)
                yield model


#: The score of each task in metafiles, as OpenMMLab names both.
SCORES = {"Semantic Segmentation": "mIoU", "Image Classification": "Top 1 Accuracy"}
SHORT = {"mIoU": "mIoU", "Top 1 Accuracy": "top-1"}


def _check(model: dict[str, Any], metafile: str) -> None:
    wanted = ("Short Name", "Trained Through", "Training Data", "Scoring")
    absent = [key for key in wanted if key not in model["Metadata"]]
    for result in model["Results"]:
        score = SCORES.get(result["Task"], "a known Task")
        absent += [key for key in (score, "Alone", "Gain") if key not in result["Metrics"]]
    if absent:
        raise ValueError(f"{metafile}: {model['Name']} lacks {', '.join(dict.fromkeys(absent))}")


def distances(pair: tuple[float, float] | None) -> str:
    """Write an option that goes by the distance from identity."""
    if pair is None:
        return "none"
    return f"{pair[0]:g} to {pair[1]:g} from identity ([method.md](method.md))"


def section(model: dict[str, Any], root: Path) -> str:
    """Write what the page says about one enhancer."""
    about = model["Metadata"]
    file = root / about["Enhancer"]
    enhancer = load_enhancer(file)[0]
    default = " (the default)" if about["Short Name"] == SHIPPED[0] else ""
    facts = [
        ("file", f"`{about['Enhancer']}`, {file.stat().st_size / 1e6:.1f} MB"),
        ("sha256", f"`{file_sha256(file)}`"),
        ("strength", f"{enhancer.strength:g} where none is given"),
        ("second estimate", distances(enhancer.refinement)),
        ("dead zone", distances(enhancer.dead_zone)),
        ("trained through", about["Trained Through"]),
        ("on", about["Training Data"]),
        ("config", f"`{model['Config']}`"),
        ("scoring", about["Scoring"]),
    ]
    lines = [f"## {about['Short Name']}{default}", "", "| | |", "| --- | --- |"]
    lines += [f"| {name} | {text} |" for name, text in facts]
    lines += [
        "",
        "| mIoU or top-1 accuracy (%) | network alone | with the enhancer | gain |",
        "| --- | --- | --- | --- |",
    ]
    for result in model["Results"]:
        values, score = result["Metrics"], SCORES[result["Task"]]
        cells = (f"{values['Alone']:.2f}", f"{values[score]:.2f}", f"{values['Gain']:+.2f}")
        lines.append(f"| {result['Dataset']}, {SHORT[score]} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def page(root: Path = ROOT) -> str:
    """Write the whole page, the default enhancer first."""
    ordered = sorted(models(root), key=lambda model: SHIPPED.index(model["Metadata"]["Short Name"]))
    return "\n".join([_HEAD, *(section(model, root) for model in ordered)])


def main(arguments: list[str] | None = None) -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=PAGE, help="default: docs/zoo.md")
    args = parser.parse_args(arguments)
    args.out.write_text(page(), encoding="utf-8")
    print(args.out)


if __name__ == "__main__":
    main()
